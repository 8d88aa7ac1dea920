"""The job store: which jobs there are, their parts, and how far they are. It is the truth; all else are hints.

Every change is one short transaction, and every change of state a compare-and-set: of two that want to end a part,
one wins. The worker holds the only store, used by its threads.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pixels_mcp.database import Database, reading_rows
from pixels_mcp.errors import NotWaitingError, QueueFullError
from pixels_mcp.events import ErrorInfo, SpriteInfo, State
from pixels_mcp.jobs.line import Line
from pixels_mcp.jobs.records import Direction, Job, JobKind, NewPart, Part, Rank
from pixels_mcp.jobs.ring import moved as moved_ranks
from pixels_mcp.jobs.ring import waiting_ranks
from pixels_mcp.jobs.rows import INSERT_JOB, INSERT_PART, SPRITES, new_job_row, new_part_row
from pixels_mcp.jobs.schema import SCHEMA
from pixels_mcp.jobs.settling import count_moved, settle
from pixels_mcp.jobs.states import MOVES, Tally
from pixels_mcp.jobs.stored_jobs import StoredJobs
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import make_job_id

STARTS_MAX = 3
"""A part during which the worker died so often is not tried again."""


class JobStore(StoredJobs):
    """The jobs of one person.

    Args:
        file: The database; made when missing.
        largest_number: Of the ids in the library; new ids get larger ones, also after the store was lost.

    Raises:
        StoreError: The database cannot be used; see `Database`.
    """

    def __init__(self, file: Path, *, largest_number: int = 0) -> None:
        super().__init__(Database(file, SCHEMA, create=True, look_through=True))
        with self._db.reading() as db:
            known = db.execute(
                "SELECT max(coalesce((SELECT max(number) FROM jobs), 0), coalesce((SELECT max(number) FROM parts), 0)),"
                " coalesce((SELECT max(turn) FROM jobs), 0), (SELECT count(*) FROM parts WHERE state = 'running')"
            ).fetchone()
            self._line = Line(
                db.execute(
                    "SELECT j.tier, j.turn, p.number FROM parts p INDEXED BY parts_queued "
                    "JOIN jobs j ON j.number = p.job_number WHERE p.state = 'queued'"
                )
            )
        self._number = max(largest_number, known[0])
        self._turn = int(known[1])
        self._running = int(known[2])

    @property
    def largest_number(self) -> int:
        """The largest number that an id has here."""
        return self._number

    def parts_before(self, part: Part) -> int:
        """How many waiting parts are drawn before this one, as the ring stands."""
        with self._lock:
            return self._line.before(part.rank, part.number)

    @property
    def queued(self) -> int:
        """Parts that wait."""
        return len(self._line)

    @property
    def running(self) -> int:
        """Parts that are being drawn."""
        return self._running

    def check_room(self, parts: int, queue_limit: int) -> None:
        """See that so many parts more may wait.

        Raises:
            QueueFullError: They may not.
        """
        if len(self._line) + parts > queue_limit:
            raise QueueFullError(
                f"{len(self._line)} parts wait, {parts} more were asked for, at most {queue_limit} may wait",
                hint="wait for some to end, cancel some, or raise the setting `queue_limit`",
            )

    def check_share(self, keys: str, parts: int, parts_max: int) -> None:
        """See that so many parts more may wait of the jobs whose keys begin so (and end with what follows a colon).

        Raises:
            QueueFullError: They may not.
        """
        after = f"{keys[:-1]};"  # the sign behind the colon
        with self._lock, self._db.reading() as db:
            (waiting,) = db.execute(
                "SELECT coalesce(sum(queued), 0) FROM jobs "
                "WHERE (idempotency_key >= ? AND idempotency_key < ?) OR (run_key >= ? AND run_key < ?)",
                (keys, after, keys, after),
            ).fetchone()
        if waiting + parts > parts_max:
            raise QueueFullError(
                f"{waiting} parts of this machine wait, {parts} more were asked for, at most {parts_max} of it may",
                hint="wait for some to end, cancel some, or raise the setting `queue_limit` there",
            )

    # --- adding -------------------------------------------------------------------------------------------------

    def add(
        self,
        kind: JobKind,
        label: str,
        parts: Sequence[NewPart],
        *,
        fingerprint: str,
        idempotency_key: str | None = None,
        run_key: str | None = None,
        queue_limit: int,
        larger_than: int = 0,
    ) -> Job:
        """Queue a job: all of its parts or none.

        Args:
            kind: `generate` has one part, of the job's own id.
            label: What the job's id is made from.
            fingerprint: Hash of the request, to tell whether a key is used for the same one again.
            idempotency_key: By which `find_key` finds the job again.
            run_key: Of a workflow's run: the job stays open for more parts, and `open_job` finds it.
            queue_limit: Parts that may wait.
            larger_than: A number that an id has outside this store; new ids get larger ones.

        Raises:
            QueueFullError: Too many parts would wait; nothing was queued.
            StoreError: The database cannot be written; nothing was queued.
        """
        with self._lock:
            self.check_room(len(parts), queue_limit)
            number, turn, now_s = max(self._number, larger_than) + 1, self._turn + 1, time.time()
            first = number if kind == "generate" else number + 1
            refused = sum(part.error is not None for part in parts)
            tally = Tally(len(parts) - refused, 0, 0, refused, 0)
            state = "queued" if tally.queued else tally.job_state(is_open=run_key is not None)
            job = Job(number, make_job_id(label, number), kind, state, label, now_s, tally, run_key)
            own_id = job.job_id if kind == "generate" else None
            rows = [new_part_row(first + place, own_id, number, part) for place, part in enumerate(parts)]
            with self._db.transaction() as db:
                db.execute(INSERT_JOB, new_job_row(job, turn, idempotency_key, fingerprint))
                db.executemany(INSERT_PART, rows)
            self._number, self._turn = rows[-1][0], turn
            self._line.add((0, turn, row[0]) for row, part in zip(rows, parts, strict=True) if part.error is None)
            return job

    def extend(self, job_number: int, parts: Sequence[NewPart], *, queue_limit: int, larger_than: int = 0) -> Job:
        """Add parts to an open job: all of them or none; as `add`.

        Raises:
            QueueFullError: Too many parts would wait; nothing was queued.
            StoreError: The database cannot be written; nothing was queued.
        """
        with self._lock:
            self.check_room(len(parts), queue_limit)
            first = max(self._number, larger_than) + 1
            rows = [new_part_row(first + place, None, job_number, part) for place, part in enumerate(parts)]
            waiting = [row[0] for row, part in zip(rows, parts, strict=True) if part.error is None]
            with self._db.transaction() as db:
                db.executemany(INSERT_PART, rows)
                db.execute(
                    "UPDATE jobs SET queued = queued + ?, failed = failed + ? WHERE number = ?",
                    (len(waiting), len(rows) - len(waiting), job_number),
                )
                rank = settle(db, job_number)
            self._number = rows[-1][0]
            self._line.add((rank.tier, rank.turn, number) for number in waiting)
            return self._job(job_number)

    def close_run(self, job: Job, error: ErrorInfo | None) -> Job:
        """End an open job: no more parts come. One that has ended stays as it is.

        Args:
            job: As it stood.
            error: Why what asked for its parts failed; None where it did not.
        """
        text = None if error is None else error.model_dump_json()
        with self._lock:
            with self._db.transaction() as db:
                closed = db.execute(
                    "UPDATE jobs SET run_key = NULL, error = ? WHERE number = ? AND run_key IS NOT NULL RETURNING 1",
                    (text, job.number),
                ).fetchone()
                if closed is not None:
                    settle(db, job.number)
            return self._job(job.number)

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

    def queue_again(self, numbers: Iterable[int]) -> set[int]:
        """Put running parts back in the queue, as begun once more: what drew them was lost over them."""
        return self._move(numbers, "running", "queued")

    def end(self, number: int, state: State, error: ErrorInfo | None = None) -> bool:
        """End a running part; False when it had ended before (it was cancelled)."""
        text = None if error is None else error.model_dump_json()
        return bool(self._move([number], "running", state, "error = ?", text))

    def keep_sprite(self, number: int, sprite: SpriteInfo) -> None:
        """Add a sprite that stands in the library to its part, whatever the part's state; twice is as once."""
        with self._lock, self._db.transaction() as db:
            (text,) = db.execute("SELECT sprites FROM parts WHERE number = ?", (number,)).fetchone()
            with reading_rows(f"part {number}"):
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
            if job_id == job.job_id and (moved or job.run_key is not None):
                # Whoever cancels a whole job sees it cancelled, also where some of its sprites stand.
                with self._db.transaction() as db:
                    db.execute("UPDATE jobs SET state = 'cancelled', run_key = NULL WHERE number = ?", (job.number,))
            return [part for part in parts if part.number in moved]

    def recover(self) -> tuple[int, list[Part]]:
        """After the death of a worker: queue what was running again, but not what it died of again and again.

        Returns:
            How many parts were queued again, and those that were given up.
        """
        with self._lock:
            running = self.running_parts()
            given_up = [part for part in running if part.starts >= STARTS_MAX]
            error = ErrorInfo(
                code="EngineGoneError",
                message=f"the worker ended {STARTS_MAX} times while it drew this",
                hint="ask for it again when the cause is mended",
                steps=(NextStep("read_log"),),
            )
            for part in given_up:
                self.end(part.number, "failed", error)
            queued = self.queue_again(part.number for part in running if part not in given_up)
            return len(queued), given_up

    # --- the ring -----------------------------------------------------------------------------------------------

    def serve_later(self, job_number: int) -> None:
        """Give a job the latest turn: it goes to the end of the ring."""
        with self._lock:
            before = self.ranks([job_number])[job_number]
            self._rank({job_number: before}, {job_number: Rank(before.tier, self._turn + 1)})

    def move(self, job_id: str, direction: Direction) -> Job:
        """Move a waiting job: before or behind all others, or past its neighbor.

        Raises:
            UnknownJobError: There is no such job.
            NotWaitingError: None of its parts waits.
        """
        with self._lock:
            job = self.job(job_id)
            with self._db.reading() as db:
                ranks = waiting_ranks(db)
            if job.number not in ranks:
                raise NotWaitingError(
                    f"{job.job_id} has no part that waits: it is {job.state}", steps=[NextStep("show_queue")]
                )
            self._rank(ranks, moved_ranks(ranks, job.number, direction))
            return job

    def _rank(self, before: Mapping[int, Rank], after: Mapping[int, Rank]) -> None:
        with self._db.transaction() as db:
            db.executemany(
                "UPDATE jobs SET tier = ?, turn = ? WHERE number = ?",
                [(*rank, number) for number, rank in after.items()],
            )
        self._turn = max(self._turn, *(rank.turn for rank in after.values())) if after else self._turn
        self._line.rerank({before[number]: rank for number, rank in after.items()})

    # --- one change of state ------------------------------------------------------------------------------------

    def _move(
        self, numbers: Iterable[int], from_state: State, to_state: State, also: str = "", *values: object
    ) -> set[int]:
        """Compare-and-set the state of parts, and count them in their jobs, in one transaction."""
        if to_state not in MOVES[from_state]:
            raise AssertionError(f"a part never goes from {from_state} to {to_state}")
        assign = f", {also}" if also else ""
        ranks: dict[int, Rank] = {}
        with self._lock:
            with self._db.transaction() as db:
                for number in numbers:
                    row = db.execute(
                        "UPDATE parts SET state = ?" + assign + " WHERE number = ? AND state = ? RETURNING job_number",  # noqa: S608  # names of our own; values are bound
                        (to_state, *values, number, from_state),
                    ).fetchone()
                    if row is not None:
                        ranks[number] = count_moved(db, row[0], from_state, to_state)
            self._running += len(ranks) * ((to_state == "running") - (from_state == "running"))
            if from_state == "queued":
                self._line.remove(ranks)
            elif to_state == "queued":
                self._line.add((rank.tier, rank.turn, number) for number, rank in ranks.items())
        return set(ranks)

    def _job(self, number: int) -> Job:
        (job,) = self._jobs("WHERE number = ?", number)
        return job


def look_through(file: Path) -> int:
    """Read every page of a job store that exists; returns how many jobs it holds.

    Raises:
        StoreError: What is wrong with it; see `Database`.
    """
    with contextlib.closing(Database(file, SCHEMA, look_through=True)) as database, database.reading() as db:
        return int(db.execute("SELECT count(*) FROM jobs").fetchone()[0])
