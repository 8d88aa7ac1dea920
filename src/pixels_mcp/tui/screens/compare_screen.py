"""Compare: the same prompt and seed drawn in two to four ways, shown blind, and what the votes prove."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import HorizontalScroll, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.comparisons.arms import ARMS_MAX
from pixels_mcp.comparisons.ballots import Ballot, next_ballot, with_vote, without_last_vote
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.comparisons.rounds import Comparison
from pixels_mcp.errors import PixelsError
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import decode_png
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.dialogs.choose_dialog import ChooseDialog
from pixels_mcp.tui.dialogs.compare_dialog import CompareDialog
from pixels_mcp.tui.errands.comparison_work import settled, write_results
from pixels_mcp.tui.lines.printed import counted, one_line
from pixels_mcp.tui.lines.verdict_lines import verdict_lines
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Rivals, Session
from pixels_mcp.tui.widgets.line_list import ListLine
from pixels_mcp.tui.widgets.sprite_view import SpriteView

NOTHING = "nothing was compared yet\n\nn begins: two to four ways to draw,\nwhat each of them draws, and you vote blind"

BROKEN = "broken file\n\ns skips the round"


class CompareScreen(ModeScreen):
    """A vote is on the disk before anything is shown of it; names are shown only when they are asked for."""

    MODE: ClassVar[Place] = "compare"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._store = ComparisonStore(session.paths.comparisons)
        self._comparison: Comparison | None = None
        self._ballot: Ballot | None = None
        self._skipped = 0
        self._names_shown = False
        self._asked_s = 0.0
        self._is_asking = False

    def compose_body(self) -> ComposeResult:
        """What is asked, the pictures, what the votes prove."""
        yield Static(NOTHING, id="round", markup=False)
        with HorizontalScroll(id="arms"):
            for letter in "ABCD"[:ARMS_MAX]:
                with Vertical(classes="pane arm gone", id=f"arm-{letter.lower()}"):
                    yield SpriteView(widget_id=f"arm-view-{letter.lower()}")
        with VerticalScroll(classes="below pane", id="verdict-pane"):
            yield Static("", id="verdict", markup=False)

    @property
    def home(self) -> Widget:
        """The results, from where the letters vote."""
        return self.query_one("#verdict-pane")

    def on_mount(self) -> None:
        """The newest comparison."""
        for letter in "abcd"[:ARMS_MAX]:
            self.query_one(f"#arm-{letter}").border_title = letter.upper()
        self.query_one("#verdict-pane").border_title = "Result"
        store = self._store
        self.session.near(store.latest, lambda comparisons: self._open(comparisons[0]) if comparisons else None)

    def show_board(self, board: Board) -> None:
        """What another screen brings; progress while it is drawn; then the first round."""
        if self.session.rivals is not None and self.is_current:
            rivals, self.session.rivals = self.session.rivals, None
            self.call_later(self._begin, rivals)
        comparison = self._comparison
        if comparison is None or comparison.is_drawn or (comparison.job_id is None and not comparison.is_of_workflows):
            return
        job = board.jobs.get(comparison.job_id or "")
        if job is None or job.state in ENDED:
            self._settle(comparison.comparison_id)
        else:
            drawn = f"{job.parts_done} of {job.parts} sprites are drawn"
            self.query_one("#round", Static).update(f"{comparison.comparison_id} is being drawn: {drawn}")

    # --- what is shown ------------------------------------------------------------------------------------------

    def _settle(self, comparison_id: str) -> None:
        if self._is_asking or self.session.board.link != "ready":
            return
        self._is_asking = True
        store, session = self._store, self.session
        session.far(lambda: settled(store, session, comparison_id), self._settled, self._unsettled)

    def _settled(self, comparison: Comparison | None) -> None:
        self._is_asking = False
        if comparison is not None:
            self._open(comparison, keep=True)

    def _unsettled(self, error: PixelsError) -> None:
        # Asking stops until the comparison is opened again: it would fail each time the board changes.
        self.session.tell(error)
        self.query_one("#round", Static).update(f"! {error.message}\nnext: {self.session.advice(error)}, then o")

    def _open(self, comparison: Comparison, *, keep: bool = False) -> None:
        """Show a comparison: the next round that has no vote, or the result."""
        if not keep:
            self._skipped, self._names_shown = 0, False
        self._comparison, self._is_asking = comparison, False
        self._ballot = next_ballot(comparison, "person", after=self._skipped) if comparison.is_drawn else None
        self._tell()
        if not comparison.is_drawn:
            self.show_board(self.session.board)

    def _tell(self) -> None:
        comparison, ballot = self._comparison, self._ballot
        if comparison is None:
            return
        names = "names shown" if self._names_shown else "names hidden (r)"
        if ballot is not None:
            told = (
                f'round {ballot.number} of {ballot.ballots}   "{one_line(ballot.prompt, 60)}"   seed {ballot.seed}   '
                f"{names}\nwhich is best? {' '.join(ballot.choices[:-1])}, = tie, s skips, U takes a vote back"
            )
        elif comparison.is_drawn:
            void = next((one.void for one in comparison.rounds if one.void), None)
            told = (
                f"{comparison.comparison_id}: every round has a vote   {names}\nn begins another, e writes the report"
            )
            if void and all(one.void for one in comparison.rounds):
                told = f"{comparison.comparison_id}: no round counts: {one_line(void, 100)}"
        else:
            told = f"{comparison.comparison_id} is being drawn"
        self.query_one("#round", Static).update(told)
        lines = verdict_lines(comparison, names_shown=self._names_shown)
        self.query_one("#verdict", Static).update("\n".join(lines))
        self._show_pictures(ballot)

    def _show_pictures(self, ballot: Ballot | None) -> None:
        sprites = ballot.sprites if ballot else ()
        for place, letter in enumerate("abcd"[:ARMS_MAX]):
            self.query_one(f"#arm-{letter}").set_class(place >= len(sprites), "gone")
        if ballot is None:
            return
        self._asked_s = time.monotonic()
        paths = [sprite.path for sprite in sprites]
        self.session.near(
            lambda: [_read_picture(Path(path)) for path in paths],
            lambda pictures: self._put_pictures(ballot, pictures),
        )

    def _put_pictures(self, ballot: Ballot, pictures: list[Rgba | None]) -> None:
        if ballot is self._ballot:
            for letter, pixels in zip("abcd", pictures, strict=False):
                view = self.query_one(f"#arm-view-{letter}", SpriteView)
                view.placeholder = BROKEN
                view.show([] if pixels is None else [pixels])

    # --- actions ------------------------------------------------------------------------------------------------

    def action_vote(self, choice: str) -> None:
        """A vote; it is kept first, and then the next round comes."""
        comparison, ballot, store = self._comparison, self._ballot, self._store
        if comparison is None or ballot is None or choice not in ballot.choices:
            return
        number, seconds = ballot.number, time.monotonic() - self._asked_s
        self._ballot = None  # a second key does not vote for the same round
        self.session.near(
            lambda: store.change(
                comparison.comparison_id,
                lambda one: with_vote(one, "person", number, choice, seconds=seconds, voted_s=time.time()),
            ),
            lambda changed: self._open(changed, keep=True),
        )

    def action_skip(self) -> None:
        """The next round; this one comes again at the end."""
        if self._ballot is not None and self._comparison is not None:
            self._skipped = self._ballot.number
            self._open(self._comparison, keep=True)

    def action_take_back(self) -> None:
        """Take the last vote back."""
        comparison, store = self._comparison, self._store
        if comparison is not None:
            self._skipped = 0
            self.session.near(
                lambda: store.change(comparison.comparison_id, lambda one: without_last_vote(one, "person")),
                lambda changed: self._open(changed, keep=True),
            )

    def action_reveal(self) -> None:
        """Show the names, or hide them again."""
        self._names_shown = not self._names_shown
        self._tell()

    def action_new(self) -> None:
        """Begin another."""
        self._begin(Rivals(()))

    def _begin(self, rivals: Rivals) -> None:
        dialog = CompareDialog(self.session, rivals)
        self.app.push_screen(dialog, lambda one: self._open(one) if one is not None else None)

    def action_open(self) -> None:
        """Choose one that was begun before."""
        store = self._store

        def ask(comparisons: list[Comparison]) -> None:
            lines = [ListLine(one.comparison_id, _line(one)) for one in comparisons]
            chosen = self._comparison.comparison_id if self._comparison else ""
            self.app.push_screen(ChooseDialog("Open a comparison", lines, chosen=chosen), take)

        def take(comparison_id: str | None) -> None:
            if comparison_id is not None:
                self.session.near(lambda: store.get(comparison_id), self._open)

        self.session.near_first(store.latest, ask)

    def action_report(self) -> None:
        """Write CSV and the report with all pictures."""
        comparison = self._comparison
        if comparison is not None:
            folder = Path.cwd() / comparison.comparison_id
            self.session.near(
                lambda: write_results(comparison, folder),
                lambda paths: self.session.say(f"wrote {counted(len(paths), 'file')} into {folder}", False),
            )

    def copied(self) -> str | None:
        """The comparison's id."""
        return self._comparison.comparison_id if self._comparison else None


def _read_picture(file: Path) -> Rgba | None:
    try:
        return decode_png(file.read_bytes(), label=file.name)[0]
    except (PixelsError, OSError):
        return None


def _line(comparison: Comparison) -> str:
    votes = sum(vote.voter == "person" for vote in comparison.votes)
    arms = " | ".join(one_line(arm.name, 30) for arm in comparison.arms)
    return f"{comparison.comparison_id}  {votes} of {len(comparison.rounds)} voted  {arms}"
