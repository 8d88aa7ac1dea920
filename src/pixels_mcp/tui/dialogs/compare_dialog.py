"""A new comparison: two to four ways to draw, and what each of them draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from pixels_mcp.comparisons.arms import Arm, check_arms, read_arm
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.comparisons.rounds import Comparison
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.errands.comparison_work import begin_comparison
from pixels_mcp.tui.lines.arm_lines import enough_lines
from pixels_mcp.tui.lines.printed import one_line
from pixels_mcp.tui.session import Rivals, Session

SEEDS_MAX = 500


class CompareDialog(Dialog[Comparison]):
    """Gives the comparison, which is being drawn then."""

    PLACES: ClassVar[tuple[Place, ...]] = ("compare_dialog",)

    def __init__(self, session: Session, rivals: Rivals) -> None:
        super().__init__("A new comparison")
        self._session, self._rivals = session, rivals

    def compose_dialog(self) -> Iterable[Widget]:
        """Arms, prompts, seeds."""
        arms = enough_lines(self._rivals.arms, self._session.settings.default_model)
        yield Static(
            "2 to 4 ways, one a line: a model and steps=, guidance=, lora=NAME:0.8, palette=, name=; or workflow=NAME",
            classes="says",
            markup=False,
        )
        yield TextArea("\n".join(arms), id="arms")
        yield Label("what each of them draws, a prompt a line")
        yield TextArea("\n".join(self._rivals.prompts), id="prompts", placeholder="a ruby potion")
        yield Label("seeds for each prompt")
        yield Input("3", id="seeds")
        yield Static("", id="compare-says", markup=False, classes="says")

    def on_mount(self) -> None:
        """The cursor among the prompts."""
        self.set_focus(self.query_one("#prompts", TextArea))

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _check(self) -> None:
        try:
            arms, prompts, seeds = self._read()
        except InvalidArgumentError as error:
            self._say(f"! {one_line(str(error), 200)}")
            return
        rounds = len(prompts) * seeds
        self._say(f"{rounds} rounds, {rounds * len(arms)} sprites")

    def _read(self) -> tuple[tuple[Arm, ...], list[str], int]:
        arms = check_arms([read_arm(line) for line in _lines(self.query_one("#arms", TextArea).text)])
        prompts = _lines(self.query_one("#prompts", TextArea).text)
        if not prompts:
            raise InvalidArgumentError("no prompt is given", hint="write one a line")
        text = self.query_one("#seeds", Input).value.strip()
        if not text.isdigit() or not 1 <= int(text) <= SEEDS_MAX:
            raise InvalidArgumentError(f"seeds: {text!r} is no number from 1 to {SEEDS_MAX}", hint="3 will do")
        return arms, prompts, int(text)

    def action_submit(self) -> None:
        """Have it drawn."""
        try:
            arms, prompts, seeds = self._read()
        except InvalidArgumentError as error:
            self._say(f"! {one_line(str(error), 200)}")
            return
        store, session = ComparisonStore(self._session.paths.comparisons), self._session
        self._say("asking ...")
        session.far(lambda: begin_comparison(store, session, arms, prompts, seeds), self._begun, self._failed)

    def _begun(self, comparison: Comparison) -> None:
        if self.is_attached:
            self.dismiss(comparison)

    def _failed(self, error: PixelsError) -> None:
        self._session.tell(error)
        self._say(f"! {one_line(str(error), 200)}")

    def _say(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#compare-says", Static).update(words)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
