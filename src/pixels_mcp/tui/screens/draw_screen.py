"""Draw: a prompt, the words that decide how it is drawn, and what became of what was asked in this session."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.events import JobInfo, SpriteInfo
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.next_steps import in_words
from pixels_mcp.pixelart.colors.palettes import palette_names
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import decode_png
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.told_apart import Words
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.dialogs.batch_dialog import BatchDialog
from pixels_mcp.tui.dialogs.choose_dialog import ChooseDialog
from pixels_mcp.tui.dialogs.workflow_dialog import WorkflowDialog
from pixels_mcp.tui.job_changes import stop_job
from pixels_mcp.tui.lines.job_words import job_tone, job_words
from pixels_mcp.tui.lines.printed import one_line, short_words
from pixels_mcp.tui.lines.screen_phrases import SCREEN_PHRASES
from pixels_mcp.tui.lines.sprite_facts import short_lines
from pixels_mcp.tui.screens.first_screen import FIRST_STEPS, PANES, PROMPT_PLACEHOLDER
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.sprite_actions import SpriteActions
from pixels_mcp.tui.widgets.line_list import LineList, ListLine
from pixels_mcp.tui.widgets.request_form import LABELS, RequestForm, meaning_of
from pixels_mcp.tui.widgets.sprite_view import SpriteView
from pixels_mcp.tui.workflow_work import ListedWorkflow, OpenedWorkflow, all_workflows, open_workflow


class DrawScreen(SpriteActions, ModeScreen):
    """One request at a time; earlier ones stand in the list."""

    MODE: ClassVar[Place] = "draw"
    PANE_TITLES = PANES
    PLACES: ClassVar[tuple[Place, ...]] = ("sprite",)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._jobs: list[str] = []
        self._details: dict[str, JobInfo] = {}
        self._shown: str | None = None
        self._variant = 0
        self._drawn: object = None  # what the picture shows, so that it is not drawn twice

    def compose_body(self) -> ComposeResult:
        """The form left, what became of it right."""
        choices = {"model": self._names("checkpoint"), "palette": palette_names(), "reference": ("auto", "none")}
        with Horizontal(id="draw-columns"):
            with Vertical(id="form-side"):
                with Container(id="prompt-pane", classes="pane"):
                    yield Input(placeholder=PROMPT_PLACEHOLDER, id="prompt")
                with Container(id="words-pane", classes="pane"):
                    yield RequestForm(choices, self.session.settings.default_model, widget_id="words-form")
                yield Static("", id="says", markup=False)
            with Vertical(id="result-side"):
                with Vertical(id="preview-pane", classes="pane"):
                    yield SpriteView(placeholder=FIRST_STEPS, widget_id="preview")
                    yield Static("", id="sprite-says", markup=False)
                with Container(id="session-pane", classes="pane"):
                    yield LineList(empty="nothing was asked yet in this session", widget_id="asked")

    @property
    def home(self) -> Widget:
        """The prompt, before anything was asked; then the list, from where the letters act."""
        return self.query_one("#prompt", Input) if not self._jobs else self.query_one("#asked", LineList)

    def go_back(self) -> None:
        """Out of a field, to the list where there is one, else to the picture."""
        self.set_focus(self.query_one("#asked", LineList) if self._jobs else self.query_one("#preview", SpriteView))

    def _names(self, kind: str) -> list[str]:
        return [entry.name for entry in self.session.registry.entries() if entry.kind == kind and not entry.problem]

    # --- the form -----------------------------------------------------------------------------------------------

    def _request(self) -> SpriteRequest:
        prompt = self.query_one("#prompt", Input).value
        return parse_request(SpriteRequest, {"prompt": prompt, **self.query_one(RequestForm).words})

    @on(Input.Changed)
    def _check(self) -> None:
        """Say what is wrong while it is typed; where there is little room, the form comes back for it."""
        self.remove_class("-drawing")
        self._say(*self._problem())

    def _problem(self) -> tuple[str, bool]:
        if not self.query_one("#prompt", Input).value.strip():
            return "", False
        try:
            self._request()
        except InvalidArgumentError as error:
            return short_words(error.message, 32), True
        return "Enter draws", False

    def _say(self, words: str, is_problem: bool = False) -> None:
        says = self.query_one("#says", Static)
        says.set_class(is_problem, "problem")
        says.update(f"! {words}" if is_problem else words, layout=False)

    def on_descendant_focus(self) -> None:
        """Say what a word means while its field has the cursor."""
        field = self.focused
        words, is_problem = self._problem()
        if isinstance(field, Input) and field.id and field.id.startswith("word-") and not is_problem:
            words = meaning_of(field.id.removeprefix("word-").replace("-", "_"))
        self._say(words, is_problem)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        """Ask for what the form says."""
        try:
            request = self._request()
        except InvalidArgumentError as error:
            self._say(short_words(error.message, 32), True)
            return
        link = self.session.link
        self._say("asking ..." if self.session.board.link == "ready" else "asking; the worker is being started ...")
        self.session.far(lambda: link.submit(request), self._submitted, self._refused)

    def _submitted(self, job: JobInfo) -> None:
        self._jobs.insert(0, job.job_id)
        self._details[job.job_id] = job
        self._say(f"{job.job_id} is asked for")
        self._show_job(job.job_id)
        self.query_one("#asked", LineList).put_cursor(job.job_id)

    def _refused(self, error: PixelsError) -> None:
        self.session.tell(error)
        self._say(short_words(error.message, 32), True)

    def action_prompt(self) -> None:
        """Into the prompt."""
        self.remove_class("-drawing")
        self.set_focus(self.query_one("#prompt", Input))

    def action_clear(self) -> None:
        """Empty the form but for the prompt."""
        self.query_one(RequestForm).fill({})

    def action_choose(self, word: str) -> None:
        """Choose a model, LoRA or palette from a list."""
        names = palette_names() if word == "palette" else self._names("lora" if word == "loras" else "checkpoint")
        lines = [ListLine(name, name) for name in names]
        field = self.query_one(RequestForm).field(word)

        def take(name: str | None) -> None:
            if name is not None:
                field.value = f"{field.value}, {name}" if word == "loras" and field.value else name

        self.app.push_screen(ChooseDialog(f"Choose the {LABELS.get(word, word)}", lines, chosen=field.value), take)

    def action_batch(self) -> None:
        """Many prompts as one job."""

        def take(job: JobInfo | None) -> None:
            if job is not None:
                self._submitted(job)

        self.app.push_screen(BatchDialog(self.session, self._form_words()), take)

    def action_workflow(self) -> None:
        """Choose a workflow file, to edit and try it."""
        session = self.session

        def ask(listed: list[ListedWorkflow]) -> None:
            lines = [
                ListLine(one.name, f"{one.name:<24} {one_line(one.title or f'! {one.problem}', 120)}") for one in listed
            ]
            self.app.push_screen(ChooseDialog("Edit and try a workflow", lines), take)

        def take(name: str | None) -> None:
            if name is not None:
                session.near_first(lambda: open_workflow(session, name), edit)

        def edit(opened: OpenedWorkflow) -> None:
            self.app.push_screen(WorkflowDialog(session, opened))

        session.near_first(lambda: all_workflows(session), ask)

    def _form_words(self) -> Words:
        try:
            return self.query_one(RequestForm).words
        except InvalidArgumentError:
            return {}

    # --- what was asked -----------------------------------------------------------------------------------------

    def show_board(self, board: Board) -> None:
        """Progress, the preview, and the end."""
        self._take_draft()
        self._list(board)
        if self._shown is not None:
            self._show_progress(board, self._shown)

    def _take_draft(self) -> None:
        draft, self.session.draft = self.session.draft, None
        if draft is None:
            return
        form, prompt = self.query_one(RequestForm), self.query_one("#prompt", Input)
        if draft.whole or "prompt" in draft.words:
            prompt.value = str(draft.words.get("prompt", ""))
            prompt.cursor_position = len(prompt.value)
        if draft.whole:
            form.fill(draft.words)
        else:
            for word in draft.words.keys() - {"prompt"}:
                form.field(word).value = str(draft.words[word])
        self.set_focus(prompt)

    def _list(self, board: Board) -> None:
        jobs = [(job_id, board.jobs.get(job_id)) for job_id in self._jobs]
        lines = [
            ListLine(job_id, job_words(job_id, job, board.running_part(job_id)), job_tone(job)) for job_id, job in jobs
        ]
        self.query_one("#asked", LineList).show(lines)

    @on(LineList.Moved, "#asked")
    def _moved(self, event: LineList.Moved) -> None:
        if event.key is not None and event.key != self._shown:
            self._show_job(event.key)

    @on(LineList.Chosen, "#asked")
    def _chosen(self) -> None:
        self.action_sprite_look()

    def _show_job(self, job_id: str) -> None:
        self._shown, self._variant, self._drawn = job_id, 0, None
        self.add_class("-drawing")
        self.session.link.watch(job_id)
        self.show_board(self.session.board)

    def _show_progress(self, board: Board, job_id: str) -> None:
        summary, detail = board.jobs.get(job_id), self._details.get(job_id)
        if summary is not None and summary.state in ENDED:
            if detail is None or detail.state not in ENDED:
                if self._drawn != ("end", job_id):
                    self._drawn = ("end", job_id)
                    self.session.far(lambda: self.session.link.job(job_id), self._ended)
                return
            self._show_end(detail)
            return
        preview = board.previews.get(job_id)
        if preview is not None and self._drawn != ("preview", preview):
            self._drawn = ("preview", preview)
            self.session.near(lambda: decode_png(preview)[0], lambda pixels: self._show_pixels(job_id, pixels))
        elif preview is None and self._drawn is None:
            self._drawn = ("nothing", job_id)
            self._picture.placeholder = "it is drawn here, step by step"
            self._picture.show([])
        self.query_one("#sprite-says", Static).update(job_words(job_id, summary, board.running_part(job_id)))

    @property
    def _picture(self) -> SpriteView:
        return self.query_one("#preview", SpriteView)

    def _show_pixels(self, job_id: str, pixels: Rgba) -> None:
        if self._shown == job_id:
            self._picture.show([pixels])

    def _ended(self, job: JobInfo) -> None:
        self._details[job.job_id] = job
        self._list(self.session.board)
        if self._shown == job.job_id:
            self._drawn = None
            self._show_end(job)

    def _show_end(self, job: JobInfo) -> None:
        sprites = [sprite for part in job.parts for sprite in part.sprites]
        says = self.query_one("#sprite-says", Static)
        if not sprites:
            self._picture.placeholder = f"{job.job_id}: {job.state}"
            self._picture.show([])
            says.update("\n".join(_errors(job)) or job.state)
            return
        sprite = sprites[self._variant % len(sprites)]
        if self._drawn != ("sprite", sprite.sprite_id):
            self._drawn = ("sprite", sprite.sprite_id)
            library = self.session.library
            self.session.near(
                lambda: decode_png(library.read_png(sprite.sprite_id), label=sprite.sprite_id)[0],
                lambda pixels: self._show_pixels(job.job_id, pixels),
            )
        which = f"variant {self._variant % len(sprites) + 1} of {len(sprites)} ([ ])  " if len(sprites) > 1 else ""
        lines = short_lines(sprite)
        says.update("\n".join([which + lines[0], *lines[1:], *_errors(job)]))

    def action_variant(self, by: int) -> None:
        """Another variant of the job."""
        self._variant += by
        self.show_board(self.session.board)

    def action_cancel(self) -> None:
        """Stop the job that is shown."""
        job = self.session.board.jobs.get(self._shown or "")
        if job is None or job.state in ENDED:
            self.session.say("nothing is being drawn that is shown here", False)
            return
        self.session.far(partial(stop_job, self.session.link, job.job_id), self.session.changed)

    # --- its sprites --------------------------------------------------------------------------------------------

    def _sprites(self) -> list[SpriteInfo]:
        detail = self._details.get(self._shown or "")
        return [sprite for part in detail.parts for sprite in part.sprites] if detail else []

    def chosen_sprites(self) -> list[str]:
        """The variant that is shown."""
        sprites = self._sprites()
        return [sprites[self._variant % len(sprites)].sprite_id] if sprites else []

    def copied(self) -> str | None:
        """Its id, else the job's."""
        return next(iter(self.chosen_sprites()), self._shown)


def _errors(job: JobInfo) -> list[str]:
    told: list[str] = []
    for part in job.parts:
        if part.error is not None:
            told.append(f"! {one_line(part.error.message, 300)}")
            if advice := in_words(part.error.hint, part.error.steps, SCREEN_PHRASES):
                told.append(f"next: {advice}")
    return told[:6]
