"""Many prompts as one job: typed or pasted a line each, or read from a file, each checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.events import JobInfo
from pixels_mcp.paths import expand_home
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.dialogs.words_dialog import WordsDialog
from pixels_mcp.tui.lines.printed import counted, duration, one_line
from pixels_mcp.tui.session import ReadItems, Session
from pixels_mcp.tui.widgets.line_list import LineList, ListLine

if TYPE_CHECKING:
    from pixels_mcp.foreseen import Forecast

REST_S = 0.5
"""So long nothing is written before it is worked out how long all of it takes."""


@dataclass(frozen=True)
class CheckedItem:
    """One item: its words where they are right, else what is wrong."""

    label: str
    words: Mapping[str, object] | None
    problem: str = ""


class BatchDialog(Dialog[JobInfo]):
    """Gives the job.

    Args:
        session: Where files are read and jobs are asked for.
        shared: Words that all items share: those of the form.
    """

    PLACES: ClassVar[tuple[Place, ...]] = ("batch",)

    def __init__(self, session: Session, shared: Mapping[str, object]) -> None:
        told = ", ".join(f"{word} {value}" for word, value in shared.items())
        super().__init__(f"Batch{f', all with {one_line(told, 70)}' if told else ''}")
        self._session, self._shared = session, dict(shared)
        self._items: list[CheckedItem] = []
        self._told: list[str] = []
        self._resting: Timer | None = None

    def compose_dialog(self) -> Iterable[Widget]:
        """The lines, and what is read of them."""
        yield TextArea(id="lines", placeholder="a prompt a line: type or paste them, or Ctrl+O opens a file")
        yield Static("", id="batch-says", markup=False, classes="says")
        yield LineList(empty="what is read of the lines stands here", widget_id="checked")

    def on_mount(self) -> None:
        """The cursor among the lines."""
        self.set_focus(self.query_one(TextArea))

    @on(TextArea.Changed)
    def _read_lines(self) -> None:
        self._show(check_lines(self.query_one(TextArea).text, self._shared))

    def _show(self, items: list[CheckedItem], remarks: Iterable[str] = ()) -> None:
        self._items = items
        good = sum(item.words is not None for item in items)
        self.query_one(LineList).show([_line(number, item) for number, item in enumerate(items, start=1)])
        sprites = sum(_count(item.words) for item in items if item.words is not None)
        wrong = len(items) - good
        bad = f", {wrong} {'is wrong and stays' if wrong == 1 else 'are wrong and stay'} here" if wrong else ""
        self._told = [f"{counted(good, 'item')}, {counted(sprites, 'sprite')}{bad}" if items else "", *remarks]
        self._say_time("how long it takes is worked out ..." if good else "")
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST_S, self._foresee) if good else None

    def _say_time(self, words: str) -> None:
        self.query_one("#batch-says", Static).update("\n".join(filter(None, [*self._told, words])))

    def _foresee(self) -> None:
        items, session = self._items, self._session
        if session.board.link != "ready":
            self._say_time("how long it takes is known when the worker is there")
            return
        words = [dict(item.words) for item in items if item.words is not None]
        library = session.library

        def ahead() -> Forecast:
            requests = parse_request(BatchRequest, {"items": words}).expand()
            return session.link.foresee(session.paths, session.settings, library, requests)

        def told(words: str) -> None:
            if self.is_attached and items is self._items:
                self._say_time(words)

        session.far(
            ahead,
            lambda forecast: told(time_words(forecast)),
            lambda error: told(f"how long it takes is not known: {one_line(error.message)}"),
        )

    def action_open(self) -> None:
        """Ask for a file."""
        self.app.push_screen(WordsDialog("Open a batch file", ".txt, .csv, .tsv, .json, .yaml or .toml"), self._open)

    def _open(self, text: str | None) -> None:
        if text:
            path = expand_home(text.strip())
            read = self._session.tools.read_batch
            self._session.near(lambda: read(path, dict(self._shared)), self._opened, self._failed)

    def _opened(self, batch: ReadItems) -> None:
        items = [
            CheckedItem(item.prompt, item.model_dump(exclude_unset=True))
            if isinstance(item, SpriteRequest)
            else CheckedItem(str(getattr(item, "label", "")), None, str(getattr(item, "error", "")))
            for item in batch.items
        ]
        self._show(items, batch.remarks)

    def _failed(self, error: PixelsError) -> None:
        self._session.tell(error)
        if self.is_attached:
            self.query_one("#batch-says", Static).update(f"! {error}")

    def action_submit(self) -> None:
        """Ask for every item that is right, as one job."""
        items = [dict(item.words) for item in self._items if item.words is not None]
        if not items:
            self.query_one("#batch-says", Static).update("! nothing to draw: write a prompt a line")
            return
        try:
            request = parse_request(BatchRequest, {"items": items})
        except InvalidArgumentError as error:
            self.query_one("#batch-says", Static).update(f"! {error}")
            return
        link = self._session.link
        self.query_one("#batch-says", Static).update("asking ...")
        self._session.far(lambda: link.submit_batch(request), self._submitted, self._failed)

    def _submitted(self, job: JobInfo) -> None:
        if self.is_attached:
            self.dismiss(job)


def time_words(forecast: Forecast) -> str:
    """`takes about 2 min 10 s, after 4 parts that wait before it`."""
    before = f", after {counted(forecast.parts_before, 'part')} before it" if forecast.parts_before else ""
    if forecast.seconds is None:
        models = ", ".join(forecast.unmeasured)
        return f"how long it takes is known after the first sprite with {models}{before}"
    return f"takes about {duration(max(1.0, forecast.seconds))}{before}"


def check_lines(text: str, shared: Mapping[str, object]) -> list[CheckedItem]:
    """Read a prompt a line; empty lines and those that begin with `#` are left out."""
    items: list[CheckedItem] = []
    for line in text.splitlines():
        prompt = line.strip()
        if prompt and not prompt.startswith("#"):
            items.append(_checked({"prompt": prompt}, shared))
    return items


def _checked(words: Mapping[str, object], shared: Mapping[str, object]) -> CheckedItem:
    label = str(words.get("prompt", ""))
    try:
        parse_request(BatchItem, words)
        (request,) = parse_request(BatchRequest, {**shared, "items": [dict(words)]}).expand()
    except InvalidArgumentError as error:
        return CheckedItem(label, None, error.message.removeprefix(f"item 1 ({label!r}): "))
    return CheckedItem(label, request.model_dump(exclude_unset=True))


def _line(number: int, item: CheckedItem) -> ListLine:
    if item.words is None:
        return ListLine(str(number), f"{number:>4}  ! {one_line(item.problem)}: {one_line(item.label)}", "bad")
    return ListLine(str(number), f"{number:>4}  {one_line(item.label)}")


def _count(words: Mapping[str, object]) -> int:
    count = words.get("count", 1)
    return count if isinstance(count, int) else 1
