"""What a follower of all jobs has seen, and what it missed: the queue tells which jobs to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pixels_mcp.errors import UnknownJobError
from pixels_mcp.events import Accepted, Failed, Finished, JobInfo, QueueEntry, QueueInfo, Update
from pixels_mcp.wire.catch_up import Seen

_ENDED_JOBS_MAX = 10_000
"""So many ended jobs are remembered, so that what is heard late of them is not told again."""


class SeenAll:
    """What one follower was told of all jobs."""

    def __init__(self) -> None:
        self._jobs: dict[str, Seen] = {}
        self._ended: dict[str, None] = {}

    @property
    def is_waiting(self) -> bool:
        """True while some of them have not ended."""
        return bool(self._jobs)

    def is_new(self, update: Update) -> bool:
        """Note an update; False when it tells nothing new."""
        if update.job_id in self._ended:
            return False
        seen = self._jobs.setdefault(update.job_id, Seen())
        if isinstance(update, Accepted):
            seen.parts_in_all = update.parts
        new = seen.is_new(update)
        if isinstance(update, Finished | Failed) and not seen.is_open and seen.parts_ended == seen.parts_in_all:
            self._end(update.job_id)
        return new

    def missed(self, queue: QueueInfo, ask: Callable[[str], JobInfo]) -> Iterator[Update]:
        """Tell what the jobs' statuses say and no update said, in the order of the queue.

        Args:
            queue: The jobs that are not ended.
            ask: Gives a job as it stands.
        """
        standing = {entry.job_id: entry for entry in queue.jobs}
        for entry in queue.jobs:
            if not self._is_behind(entry):
                continue
            if entry.kind == "generate" and entry.parts_queued == entry.parts:
                # The whole queue of thousands that wait comes without a question for each.
                update = Accepted(job_id=entry.job_id, part_id=entry.job_id, parts=entry.parts)
                if self.is_new(update):
                    yield update
            else:
                yield from self._missed_of(entry.job_id, ask)
        may_wait = queue.jobs_left_out > 0
        gone = [
            job_id for job_id, seen in self._jobs.items() if job_id not in standing and (seen.has_begun or not may_wait)
        ]
        for job_id in gone:
            yield from self._missed_of(job_id, ask)

    def _missed_of(self, job_id: str, ask: Callable[[str], JobInfo]) -> Iterator[Update]:
        try:
            job = ask(job_id)
        except UnknownJobError:  # the job store was replaced
            self._end(job_id)
            return
        seen = self._jobs.setdefault(job_id, Seen())
        seen.parts_in_all = len(job.parts)
        yield from seen.missed(job)
        if seen.has_ended(job):
            self._end(job_id)

    def _is_behind(self, entry: QueueEntry) -> bool:
        """Whether the queue knows more of a job: that it is there, that it runs, or an end."""
        seen = self._jobs.get(entry.job_id)
        if seen is None:
            return entry.job_id not in self._ended
        ended = entry.parts_done + entry.parts_failed + entry.parts_cancelled
        return not seen.accepted_parts or seen.parts_ended < ended or (entry.running is not None and not seen.has_begun)

    def _end(self, job_id: str) -> None:
        self._jobs.pop(job_id, None)
        self._ended[job_id] = None
        while len(self._ended) > _ENDED_JOBS_MAX:
            del self._ended[next(iter(self._ended))]
