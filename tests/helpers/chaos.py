"""Random faults in a batch of 500: `make chaos KILLS=20 SEED=1`. Ends with lines of figures, and 1 where one is bad.

Real processes: a worker and its drawing process without torch, faces that wait, and a server for assistants. Each time
a random share of the batch has ended and a part is in the stage whose turn it is, one of them is killed or stopped for
a moment, or the disk is full for one (where mounting is allowed); every second time two of these at once. Meanwhile the
plain engine begins nothing new, so that a batch that is drawn in seconds outlives its faults. A killed worker is
started by the next call of a face. At the end every part must have ended once (done, or failed by the name of the
process that was killed under it), every sprite must stand once and whole, and no number twice. A short second leg does
the same with the embedded model.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers import mounts
from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.waiting import PATIENCE_S
from helpers.workers import end_worker, plain_settings
from pixels_mcp.client import Client
from pixels_mcp.errors import PixelsError
from pixels_mcp.events import Failed, Finished, JobInfo, Stage, StageName
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.requests import BatchItem, BatchRequest
from pixels_mcp.settings import Settings
from pixels_mcp.worker.address import find_address
from pixels_mcp.worker.spawn import WORKER_COMMAND as MINI_WORKER

FAULTS = ("worker killed", "engine killed", "face killed", "server killed", "worker stopped", "engine stopped")
FULL_DISK = "full disk"
STAGES: tuple[StageName, ...] = get_args(StageName)
STOPPED_S = 0.3
STAGE_WITHIN_S = 60.0
BATCHES_A_FAULT = 3
"""So much may be drawn while a stage is waited for and something breaks."""

PARTS_MAX = 1_000
GIVEN_UP = "the worker ended"  # three times while a part was drawn: it is failed by name
BLAMED = "EngineGoneError"
FillDisk = Callable[[], contextlib.AbstractContextManager[None]]


@dataclass
class Figures:
    """What happened; all of the last six must be 0."""

    faults: Counter[str] = field(default_factory=Counter[str])
    pairs: int = 0
    stages: Counter[str] = field(default_factory=Counter[str])
    done: int = 0
    failed_by_name: int = 0
    failed_unharmed: int = 0
    lost: int = 0
    doubled: int = 0
    torn: int = 0
    repeated_numbers: int = 0
    ends_told_twice: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or torn."""
        bad = (self.lost, self.doubled, self.torn, self.repeated_numbers, self.ends_told_twice)
        return not any(bad) and not self.failed_unharmed and self.done > 0

    @property
    def killed(self) -> int:
        """How often something was killed that had parts in hand."""
        return self.faults["worker killed"] + self.faults["engine killed"]

    def line(self, name: str, elapsed_s: float) -> str:
        """One line for a log."""
        faults = ", ".join(f"{count} {fault}" for fault, count in sorted(self.faults.items()))
        stages = ", ".join(f"{self.stages[stage]} {stage}" for stage in STAGES)
        counts = [
            f"{self.done} done",
            f"{self.failed_by_name} failed by name",
            f"{self.failed_unharmed} more than were in hand",
            f"{self.lost} lost",
            f"{self.doubled} doubled",
            f"{self.torn} torn",
            f"{self.repeated_numbers} numbers twice",
            f"{self.ends_told_twice} ends told twice",
        ]
        hit = f"{self.faults.total()} faults ({faults}), {self.pairs} times two at once, while {stages}"
        return f"{name}: {hit}; {', '.join(counts)}, {elapsed_s:.0f} s"


class Ears:
    """A face that hears everything: which stage a part is in, and how often each end is told.

    While no worker can begin, following ends with that error and is begun anew, which tells where all stands: so ends
    are counted for each time apart.
    """

    def __init__(self, client: Client) -> None:
        self._ends: list[Counter[str]] = []
        self._entered = {stage: threading.Event() for stage in STAGES}
        self._client = client
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def ends_told_twice(self) -> int:
        """How often an end was told that had been told."""
        return sum(count - 1 for ends in self._ends for count in ends.values())

    def wait_for(self, stage: StageName, is_over: Callable[[], bool]) -> bool:
        """Wait until a part enters a stage; False where none did in time, or none is left."""
        entered = self._entered[stage]
        entered.clear()
        until_s = time.monotonic() + STAGE_WITHIN_S
        while not entered.wait(0.5):
            if is_over() or time.monotonic() > until_s:
                return False
        return True

    def _listen(self) -> None:
        while not self._client.is_closed:
            ends = Counter[str]()
            self._ends.append(ends)
            with contextlib.suppress(PixelsError):  # no worker can begin while its disk is full: listen again
                for update in self._client.follow_all():
                    if isinstance(update, Finished | Failed):
                        ends[update.part_id] += 1
                    elif isinstance(update, Stage):
                        self._entered[update.stage].set()


def run(
    kills: int,
    seed: int,
    *,
    parts: int = 500,
    rows_max: int = 4,
    mini: bool = False,
    faults: Sequence[str] = FAULTS,
    disk: FillDisk | None = None,
) -> Figures:
    """Draw a batch while things break; the home is that of `PIXELS_HOME`.

    Args:
        kills: How often something breaks; every second time two things at once.
        seed: Of what breaks when.
        parts: Of the batch; `BATCHES_A_FAULT` batches of `rows_max` are kept for each fault.
        rows_max: That are drawn together.
        mini: Draw with the embedded model, not with the plain engine.
        faults: What may break; each as often as the others.
        disk: Makes the home's disk full for a block; None leaves that fault out.
    """
    chance = random.Random(seed)
    settings = Settings(threads=2, rows_max=rows_max) if mini else plain_settings(rows_max=rows_max)
    figures = Figures()
    items = tuple(BatchItem(prompt=f"thing {number}", seed=number, steps=2 + number % 3) for number in range(parts))
    stages, turns = itertools.cycle(STAGES), _in_turn(chance, [*faults, *([FULL_DISK] if disk else [])])
    early_parts = max(1, parts - BATCHES_A_FAULT * rows_max * kills)
    with contextlib.ExitStack() as until_the_end:
        pause, command = until_the_end.enter_context(_pausing())
        if mini:
            command = MINI_WORKER
        else:
            install_plain_model(find_paths())
        client, follower = [until_the_end.enter_context(_connected(settings, command)) for _ in range(2)]
        job = client.submit_batch(BatchRequest(items=items, name="loot"))
        ears = Ears(follower)
        for number, ended in enumerate(sorted(chance.randrange(early_parts) for _ in range(kills))):
            while _ended(client.job(job.job_id)) < ended:
                time.sleep(0.02)
            stage = next(stages)
            if stage == "loading" and _strike("engine", "killed", client):  # a model is loaded once
                figures.faults["engine killed"] += 1
            figures.stages[stage] += ears.wait_for(stage, lambda: client.job(job.job_id).state in ENDED)
            chosen = [next(turns) for _ in range(1 + number % 2)]
            with pause():
                struck = _break(chosen, client, disk)
            figures.faults.update(struck)
            figures.pairs += len(struck) == 2
        while job.state not in ENDED:
            job = client.wait(job.job_id, PATIENCE_S)
        time.sleep(1.2)  # a follower that heard nothing for a second asks
    figures.ends_told_twice = ears.ends_told_twice
    _judge(figures, job, rows_max)
    return figures


@contextlib.contextmanager
def _pausing() -> Generator[tuple[Callable[[], contextlib.AbstractContextManager[None]], Sequence[str]]]:
    """Gives what lets the plain engine begin nothing new for a block, and the command of a worker that heeds it."""
    with tempfile.TemporaryDirectory(prefix="px-pause-") as folder:  # not on the disk that gets full
        held = Path(folder) / "held"

        @contextlib.contextmanager
        def pause() -> Generator[None]:
            held.touch()
            try:
                yield
            finally:
                held.unlink()

        yield pause, plain_worker_command(step_s=0.004, load_s=0.05, held=str(held))


@contextlib.contextmanager
def _connected(settings: Settings, command: Sequence[str]) -> Generator[Client]:
    with Client.connect(find_paths(), settings, face="chaos", timeout_s=120, worker_command=command) as client:
        yield client


def _in_turn(chance: random.Random, faults: Sequence[str]) -> Iterator[str]:
    """All of them in any order, and again."""
    while True:
        yield from chance.sample(faults, len(faults))


def _break(chosen: Sequence[str], client: Client, disk: FillDisk | None) -> list[str]:
    """Let these faults happen at once; returns those for which there was something to break."""
    struck: list[str] = []
    with disk() if disk is not None and FULL_DISK in chosen else contextlib.nullcontext():
        for fault in sorted(chosen):  # who is stopped is stopped last, for others wait until it goes on
            target, how = fault.split()
            if fault == FULL_DISK or _strike(target, how, client):
                struck.append(fault)
        if FULL_DISK in chosen:
            time.sleep(STOPPED_S)
    return struck


def _strike(target: str, how: str, client: Client) -> bool:
    """Kill one of them, or stop it for a moment; False where it does not run just now."""
    if target in ("face", "server"):
        jobs = client.jobs() if find_address(find_paths()) else []
        words = ("serve",) if target == "server" or not jobs else ("status", jobs[0].job_id, "--wait")
        face = subprocess.Popen(
            [sys.executable, "-m", "pixels_mcp", *words],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(0.5)
        face.kill()
        face.wait()
        if face.stdin is not None:
            face.stdin.close()
        return True
    address = find_address(find_paths())
    if address is None:
        return False
    try:
        victims = [address.pid] if target == "worker" else [one.pid for one in psutil.Process(address.pid).children()]
        for pid in victims:
            os.kill(pid, signal.SIGKILL if how == "killed" else signal.SIGSTOP)
        if how == "stopped":
            time.sleep(STOPPED_S)
            for pid in victims:
                os.kill(pid, signal.SIGCONT)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
    return bool(victims)


def _ended(job: JobInfo) -> int:
    return sum(part.state in ENDED for part in job.parts)


def _judge(figures: Figures, job: JobInfo, rows_max: int) -> None:
    library = Library(find_paths().library)
    entries = library.search(limit=PARTS_MAX)
    standing = Counter(entry.sprite_id for entry in entries)
    wanted = Counter[str]()
    for part in job.parts:
        if part.state == "done" and len(part.sprites) == 1:
            figures.done += 1
            wanted.update(sprite.sprite_id for sprite in part.sprites)
        elif part.error is not None and (part.error.code == BLAMED or part.error.message.startswith(GIVEN_UP)):
            figures.failed_by_name += 1
        else:
            figures.lost += 1
    figures.lost += sum((wanted - standing).values())
    figures.failed_unharmed = max(0, figures.failed_by_name - rows_max * figures.killed)
    for counts in (wanted, standing):
        figures.doubled += sum(count - 1 for count in counts.values() if count > 1)
    numbers = Counter(part.part_id.rpartition("-")[2] for part in job.parts)
    figures.repeated_numbers = sum(count - 1 for count in numbers.values() if count > 1)
    for entry in entries:
        data = Path(entry.path).read_bytes()
        size_px = open_picture(Path(entry.path)).shape[1::-1]
        is_whole = hashlib.sha256(data).hexdigest() == entry.sha256 and size_px == (entry.width_px, entry.height_px)
        figures.torn += not is_whole


@contextlib.contextmanager
def _own_home(*, full: bool) -> Generator[FillDisk | None]:
    """A home of its own, on a disk of its own where that is allowed; gives what makes that disk full."""
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as folder, contextlib.ExitStack() as until_the_end:
        os.environ["PIXELS_HOME"] = folder
        home = Path(folder)
        is_mounted = full and mounts.may_mount()
        if is_mounted:
            until_the_end.enter_context(mounts.small_disk(home, "256m"))
        until_the_end.callback(lambda: end_worker(find_paths()))
        yield (lambda: mounts.full(home)) if is_mounted else None


def main() -> None:
    """Run both legs, each in a home of its own."""
    kills, seed = int(os.environ.get("KILLS", "20")), int(os.environ.get("SEED", str(random.randrange(10**6))))
    plain = _leg(f"chaos, seed {seed}", _run_plain, kills, seed, full=True)
    mini = _leg(f"chaos with mini, seed {seed}", _run_with_mini, len(STAGES), seed)
    kinds = {fault.split()[0] for fault in plain.faults}
    are_all_hit = kills < 20 or (len(+plain.stages) == len(STAGES) and len(kinds) >= 4)
    sys.exit(0 if plain.is_good and mini.is_good and are_all_hit and len(+mini.stages) > 1 else 1)


def _run_plain(kills: int, seed: int, *, disk: FillDisk | None) -> Figures:
    parts = min(PARTS_MAX, max(500, 5 * kills))
    rows_max = max(1, min(4, parts // (2 * BATCHES_A_FAULT * kills)))
    return run(kills, seed, parts=parts, rows_max=rows_max, disk=disk)


def _run_with_mini(kills: int, seed: int, *, disk: FillDisk | None) -> Figures:
    faults = ("worker killed", "engine killed", "engine stopped")
    return run(kills, seed, parts=32, rows_max=2, mini=True, faults=faults, disk=disk)


def _leg(name: str, leg: Callable[..., Figures], kills: int, seed: int, *, full: bool = False) -> Figures:
    """Run one of them in a home of its own, and print its line."""
    begun_s = time.monotonic()
    with _own_home(full=full) as disk:
        figures = leg(kills, seed, disk=disk)
    sys.stdout.write(figures.line(name, time.monotonic() - begun_s) + "\n")
    sys.stdout.flush()
    return figures


if __name__ == "__main__":
    main()
