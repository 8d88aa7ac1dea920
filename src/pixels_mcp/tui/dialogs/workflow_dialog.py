"""A workflow file: its text, what is wrong with it while it is written, and what it draws with sample words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from pixels_mcp.errors import PixelsError
from pixels_mcp.operations.workflow_run import WorkflowResult
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.before import SeenSprite, read_sprite
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.lines.printed import counted, one_line
from pixels_mcp.tui.lines.workflow_lines import problem_row
from pixels_mcp.tui.session import Change, Session
from pixels_mcp.tui.widgets.sprite_view import SpriteView
from pixels_mcp.tui.workflow_work import (
    OpenedWorkflow,
    checked_workflow,
    inputs_text,
    read_inputs_text,
    save_workflow,
    try_workflow,
)
from pixels_mcp.workflows.workflow_file import Workflow


class WorkflowDialog(Dialog[None]):
    """Edits and tries; what was written and not saved is there again when it is opened again."""

    PLACES: ClassVar[tuple[Place, ...]] = ("workflow",)

    def __init__(self, session: Session, opened: OpenedWorkflow) -> None:
        super().__init__(f"Workflow {opened.name}")
        self._session, self._opened = session, opened
        self._workflow: Workflow | None = None
        self._shown: tuple[str, ...] = ()
        self._at = 0
        self._is_trying = False

    def compose_dialog(self) -> Iterable[Widget]:
        """The text; its name, inputs, and what it drew."""
        text = self._session.unsaved.get(self._opened.name, self._opened.text)
        with_text = TextArea(text, id="workflow-text", show_line_numbers=True)
        yield Horizontal(
            with_text,
            Vertical(
                SpriteView(placeholder="Ctrl+T tries it:\nits picture\nstands here", widget_id="tried"), classes="tried"
            ),
        )
        yield Horizontal(Label("save as"), Input(self._opened.name, id="workflow-name"), classes="word")
        yield Horizontal(Label("try with"), Input("", id="workflow-inputs"), classes="word")
        yield Static("", id="workflow-says", classes="says", markup=False)

    def on_mount(self) -> None:
        """The cursor in the text."""
        self.set_focus(self.query_one(TextArea))
        self._check()

    @property
    def _text(self) -> str:
        return self.query_one(TextArea).text

    @on(TextArea.Changed)
    def _check(self) -> None:
        text, name = self._text, self._opened.name
        if text == self._opened.text:
            self._session.unsaved.pop(name, None)
        else:
            self._session.unsaved[name] = text
        self._session.near(
            partial(checked_workflow, name, text), partial(self._right, text), partial(self._wrong, text)
        )

    def _right(self, text: str, workflow: Workflow) -> None:
        if not self.is_attached or text != self._text:
            return
        before, self._workflow = self._workflow, workflow
        inputs = self.query_one("#workflow-inputs", Input)
        if before is None or (before.inputs != workflow.inputs and inputs.value == inputs_text(before)):
            inputs.value = inputs_text(workflow)
        if not self._is_trying:
            self._say(
                f"{workflow.title}: {counted(len(workflow.steps), 'step')}, nothing wrong\nfrom {self._opened.file}"
            )

    def _wrong(self, text: str, error: PixelsError) -> None:
        if self.is_attached and text == self._text:
            self._workflow = None
            row = problem_row(text, error.message)
            where = f"line {row}: " if row else ""
            self._say(f"! {where}{one_line(error.message, 300)}\nnext: {self._session.advice(error)}")

    def _say(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#workflow-says", Static).update(words)

    # --- actions ------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Keep it among the person's own."""
        name, text = self.query_one("#workflow-name", Input).value.strip(), self._text
        self._session.near(
            partial(save_workflow, self._session, name, text),
            partial(self._saved, name, text),
            partial(self._wrong, text),
        )

    def _saved(self, name: str, text: str, change: Change) -> None:
        self._session.unsaved.pop(self._opened.name, None)
        self._opened = OpenedWorkflow(name, text, self._session.paths.config / "workflows" / f"{name}.toml")
        self._session.changed(change)
        self._say(change.words)

    def action_try(self) -> None:
        """Run it as it stands, with the inputs of the line."""
        workflow, session = self._workflow, self._session
        if workflow is None or self._is_trying:
            return
        try:
            given = read_inputs_text(self.query_one("#workflow-inputs", Input).value)
        except PixelsError as error:
            self._say(f"! {error}")
            return
        self._is_trying = True
        self._say("trying ...")

        def told(words: str) -> None:
            session.give_back(lambda: self._say(f"trying: {words} ..."))

        session.far(partial(try_workflow, session, workflow, given, told), self._tried, self._failed)

    def _tried(self, result: WorkflowResult) -> None:
        self._is_trying = False
        self._session.library_version += 1
        self._shown, self._at = result.shown, 0
        entries = sum(len(step.entries) for step in result.steps)
        more = f"; Ctrl+N shows the next of {len(result.shown)}" if len(result.shown) > 1 else ""
        self._say(f"{len(result.steps)} steps gave {entries} entries: {', '.join(result.shown[:4])}{more}")
        self._show()

    def _failed(self, error: PixelsError) -> None:
        self._is_trying = False
        self._session.tell(error)
        row = problem_row(self._text, error.message) if self.is_attached else None
        self._say(
            f"! {f'line {row}: ' if row else ''}{one_line(error.message, 300)}\nnext: {self._session.advice(error)}"
        )

    def action_next(self) -> None:
        """The next of what it drew."""
        self._at += 1
        self._show()

    def _show(self) -> None:
        if self._shown:
            library, sprite_id = self._session.library, self._shown[self._at % len(self._shown)]
            self._session.near(lambda: read_sprite(library, sprite_id), self._put)

    def _put(self, seen: SeenSprite) -> None:
        if self.is_attached:
            from pixels_mcp.tui.entry_frames import clips_of

            clip = clips_of(seen.pixels, seen.entry.facts)[0]
            self.query_one("#tried", SpriteView).show(clip.frames, clip.frame_ms)
