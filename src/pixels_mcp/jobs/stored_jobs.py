"""Reading the job store: jobs by their ids and in the order of the ring, parts by their states."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from pixels_mcp.database import Database
from pixels_mcp.errors import KeyReusedError, UnknownJobError
from pixels_mcp.jobs.records import Job, Part, Rank
from pixels_mcp.jobs.rows import SELECT_JOB, SELECT_PART, to_job, to_part
from pixels_mcp.next_steps import NextStep


class StoredJobs:
    """An open job store, as far as it is read; usable from several threads.

    Args:
        database: It holds the tables of `jobs.schema`.
    """

    def __init__(self, database: Database) -> None:
        self._lock = threading.RLock()
        self._db = database

    def close(self) -> None:
        """Close the database; waits for a change that another thread is making."""
        with self._lock:
            self._db.close()

    def job(self, job_id: str) -> Job:
        """Find a job by its id or that of one of its parts.

        Raises:
            UnknownJobError: There is none.
        """
        with self._lock, self._db.reading() as db:
            row = db.execute(f"{SELECT_JOB} WHERE job_id = ?", (job_id,)).fetchone()
            if row is None:
                row = db.execute(
                    SELECT_JOB + " WHERE number = (SELECT job_number FROM parts WHERE part_id = ?)",  # noqa: S608  # names of our own; values are bound
                    (job_id,),
                ).fetchone()
        if row is None:
            raise UnknownJobError(f"no job is called {job_id!r}", steps=[NextStep("list_jobs")])
        return to_job(row)

    def parts(self, job: Job) -> list[Part]:
        """All parts of a job, in the order asked for."""
        return self._parts("jobs j JOIN parts p ON p.job_number = j.number WHERE j.number = ? ORDER BY p.number",
                           job.number)  # fmt: skip

    def part(self, part_id: str) -> Part:
        """Find one part.

        Raises:
            UnknownJobError: There is none.
        """
        parts = self._parts("parts p JOIN jobs j ON j.number = p.job_number WHERE p.part_id = ?", part_id)
        if not parts:
            raise UnknownJobError(f"no job is called {part_id!r}", steps=[NextStep("list_jobs")])
        return parts[0]

    def latest(self, limit: int, *, ended: bool = False) -> list[Job]:
        """The jobs added last, the newest first; with `ended` those alone that have ended."""
        which = "WHERE state NOT IN ('queued', 'running') " if ended else ""
        return self._jobs(which + "ORDER BY number DESC LIMIT ?", limit)

    def next_parts(self, limit: int, *, of: int | None = None) -> list[Part]:
        """The parts that are to be drawn next: jobs in the order of the ring, the parts of each as asked for.

        Args:
            limit: At most so many.
            of: Those of the job with this number alone.
        """
        if of is not None:
            return self._parts(
                "parts p INDEXED BY parts_queued JOIN jobs j ON j.number = p.job_number "
                "WHERE p.job_number = ? AND p.state = 'queued' ORDER BY p.number LIMIT ?",
                of,
                limit,
            )
        return self._parts(
            "jobs j INDEXED BY jobs_in_ring CROSS JOIN parts p INDEXED BY parts_queued ON p.job_number = j.number "
            "WHERE j.queued > 0 AND p.state = 'queued' ORDER BY j.tier, j.turn, p.number LIMIT ?",
            limit,
        )

    def first_parts(self, limit: int) -> list[Part]:
        """Of each job that has parts waiting the first one, jobs in the order of the ring."""
        return self._parts(
            "jobs j INDEXED BY jobs_in_ring CROSS JOIN parts p ON p.number = (SELECT min(w.number) FROM parts w "
            "INDEXED BY parts_queued WHERE w.job_number = j.number AND w.state = 'queued') "
            "WHERE j.queued > 0 ORDER BY j.tier, j.turn LIMIT ?",
            limit,
        )

    def running_parts(self) -> list[Part]:
        """The parts that are being drawn."""
        return self._parts(
            "parts p INDEXED BY parts_running JOIN jobs j ON j.number = p.job_number "
            "WHERE p.state = 'running' ORDER BY p.number"
        )

    def last_try(self, part: Part) -> Part:
        """The part that a failed or cancelled one was tried again as at last; itself where it never was."""
        return self._parts(
            "parts p JOIN jobs j ON j.number = p.job_number WHERE p.number = (WITH RECURSIVE tries(number) AS "
            "(VALUES (?) UNION ALL SELECT again.number FROM tries JOIN parts again ON again.retry_of = tries.number) "
            "SELECT max(number) FROM tries)",
            part.number,
        )[0]

    def waiting_jobs(self, limit: int) -> list[Job]:
        """The jobs of which parts wait, in the order in which they are served."""
        return self._jobs("INDEXED BY jobs_in_ring WHERE queued > 0 ORDER BY tier, turn LIMIT ?", limit)

    def count_waiting_jobs(self) -> int:
        """How many jobs have parts that wait."""
        with self._lock, self._db.reading() as db:
            return int(db.execute("SELECT count(*) FROM jobs INDEXED BY jobs_in_ring WHERE queued > 0").fetchone()[0])

    def running_jobs(self) -> list[Job]:
        """The jobs of which parts are being drawn, in the order of the ring."""
        return self._jobs(
            "WHERE number IN (SELECT job_number FROM parts INDEXED BY parts_running WHERE state = 'running') "
            "ORDER BY tier, turn"
        )

    def ranks(self, job_numbers: Iterable[int]) -> dict[int, Rank]:
        """The ranks of jobs as they are now."""
        with self._lock, self._db.reading() as db:
            return {
                number: Rank(*db.execute("SELECT tier, turn FROM jobs WHERE number = ?", (number,)).fetchone())
                for number in set(job_numbers)
            }

    def open_jobs(self) -> list[Job]:
        """The jobs of workflow runs that may ask for more parts, the oldest first."""
        return self._jobs("INDEXED BY jobs_open WHERE run_key IS NOT NULL ORDER BY number")

    def open_job(self, run_key: str) -> Job | None:
        """The job of a workflow's run that has not ended."""
        return next(iter(self._jobs("INDEXED BY jobs_open WHERE run_key = ?", run_key)), None)

    def find_key(self, key: str, fingerprint: str) -> Job | None:
        """Find the job that was added with a key.

        Raises:
            KeyReusedError: It was another request.
        """
        with self._lock, self._db.reading() as db:
            row = db.execute("SELECT job_id, fingerprint FROM jobs WHERE idempotency_key = ?", (key,)).fetchone()
        if row is None:
            return None
        if row[1] != fingerprint:
            raise KeyReusedError(
                f"the idempotency key {key!r} was used for another request, job {row[0]}",
                hint="give every new request a key of its own",
            )
        return self.job(row[0])

    def _parts(self, where: str, *values: object) -> list[Part]:
        with self._lock, self._db.reading() as db:
            return [to_part(row) for row in db.execute(SELECT_PART + where, values)]

    def _jobs(self, where: str, *values: object) -> list[Job]:
        with self._lock, self._db.reading() as db:
            return [to_job(row) for row in db.execute(f"{SELECT_JOB} {where}", values)]
