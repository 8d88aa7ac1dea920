"""Queue: what is drawn, what waits and in which order, what ended and how; below or over it, the parts of one job."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widget import Widget

from pixels_mcp.events import JobInfo, JobSummary
from pixels_mcp.jobs.records import Direction
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.job_changes import stop_job
from pixels_mcp.tui.lines.queue_lines import part_lines, queue_lines
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Change, Session
from pixels_mcp.tui.widgets.line_list import LineList

EMPTY = "nothing is drawn and nothing waits\n\n1, a prompt and Enter ask for a sprite"
REST_S = 0.15


class QueueScreen(ModeScreen):
    """The worker's jobs, whoever asked for them."""

    MODE: ClassVar[Place] = "queue"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._job: JobInfo | None = None
        self._seen: JobSummary | None = None
        self._resting: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Jobs above, parts below."""
        yield LineList(empty=EMPTY, widget_id="jobs")
        with Vertical(classes="below pane", id="parts-pane"):
            yield LineList(empty="the parts of the job under the cursor stand here", widget_id="parts")

    @property
    def home(self) -> Widget:
        """The jobs."""
        return self.query_one("#jobs", LineList)

    def show_board(self, board: Board) -> None:
        """The jobs; the parts of one that changed are asked for again."""
        jobs = self.query_one("#jobs", LineList)
        if board.link != "ready" and not board.jobs:
            jobs.empty = "the worker is not there yet" if board.link == "starting" else "no worker: 8 says why"
        else:
            jobs.empty = EMPTY
        jobs.show(queue_lines(board))
        summary = board.jobs.get(jobs.key or "")
        if summary != self._seen:
            self._rest()

    @on(LineList.Moved, "#jobs")
    def _rest(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST_S, self._ask)

    def _ask(self) -> None:
        key = self.query_one("#jobs", LineList).key
        if key is None:
            self._job = None
            self.query_one("#parts", LineList).show([])
            return
        self._seen = self.session.board.jobs.get(key)
        link = self.session.link
        self.session.far(lambda: link.job(key), self._show_parts, lambda _: None)

    def _show_parts(self, job: JobInfo) -> None:
        if self.query_one("#jobs", LineList).key != job.job_id:
            return
        self._job = job
        self.query_one("#parts-pane").border_title = f"Parts of {job.job_id}"
        self.query_one("#parts", LineList).show(part_lines(job))

    # --- actions ------------------------------------------------------------------------------------------------

    @property
    def _key(self) -> str | None:
        """The part under the cursor where it is among the parts, else the job."""
        parts = self.query_one("#parts", LineList)
        if self.focused is parts and parts.key is not None:
            return parts.key.partition(" ")[0]
        return self.query_one("#jobs", LineList).key

    def copied(self) -> str | None:
        """The id of the job or part."""
        return self._key

    @on(LineList.Chosen, "#jobs")
    def _into_parts(self) -> None:
        self.action_parts()

    @on(LineList.Chosen, "#parts")
    def _to_sprite(self) -> None:
        self._open_sprite()

    def action_parts(self) -> None:
        """Among the parts; from there to the sprite."""
        parts = self.query_one("#parts", LineList)
        if self.focused is parts:
            self._open_sprite()
        else:
            self.add_class("-parts")  # where there is little room they lie over the list
            self.set_focus(parts)

    def _open_sprite(self) -> None:
        part = next((part for part in self._job.parts if part.part_id == self._key), None) if self._job else None
        if part is None or not part.sprites:
            self.session.say("this part has no sprite", False)
            return
        self.session.wanted_sprite = part.sprites[0].sprite_id
        self.session.library_version += 1
        self.app.switch_mode("gallery")

    def leave_filter(self) -> None:
        """Back to the jobs."""
        self.remove_class("-parts")
        self.set_focus(self.home)

    def action_cancel(self) -> None:
        """Stop a job, or one part of it; `u` has what was not drawn drawn again."""
        if (key := self._key) is not None:
            self.session.far(partial(stop_job, self.session.link, key), self._stopped)

    def _stopped(self, change: Change) -> None:
        self.session.changed(change)
        self._rest()

    def action_retry(self) -> None:
        """Draw again what failed or was cancelled."""
        key, link = self._key, self.session.link
        if key is not None:
            self.session.far(lambda: link.retry(key), lambda job: self._did(f"{job.job_id} draws it again", job))

    def action_move_job(self, direction: Direction) -> None:
        """Earlier or later."""
        key, link = self.query_one("#jobs", LineList).key, self.session.link
        if key is not None:
            told = {"first": "is first", "up": "moved up", "down": "moved down", "last": "is last"}[direction]
            self.session.far(lambda: link.move(key, direction), lambda job: self._did(f"{key} {told}", job))

    def _did(self, words: str, _: JobInfo) -> None:
        self.session.say(words, False)
        self._rest()

    def action_log(self) -> None:
        """The log, all of it."""
        self.session.wants_log = True
        self.app.switch_mode("monitor")
