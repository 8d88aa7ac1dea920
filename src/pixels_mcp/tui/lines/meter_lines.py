"""The Monitor's meters as lines of text: names, numbers, and a graph that is read without colors. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from pixels_mcp.jobs.states import ENDED
from pixels_mcp.standing import describe_lane, lanes_worth_telling
from pixels_mcp.tui.board import Board, ends_by_time, sprites_a_minute
from pixels_mcp.tui.device_meter import DeviceReading
from pixels_mcp.tui.lines.printed import duration

_LEVELS = " \N{LOWER ONE EIGHTH BLOCK}\N{LOWER ONE QUARTER BLOCK}\N{LOWER THREE EIGHTHS BLOCK}\N{LOWER HALF BLOCK}\N{LOWER FIVE EIGHTHS BLOCK}\N{LOWER THREE QUARTERS BLOCK}\N{LOWER SEVEN EIGHTHS BLOCK}\N{FULL BLOCK}"  # noqa: E501  # reads better in one line

_NAME_COLUMNS, _VALUE_COLUMNS = 9, 15


def graph(values: Sequence[float], width: int, top: float | None = None) -> str:
    """The last values as bars of one line, `width` cells; None takes the largest value as the top."""
    shown = list(values)[-width:]
    largest = top or max(shown, default=0.0) or 1.0
    bars = "".join(_LEVELS[max(0, min(8, round(8 * value / largest)))] for value in shown)
    return bars.rjust(width)


def meter_lines(
    board: Board, readings: Sequence[DeviceReading], *, now_s: float, window_s: float, columns: int
) -> list[str]:
    """Everything that is metered.

    Args:
        board: What the worker told.
        readings: Of this machine, one a second, the newest last; none yet is told.
        now_s: Of the monotonic clock.
        window_s: How far back is looked.
        columns: Room.
    """
    width = max(8, min(60, columns - 78))
    lines = _machine_lines(readings, width)
    minute = sprites_a_minute(board, now_s, window_s)
    done, failed = (sum(end.sprites for end in board.ends), sum(end.failed for end in board.ends))
    lines.append(
        _line("Sprites", f"{minute:.1f} /min", graph(ends_by_time(board, now_s, window_s, width), width))
        + f"  {done} in this session, {failed} failed, {window_s / 60:.0f} min shown"
    )
    steps = sorted(board.step_ms)
    pace = f"p95 {_at(steps, 0.95):.0f} ms" if steps else "no step was heard yet"
    usual = f"{_at(steps, 0.5):.0f} ms" if steps else "?"
    lines.append(_line("Steps", usual, graph(board.step_ms, width)) + f"  {pace}, {board.waiting} waiting")
    lines.append(_worker_line(board))
    if board.health is not None:
        lines += [f"{'Lane':<{_NAME_COLUMNS}}{describe_lane(lane)}" for lane in lanes_worth_telling(board.health)]
    return lines


def _machine_lines(readings: Sequence[DeviceReading], width: int) -> list[str]:
    if not readings:
        return ["GPU      looking ...", "CPU      looking ..."]
    now = readings[-1]
    lines: list[str] = []
    if now.gpu_name is None:
        lines.append(f"{'GPU':<{_NAME_COLUMNS}}{now.gpu_note}")
    else:
        loads = [reading.gpu_percent or 0.0 for reading in readings]
        told = [
            _share(now.gpu_used_gib, now.gpu_total_gib) + (" (shared)" if now.gpu_shares_memory else ""),
            "" if now.gpu_celsius is None else f"{now.gpu_celsius:.0f} C",
            "" if now.gpu_watts is None else f"{now.gpu_watts:.0f} W",
            now.gpu_name,
        ]
        lines.append(_line("GPU", _percent(now.gpu_percent), graph(loads, width, 100.0)) + "  " + _joined(told))
    worker = "" if now.worker_gib is None else f"worker {now.worker_gib:.1f} GiB, {now.worker_percent:.0f} %"
    loads = [reading.cpu_percent for reading in readings]
    told = [_share(now.used_gib, now.total_gib), worker]
    lines.append(_line("CPU", _percent(now.cpu_percent), graph(loads, width, 100.0)) + "  " + _joined(told))
    return lines


def _worker_line(board: Board) -> str:
    health = board.health
    if health is None:
        return f"{'Worker':<{_NAME_COLUMNS}}not there yet"
    running = sum(job.state not in ENDED for job in board.jobs.values())
    loaded = ", ".join(name[:24] for name in health.loaded_models) or "no model yet"
    told = [
        f"pid {health.pid}",
        f"up {duration(health.uptime_s)}",
        health.device_name,
        health.dtype,
        f"loaded {loaded}",
        f"{running} jobs open",
    ]
    return f"{'Worker':<{_NAME_COLUMNS}}{', '.join(filter(None, told))}"


def _line(name: str, value: str, drawn: str) -> str:
    return f"{name:<{_NAME_COLUMNS}}{value:<{_VALUE_COLUMNS}}{drawn}"


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f} %"


def _share(used: float | None, total: float | None) -> str:
    return "" if used is None or total is None else f"mem {used:.1f}/{total:.0f} GiB"


def _joined(told: Sequence[str]) -> str:
    return "  ".join(filter(None, told))


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
