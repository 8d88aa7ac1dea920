"""Waiting for a job without holding up anything: bounded, with progress, and harmless when it is cancelled."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
from mcp.server.mcpserver import Context

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import JobInfo
from pixels_mcp.jobs.states import ENDED, parts_ended
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.standing import describe_job, share_done

if TYPE_CHECKING:
    from pixels_mcp.client import Client

SLICE_S = 1.0
"""Longest time between two progress messages."""

_TOTAL = 100.0
_NUDGE = 0.001

Value = TypeVar("Value")


class Meter:
    """Progress of one call, in percent; every message has a greater value than the one before, as MCP demands."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told = 0.0

    async def tell(self, percent: float, message: str) -> None:
        """Report progress; a client that asked for none gets none."""
        self._told = max(self._told + _NUDGE, percent)
        await self._context.report_progress(self._told, _TOTAL, message[:200])

    async def keep_telling(self, message: str) -> None:
        """Report that something still goes on, until it is cancelled."""
        while True:
            await self.tell(0.0, message)
            await anyio.sleep(SLICE_S)


async def telling(meter: Meter, message: str, work: Callable[[], Awaitable[Value]]) -> Value:
    """Do something that may take long, with progress meanwhile.

    Raises:
        PixelsError: As the work gave it.
    """
    failure: PixelsError | None = None
    answer: list[Value] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(meter.keep_telling, message)
        try:
            answer.append(await work())
        except PixelsError as error:
            failure = error  # raised below: a task group would wrap it
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return answer[0]


async def ask_telling(desk: ToolDesk, meter: Meter, call: Callable[[Client], Value]) -> Value:
    """Ask the worker something for which it may have to be started first.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    return await telling(meter, "asking the worker", lambda: desk.ask(call))


async def wait_for(
    desk: ToolDesk, meter: Meter, job: JobInfo, deadline_s: float, *, parts_only: bool = False
) -> JobInfo:
    """Wait until a job has ended or the deadline has come, whichever is first.

    Args:
        desk: The way to the worker.
        meter: Where progress goes.
        job: The job as last seen.
        deadline_s: On the clock of `time.monotonic`.
        parts_only: Of a workflow's run wait no longer than for the parts that it has so far.

    Returns:
        The job as it is then; a deadline is no error.
    """
    while not _is_over(job, parts_only=parts_only) and (left_s := deadline_s - time.monotonic()) > 0:
        await meter.tell(_TOTAL * share_done(job), f"{job.job_id}: {describe_job(job)}")
        job_id, slice_s = job.job_id, min(SLICE_S, left_s)
        wait = partial(_wait, job_id=job_id, slice_s=slice_s, parts_only=parts_only)
        job = await desk.ask(wait)
    return job


def _wait(client: Client, *, job_id: str, slice_s: float, parts_only: bool) -> JobInfo:
    return client.wait(job_id, slice_s, parts_only=parts_only)


def _is_over(job: JobInfo, *, parts_only: bool) -> bool:
    return job.state in ENDED or (parts_only and parts_ended(job))
