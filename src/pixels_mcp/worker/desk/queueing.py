"""Queueing jobs: numbers for their ids, room in the queue, and a share of it for each other machine."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from pixels_mcp.errors import StoreError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Job, JobKind, NewPart
from pixels_mcp.library.library_folder import Library
from pixels_mcp.wire.far.far_calls import keys_of, machine_of

_SHARE_OF_MACHINE = 2
"""Of the parts that may wait, another machine may fill one in so many."""


class Queueing:
    """Puts jobs into the store.

    Args:
        queue_limit: Parts that may wait.
    """

    def __init__(self, store: JobStore, library: Library, *, queue_limit: int) -> None:
        self._store, self._library, self._queue_limit = store, library, queue_limit

    def add(
        self, kind: JobKind, label: str, parts: Sequence[NewPart], *, fingerprint: str, idempotency_key: str | None
    ) -> Job:
        """Queue a job; see `JobStore.add`.

        Raises:
            QueueFullError: Too many parts would wait; nothing was queued.
            StoreError: The database cannot be written; nothing was queued.
        """
        self._store.check_room(len(parts), self._queue_limit)
        self._check_share(idempotency_key, len(parts))
        return self._store.add(
            kind,
            label,
            parts,
            fingerprint=fingerprint,
            idempotency_key=idempotency_key,
            queue_limit=self._queue_limit,
            larger_than=self._reserved(1 if kind == "generate" else len(parts) + 1) - 1,
        )

    def add_to_run(self, job: Job | None, workflow: str, run_key: str, parts: Sequence[NewPart]) -> Job:
        """Add parts to the job of a workflow's run; without one they open it. As `add`."""
        self._check_share(run_key, len(parts))
        limit, count = self._queue_limit, len(parts)
        if job is not None:
            larger_than = self._reserved(count) - 1
            return self._store.extend(job.number, parts, queue_limit=limit, larger_than=larger_than)
        larger_than = self._reserved(count + 1) - 1
        return self._store.add(
            "workflow",
            workflow,
            parts,
            fingerprint=run_key,
            run_key=run_key,
            queue_limit=limit,
            larger_than=larger_than,
        )

    def _check_share(self, key: str | None, parts: int) -> None:
        """See that another machine does not fill the queue, as far as the key of its job tells one."""
        if machine := machine_of(key):
            self._store.check_share(keys_of(machine), parts, max(1, self._queue_limit // _SHARE_OF_MACHINE))

    def _reserved(self, count: int) -> int:
        """Take numbers from the library, where faces take some as well for what they put together; the first of them.

        On a full disk it gives none: the job waits for room, and so does all that a face would put together.
        """
        with contextlib.suppress(StoreError):
            return self._library.reserve_number(self._store.largest_number, count=count)
        return 0
