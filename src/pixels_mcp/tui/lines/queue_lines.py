"""The queue, and the parts of a job, as lines. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from pixels_mcp.events import JobInfo, JobSummary, PartInfo, QueueEntry
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.next_steps import in_words
from pixels_mcp.standing import describe_part
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.lines.job_words import job_tone, part_words
from pixels_mcp.tui.lines.printed import bar, counted, one_line
from pixels_mcp.tui.lines.screen_phrases import SCREEN_PHRASES
from pixels_mcp.tui.widgets.line_list import ListLine

_ENDED_SHOWN = 100
_BAR_CELLS = 16


def queue_lines(board: Board) -> list[ListLine]:
    """What is drawn, what waits in the order in which it is served, and what ended."""
    queue = board.queue
    running = [entry for entry in queue.jobs if entry.place is None or entry.parts_running] if queue else []
    waiting = [entry for entry in queue.jobs if entry not in running] if queue else []
    lines: list[ListLine] = []
    if running:
        lines.append(ListLine("title-running", "Running", "title"))
        lines += [ListLine(entry.job_id, _running_text(entry, board)) for entry in running]
    if queue is not None and waiting:
        held = f", held: {one_line(queue.held_by)}" if queue.held_by else ""
        lines.append(ListLine("title-waiting", f"Waiting{held}", "title"))
        lines += [ListLine(entry.job_id, _waiting_text(entry)) for entry in waiting]
        if queue.jobs_left_out:
            lines.append(ListLine("title-more", f"  and {queue.jobs_left_out:,} jobs more", "title"))
    return [*lines, *_ended_lines(board.jobs)]


def _ended_lines(jobs: Mapping[str, JobSummary]) -> list[ListLine]:
    ended = [job for job in jobs.values() if job.state in ENDED]
    if not ended:
        return []
    failed = sum(job.state == "failed" or job.parts_failed > 0 for job in ended)
    title = ListLine("title-ended", f"Ended ({len(ended)} of the latest jobs, {failed} with failures)", "title")
    return [title, *(ListLine(job.job_id, _ended_text(job), job_tone(job)) for job in ended[:_ENDED_SHOWN])]


def _running_text(entry: QueueEntry, board: Board) -> str:
    part = board.running_part(entry.job_id)
    words = part_words(part) if part else describe_part(entry.running) if entry.running else "beginning"
    done = f"{entry.parts_done}/{entry.parts} " if entry.parts > 1 else ""
    failed = f", {entry.parts_failed} failed" if entry.parts_failed else ""
    where = f"{bar(entry.share_done, _BAR_CELLS)} {done}{words.partition('] ')[2] or words}{failed}"
    return f"{_name(entry.job_id)} {where}  {one_line(entry.prompt, 50)}"


def _waiting_text(entry: QueueEntry) -> str:
    done = f"{entry.parts_done}/{entry.parts} done" if entry.parts > 1 else ""
    failed = f", {entry.parts_failed} failed" if entry.parts_failed else ""
    place = f"{entry.place}." if entry.place is not None else ""
    return f"{_name(entry.job_id)} {place:<6} {done}{failed}  {one_line(entry.prompt, 60)}"


def _ended_text(job: JobSummary) -> str:
    done = f"{job.parts_done}/{job.parts}"
    failed = f", {job.parts_failed} failed (R)" if job.parts_failed else ""
    return f"{_name(job.job_id)} {job.state:<9} {done}{failed}  {one_line(job.prompt, 60)}"


def _name(job_id: str) -> str:
    slug, _, number = job_id.rpartition("-")
    return f"{number} {slug[:22]:<22}"


def part_lines(job: JobInfo) -> list[ListLine]:
    """A job's parts: their state, prompt and sprites, or the error and what to do about it."""
    lines: list[ListLine] = []
    for part in job.parts:
        lines.append(ListLine(part.part_id, _part_text(part), "bad" if part.error else "plain"))
        if part.error is not None:
            lines.append(ListLine(f"{part.part_id} error", f"    ! {one_line(part.error.message)}", "bad"))
            if advice := in_words(part.error.hint, part.error.steps, SCREEN_PHRASES):
                lines.append(ListLine(f"{part.part_id} next", f"    next: {advice}", "muted"))
    return lines


def _part_text(part: PartInfo) -> str:
    sprites = f", {counted(len(part.sprites), 'sprite')}" if part.sprites else ""
    seed = f"seed {part.seed}" if part.seed is not None else ""
    return f"{part.part_id:<36} {describe_part(part)}{sprites}  {one_line(part.prompt, 60)}  {seed}"
