"""The job store: which jobs there are, their parts, and how far they are. It is the truth; all else are hints.

Every change is one short transaction, and every change of state a compare-and-set: of two that want to end a part,
one wins. The worker holds the only store, used by its two threads.
"""

from __future__ import annotations

import bisect
import contextlib
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pixels_mcp.database import Database
from pixels_mcp.errors import KeyReusedError, QueueFullError, UnknownJobError
from pixels_mcp.events import ErrorInfo, SpriteInfo, State
from pixels_mcp.jobs.records import Job, JobKind, NewPart, Part
from pixels_mcp.jobs.rows import SELECT_JOB, SELECT_PART, SPRITES, to_job, to_part
from pixels_mcp.jobs.schema import SCHEMA
from pixels_mcp.jobs.states import MOVES, Tally
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import make_job_id

STARTS_MAX = 3
"""A part during which the worker died so often is not tried again."""


class JobStore:
    """The jobs of one person.

    Args:
        file: The database; made when missing.
        largest_number: Of the ids in the library; new ids get larger ones, also after the store was lost.

    Raises:
        StoreError: The database cannot be used; see `Database`.
    """

    def __init__(self, file: Path, *, largest_number: int = 0) -> None:
        self._lock = threading.RLock()
        self._db = Database(file, SCHEMA, create=True, look_through=True)
        with self._db.reading() as db:
            known = db.execute(
                "SELECT max(coalesce((SELECT max(number) FROM jobs), 0), coalesce((SELECT max(number) FROM parts), 0)),"
                " coalesce((SELECT max(turn) FROM jobs), 0), (SELECT count(*) FROM parts WHERE state = 'running')"
            ).fetchone()
            waiting = db.execute("SELECT number FROM parts INDEXED BY parts_queued WHERE state = 'queued'")
            self._line = sorted(row[0] for row in waiting)
        self._number = max(largest_number, known[0])
        self._turn = int(known[1])
        self._running = int(known[2])

    def close(self) -> None:
        """Close the database; waits for a change that another thread is making."""
        with self._lock:
            self._db.close()

    @property
    def largest_number(self) -> int:
        """The largest number that an id has here."""
        return self._number

    # --- adding -------------------------------------------------------------------------------------------------

    def add(
        self,
        kind: JobKind,
        label: str,
        parts: Sequence[NewPart],
        *,
        fingerprint: str,
        idempotency_key: str | None = None,
        queue_limit: int,
        larger_than: int = 0,
    ) -> Job:
        """Queue a job: all of its parts or none.

        Args:
            kind: `generate` has one part, of the job's own id.
            label: What the job's id is made from.
            fingerprint: Hash of the request, to tell whether a key is used for the same one again.
            idempotency_key: By which `find_key` finds the job again.
            queue_limit: Parts that may wait.
            larger_than: A number that an id has outside this store; new ids get larger ones.

        Raises:
            QueueFullError: Too many parts would wait; nothing was queued.
            StoreError: The database cannot be written; nothing was queued.
        """
        with self._lock:
            if len(self._line) + len(parts) > queue_limit:
                raise QueueFullError(
                    f"{len(self._line)} parts wait, {len(parts)} more were asked for, at most {queue_limit} may wait",
                    hint="wait for some to end, cancel some, or raise the setting `queue_limit`",
                )
            number, turn, now_s = max(self._number, larger_than) + 1, self._turn + 1, time.time()
            first = number if kind == "generate" else number + 1
            refused = sum(part.error is not None for part in parts)
            tally = Tally(len(parts) - refused, 0, 0, refused, 0)
            state = "queued" if tally.queued else "failed"
            job = Job(number, make_job_id(label, number), kind, state, label, now_s, tally)
            rows = [
                (
                    first + place,
                    job.job_id if kind == "generate" else make_job_id(part.request.label, first + place),
                    number,
                    part.request.model_dump_json(exclude_unset=True),
                    part.seed,
                    part.reference_sha256,
                    part.recipe,
                    "queued" if part.error is None else "failed",
                    None if part.error is None else part.error.model_dump_json(),
                )
                for place, part in enumerate(parts)
            ]
            with self._db.transaction() as db:
                db.execute(
                    "INSERT INTO jobs (number, job_id, kind, state, label, created_s, turn, idempotency_key, "
                    "fingerprint, queued, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        number,
                        job.job_id,
                        kind,
                        state,
                        label,
                        now_s,
                        turn,
                        idempotency_key,
                        fingerprint,
                        tally.queued,
                        refused,
                    ),
                )
                db.executemany(
                    "INSERT INTO parts (number, part_id, job_number, request, seed, reference_sha256, recipe, "
                    "state, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )
            self._number, self._turn = rows[-1][0], turn
            self._line.extend(row[0] for row, part in zip(rows, parts, strict=True) if part.error is None)
            return job

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

    # --- reading ------------------------------------------------------------------------------------------------

    def job(self, job_id: str) -> Job:
        """Find a job by its id or that of one of its parts.

        Raises:
            UnknownJobError: There is none.
        """
        with self._lock, self._db.reading() as db:
            row = db.execute(f"{SELECT_JOB} WHERE job_id = ?", (job_id,)).fetchone()
            if row is None:
                row = db.execute(
                    SELECT_JOB + " WHERE number = (SELECT job_number FROM parts WHERE part_id = ?)",  # noqa: S608
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

    def latest(self, limit: int) -> list[Job]:
        """The jobs added last, the newest first."""
        with self._lock, self._db.reading() as db:
            return [to_job(row) for row in db.execute(f"{SELECT_JOB} ORDER BY number DESC LIMIT ?", (limit,))]

    def next_parts(self, limit: int) -> list[Part]:
        """The parts that are to be drawn next: jobs in the order of the ring, the parts of each as asked for."""
        return self._parts(
            "jobs j INDEXED BY jobs_in_ring CROSS JOIN parts p INDEXED BY parts_queued ON p.job_number = j.number "
            "WHERE j.queued > 0 AND p.state = 'queued' ORDER BY j.turn, p.number LIMIT ?",
            limit,
        )

    def parts_before(self, number: int) -> int:
        """How many queued parts were asked for before this one."""
        with self._lock:
            return bisect.bisect_left(self._line, number)

    @property
    def queued(self) -> int:
        """Parts that wait."""
        return len(self._line)

    @property
    def running(self) -> int:
        """Parts that are being drawn."""
        return self._running

    def _parts(self, where: str, value: object) -> list[Part]:
        with self._lock, self._db.reading() as db:
            return [to_part(row) for row in db.execute(SELECT_PART + where, (value,))]

    # --- states -------------------------------------------------------------------------------------------------

    def start(self, numbers: Iterable[int]) -> set[int]:
        """Take queued parts to draw them now.

        Returns:
            Those that are now running; the others were cancelled meanwhile.
        """
        return self._move(numbers, "queued", "running", "starts = starts + 1")

    def give_back(self, numbers: Iterable[int]) -> set[int]:
        """Put running parts back in the queue: they were not drawn, through no fault of theirs."""
        return self._move(numbers, "running", "queued", "starts = max(0, starts - 1)")

    def end(self, number: int, state: State, error: ErrorInfo | None = None) -> bool:
        """End a running part; False when it had ended before (it was cancelled)."""
        text = None if error is None else error.model_dump_json()
        return bool(self._move([number], "running", state, "error = ?", text))

    def keep_sprite(self, number: int, sprite: SpriteInfo) -> None:
        """Add a sprite that stands in the library to its part, whatever the part's state; twice is as once."""
        with self._lock, self._db.transaction() as db:
            (text,) = db.execute("SELECT sprites FROM parts WHERE number = ?", (number,)).fetchone()
            others = [known for known in SPRITES.validate_json(text) if known.sprite_id != sprite.sprite_id]
            sprites = SPRITES.dump_json((*others, sprite)).decode()
            db.execute("UPDATE parts SET sprites = ? WHERE number = ?", (sprites, number))

    def cancel(self, job_id: str) -> list[Part]:
        """Cancel a job or one part: whatever of it has not ended.

        Returns:
            The parts that this cancelled.

        Raises:
            UnknownJobError: There is no such job or part.
        """
        with self._lock:
            job = self.job(job_id)
            parts = [part for part in self.parts(job) if job_id in (job.job_id, part.part_id)]
            moved: set[int] = set()
            for state in ("queued", "running"):
                moved |= self._move([part.number for part in parts if part.state == state], state, "cancelled")
            if moved and job_id == job.job_id:
                # Whoever cancels a whole job sees it cancelled, also where some of its sprites stand.
                with self._db.transaction() as db:
                    db.execute("UPDATE jobs SET state = 'cancelled' WHERE number = ?", (job.number,))
            return [part for part in parts if part.number in moved]

    def recover(self) -> tuple[int, list[Part]]:
        """After the death of a worker: queue what was running again, but not what it died of again and again.

        Returns:
            How many parts were queued again, and those that were given up.
        """
        with self._lock:
            running = self._parts("parts p JOIN jobs j ON j.number = p.job_number WHERE p.state = ? ", "running")
            given_up = [part for part in running if part.starts >= STARTS_MAX]
            error = ErrorInfo(
                code="EngineGoneError",
                message=f"the worker ended {STARTS_MAX} times while it drew this",
                hint="ask for it again when the cause is mended",
                steps=(NextStep("read_log"),),
            )
            for part in given_up:
                self.end(part.number, "failed", error)
            queued = self._move([part.number for part in running if part not in given_up], "running", "queued")
            return len(queued), given_up

    def serve_later(self, job_number: int) -> int:
        """Move a job to the end of the ring; returns its new turn."""
        with self._lock:
            turn = self._turn + 1
            with self._db.transaction() as db:
                db.execute("UPDATE jobs SET turn = ? WHERE number = ?", (turn, job_number))
            self._turn = turn
            return turn

    def _move(
        self, numbers: Iterable[int], from_state: State, to_state: State, also: str = "", *values: object
    ) -> set[int]:
        """Compare-and-set the state of parts, and count them in their jobs, in one transaction."""
        if to_state not in MOVES[from_state]:
            raise AssertionError(f"a part never goes from {from_state} to {to_state}")
        assign = f", {also}" if also else ""
        moved: set[int] = set()
        with self._lock:
            with self._db.transaction() as db:
                for number in numbers:
                    row = db.execute(
                        "UPDATE parts SET state = ?" + assign + " WHERE number = ? AND state = ? RETURNING job_number",  # noqa: S608
                        (to_state, *values, number, from_state),
                    ).fetchone()
                    if row is None:
                        continue
                    moved.add(number)
                    self._count(db, row[0], from_state, to_state)
            self._recount(moved, from_state, to_state)
        return moved

    def _count(self, db: Any, job_number: int, from_state: State, to_state: State) -> None:
        change = f"UPDATE jobs SET {from_state} = {from_state} - 1, {to_state} = {to_state} + 1 WHERE number = ? "  # noqa: S608
        counts = db.execute(change + "RETURNING queued, running, done, failed, cancelled", (job_number,)).fetchone()
        db.execute("UPDATE jobs SET state = ? WHERE number = ?", (Tally(*counts).job_state(), job_number))

    def _recount(self, moved: set[int], from_state: State, to_state: State) -> None:
        self._running += len(moved) * ((to_state == "running") - (from_state == "running"))
        if from_state == "queued" and moved:
            self._line = [number for number in self._line if number not in moved]
        elif to_state == "queued":
            self._line = sorted([*self._line, *moved])


def look_through(file: Path) -> int:
    """Read every page of a job store that exists; returns how many jobs it holds.

    Raises:
        StoreError: What is wrong with it; see `Database`.
    """
    with contextlib.closing(Database(file, SCHEMA, look_through=True)) as database, database.reading() as db:
        return int(db.execute("SELECT count(*) FROM jobs").fetchone()[0])
