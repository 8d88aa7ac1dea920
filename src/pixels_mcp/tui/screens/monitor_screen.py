"""Monitor: the device, this machine, how fast sprites come, and the log."""

from __future__ import annotations

import time
from collections import deque
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.device_meter import DeviceMeter, DeviceReading
from pixels_mcp.tui.lines.log_tail import ALL_BYTES, ALL_LINES_MAX, LINES_MAX, LogTail, chosen_lines, wrapped
from pixels_mcp.tui.lines.meter_lines import meter_lines
from pixels_mcp.tui.lines.printed import one_line
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.widgets.line_list import LineList, ListLine, Tone

LOOK_S = 1.0
WINDOWS_S = (60.0, 300.0, 1_800.0)


class MonitorScreen(ModeScreen):
    """Looks once a second, and only while it is seen."""

    MODE: ClassVar[Place] = "monitor"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._meter = DeviceMeter()
        self._readings: deque[DeviceReading] = deque(maxlen=int(WINDOWS_S[-1]))
        self._open_log(is_whole=False)
        self._window_s = WINDOWS_S[0]
        self._meters_shown = self._kept = 0
        self._is_paused = self._is_looking = self._errors_only = self._is_wrapped = False

    def _open_log(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        file = self.session.paths.log_file
        self._log = LogTail(file, ALL_BYTES) if is_whole else LogTail(file)
        self._lines: deque[str] = deque(maxlen=ALL_LINES_MAX if is_whole else LINES_MAX)

    def compose_body(self) -> ComposeResult:
        """Meters above, the log below."""
        yield Static("", id="meters", classes="pane", markup=False)
        with Vertical(id="log-pane", classes="pane"):
            yield Input(placeholder="/ words that a line must have", id="log-filter")
            yield LineList(empty="the log has no such line", widget_id="log")

    @property
    def home(self) -> Widget:
        """The log."""
        return self.query_one("#log", LineList)

    def on_mount(self) -> None:
        """Begin to look."""
        self._title_log()
        self._clock = self.set_interval(LOOK_S, self._look)
        self._take_wish()
        self._look()

    def on_screen_suspend(self) -> None:
        """Timers go on while another mode is seen; looking does not."""
        self._clock.pause()

    def on_screen_resume(self) -> None:
        """Look again."""
        if self.is_mounted:
            self._clock.resume()
            self._take_wish()

    def _take_wish(self) -> None:
        wants, self.session.wants_log = self.session.wants_log, False
        if wants and not self._is_whole:
            self.action_log()

    def _look(self) -> None:
        if not self._is_paused:
            self._read()

    def _read(self) -> None:
        if self._is_looking:
            return
        self._is_looking = True
        health = self.session.board.health
        pid, log = health.pid if health else None, self._log
        self.session.near(lambda: (self._meter.read(pid), log, log.read()), self._took, lambda _: self._took(None))

    def _took(self, taken: tuple[DeviceReading, LogTail, list[str] | None] | None) -> None:
        self._is_looking = False
        if taken is None:
            return
        reading, log, lines = taken
        self._readings.append(reading)
        self.session.look()  # what is no news to other screens: the worker's time and memory
        self.bring_up_to_date()
        if log is not self._log:
            self._read()  # the whole log was asked for meanwhile, or its end alone
        elif lines:
            self._lines.extend(lines)
            self._show_log()

    def show_board(self, board: Board) -> None:
        """The meters."""
        if self._is_paused:
            return
        columns = max(40, self.size.width - 4)
        readings = list(self._readings)[-int(self._window_s) :]
        lines = meter_lines(board, readings, now_s=time.monotonic(), window_s=self._window_s, columns=columns)
        meters = self.query_one("#meters", Static)
        meters.border_title = "Monitor"
        meters.update("\n".join(line[:columns] for line in lines), layout=len(lines) != self._meters_shown)
        self._meters_shown = len(lines)

    def _show_log(self) -> None:
        log = self.query_one("#log", LineList)
        width = max(20, log.size.width - 3)
        kept = chosen_lines(self._lines, self.query_one("#log-filter", Input).value, errors_only=self._errors_only)
        self._kept, was_last = len(kept), log.is_at_end
        shown: list[ListLine] = []
        for line in kept:
            pieces = wrapped(one_line(line), width) if self._is_wrapped else [one_line(line)]
            shown += [ListLine(f"{len(shown) + place}", piece, _tone(line)) for place, piece in enumerate(pieces)]
        log.show(shown)
        if was_last:
            log.action_edge(-1)
        self._title_log()

    @on(LineList.Moved)
    def _title_log(self) -> None:
        pane, log = self.query_one("#log-pane"), self.query_one("#log", LineList)
        pane.border_title = f"{'All of the log' if self._is_whole else 'Log'} {self.session.paths.log_file}"
        told = [f"{self._kept:,} of {len(self._lines):,} lines"] if self._is_whole else []
        told += ["errors only"] if self._errors_only else []
        told.append("paused: p goes on" if self._is_paused else "follows" if log.is_at_end else "stands: f follows")
        pane.border_subtitle = ", ".join(told)

    @on(Input.Changed)
    def _filtered(self) -> None:
        self._show_log()

    @on(Input.Submitted)
    def _left(self) -> None:
        self.set_focus(self.home)

    def leave_filter(self) -> None:
        """All lines again; from the whole log back to the meters."""
        field = self.query_one("#log-filter", Input)
        if self._is_whole and not field.value and not self._errors_only:
            self.action_log()
            return
        field.value = ""
        self._errors_only = False
        self._show_log()

    def action_filter(self) -> None:
        """Into the filter."""
        self.set_focus(self.query_one("#log-filter", Input))

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self._is_paused = not self._is_paused
        self.query_one("#meters").border_title = "Monitor, paused: p goes on" if self._is_paused else "Monitor"
        self._title_log()

    def action_window(self, by: int) -> None:
        """Further back, or less far."""
        at = WINDOWS_S.index(self._window_s) + by
        self._window_s = WINDOWS_S[max(0, min(len(WINDOWS_S) - 1, at))]
        self.show_board(self.session.board)

    def action_log(self) -> None:
        """The log on the whole screen, from its beginning; or its end below the meters again."""
        self._open_log(is_whole=not self._is_whole)
        self.set_class(self._is_whole, "-log")
        self.set_focus(self.home)
        self._read()

    def action_follow(self) -> None:
        """To the end, where the cursor stays as the log grows."""
        self.query_one("#log", LineList).action_edge(-1)

    def action_errors(self) -> None:
        """Warnings and errors alone, or everything."""
        self._errors_only = not self._errors_only
        self._show_log()

    def action_wrap(self) -> None:
        """Break long lines, or cut them."""
        self._is_wrapped = not self._is_wrapped
        self._show_log()


def _tone(line: str) -> Tone:
    return "bad" if any(level in line for level in (" ERROR ", " CRITICAL ", " WARNING ")) else "plain"
