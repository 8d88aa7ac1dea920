"""One job for a whole run of a workflow: what its steps draw are parts of it, from the first draw to the run's end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pixels_mcp.client.calls import Client
from pixels_mcp.errors import PixelsError, WireError
from pixels_mcp.events import JobInfo
from pixels_mcp.requests import BatchRequest, RedrawRequest

Ask = Callable[[Callable[[Client], JobInfo]], JobInfo]
"""Calls the worker, on whatever thread a face does that."""


class WorkflowJob:
    """Use it in a `with` block around the run: leaving it ends the job, as failed where a named error leaves it.

    Whatever else leaves it (an interrupt, a face that waits no longer) lets the job be: the run with the same words
    goes on with it.

    Args:
        ask: How this face calls the worker.
        workflow: Its name; the job's id is made from it.
        run_key: Of this run, `operations.workflow_run.key_of_run`: a run that broke finds its job by it.
        wait: Waits until all parts that the job has so far have ended; gives the job as it is then.

    Attributes:
        job_id: Of the job; None as long as nothing is drawn.
    """

    def __init__(self, ask: Ask, workflow: str, run_key: str, wait: Callable[[JobInfo], JobInfo]) -> None:
        self._ask, self._workflow, self._run_key, self._wait = ask, workflow, run_key, wait
        self.job_id: str | None = None

    def draw(self, request: BatchRequest | RedrawRequest, key: str) -> JobInfo:
        """Draw for a step, and wait until that has ended; the same key again finds what was drawn.

        Returns:
            The run's job with the parts of this draw alone.

        Raises:
            PixelsError: It cannot be drawn as asked, or the job was cancelled.
        """
        job = self._ask(lambda client: client.draw_step(self._workflow, self._run_key, request, key, self.job_id))
        self.job_id = job.job_id
        job = self._wait(job)
        return job.model_copy(update={"parts": tuple(part for part in job.parts if part.ask_key == key)})

    def __enter__(self) -> Self:
        """Begin; nothing is asked for yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """End the job with the run."""
        job_id = self.job_id
        if job_id is None or isinstance(error, WireError):
            return
        if error is None or isinstance(error, PixelsError):
            with contextlib.suppress(PixelsError):
                self._ask(lambda client: client.end_run(job_id, error))
