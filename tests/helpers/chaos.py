"""Random kills in a batch of 500: `make chaos KILLS=20 SEED=1`. Ends with one line of figures, and 1 where one is bad.

Real processes: a worker and its drawing process without torch, faces that wait, and a server for assistants. Each kill
falls when a random share of the batch has ended, after a random moment, on one of them; a killed worker is started by
the next call of a face. At the end every part must have ended once (done, or failed by the name of the process that was
killed under it), every sprite must stand once and whole, and no number twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.workers import end_worker, plain_settings
from pixels_mcp.client import Client
from pixels_mcp.events import Failed, Finished, JobInfo
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.requests import BatchItem, BatchRequest
from pixels_mcp.worker.address import find_address

TARGETS = ("worker", "engine", "face", "server")
WORKER_COMMAND = plain_worker_command(step_s=0.004)
GIVEN_UP = "the worker ended"  # three times while a part was drawn: it is failed by name
BLAMED = "EngineGoneError"


@dataclass
class Figures:
    """What happened; all of the second half must be 0."""

    kills: Counter[str] = field(default_factory=Counter)
    done: int = 0
    failed_by_name: int = 0
    lost: int = 0
    doubled: int = 0
    torn: int = 0
    repeated_numbers: int = 0
    ends_told_twice: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or torn."""
        bad = (self.lost, self.doubled, self.torn, self.repeated_numbers, self.ends_told_twice)
        return not any(bad) and self.done > 0

    def line(self, seed: int, elapsed_s: float) -> str:
        """One line for a log."""
        kills = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        counts = [
            f"{self.done} done",
            f"{self.failed_by_name} failed by name",
            f"{self.lost} lost",
            f"{self.doubled} doubled",
            f"{self.torn} torn",
            f"{self.repeated_numbers} numbers twice",
            f"{self.ends_told_twice} ends told twice",
        ]
        return f"chaos seed {seed}: {self.kills.total()} kills ({kills}), {', '.join(counts)}, {elapsed_s:.0f} s"


def run(kills: int, seed: int, *, parts: int = 500, rows_max: int = 8) -> Figures:
    """Draw a batch while things die; the home is that of `PIXELS_HOME`."""
    chance = random.Random(seed)
    settings = plain_settings(rows_max=rows_max)
    install_plain_model(find_paths())
    figures = Figures()
    items = tuple(BatchItem(prompt=f"thing {number}", seed=number, steps=2 + number % 3) for number in range(parts))
    with _connected(settings) as client, _connected(settings) as follower:
        job = client.submit_batch(BatchRequest(items=items, name="loot"))
        ends = _follow(follower)
        for ended in sorted(chance.randrange(parts * 9 // 10) for _ in range(kills)):
            while (standing := _ended(job := client.job(job.job_id))) < ended and standing < parts:
                time.sleep(0.02)
            time.sleep(chance.random() * 0.1)
            target = chance.choice(TARGETS)
            if _kill(target, settings, job.job_id):
                figures.kills[target] += 1
        while job.state not in ENDED:
            job = client.wait(job.job_id, 60)
        time.sleep(1.2)  # a follower that heard nothing for a second asks
    _judge(figures, job, ends)
    return figures


@contextlib.contextmanager
def _connected(settings):  # type: ignore[no-untyped-def]
    with Client.connect(find_paths(), settings, face="chaos", timeout_s=120, worker_command=WORKER_COMMAND) as client:
        yield client


def _follow(client: Client) -> Counter[str]:
    ends: Counter[str] = Counter()

    def follow() -> None:
        with contextlib.suppress(Exception):
            for update in client.follow_all():
                if isinstance(update, Finished | Failed):
                    ends[update.part_id] += 1

    threading.Thread(target=follow, daemon=True).start()
    return ends


def _kill(target: str, settings: object, job_id: str) -> bool:
    """Kill one of them, with certainty; False where it does not run just now."""
    if target in ("face", "server"):
        words = ("serve",) if target == "server" else ("status", job_id, "--wait")
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
            os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
    return bool(victims)


def _ended(job: JobInfo) -> int:
    return sum(part.state in ENDED for part in job.parts)


def _judge(figures: Figures, job: JobInfo, ends: Counter[str]) -> None:
    library = Library(find_paths().library)
    entries = library.search(limit=1_000)
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
    for counts in (wanted, standing):
        figures.doubled += sum(count - 1 for count in counts.values() if count > 1)
    figures.ends_told_twice = sum(count - 1 for count in ends.values() if count > 1)
    numbers = Counter(part.part_id.rpartition("-")[2] for part in job.parts)
    figures.repeated_numbers = sum(count - 1 for count in numbers.values() if count > 1)
    for entry in entries:
        data = Path(entry.path).read_bytes()
        is_whole = hashlib.sha256(data).hexdigest() == entry.sha256 and open_picture(Path(entry.path)).shape == (
            32,
            32,
            4,
        )
        figures.torn += not is_whole


def main() -> None:
    """Run it in a home of its own."""
    kills, seed = int(os.environ.get("KILLS", "20")), int(os.environ.get("SEED", str(random.randrange(10**6))))
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as home:
        os.environ["PIXELS_HOME"] = home
        try:
            figures = run(kills, seed)
        finally:
            end_worker(find_paths())
    sys.stdout.write(figures.line(seed, time.monotonic() - begun_s) + "\n")
    sys.exit(0 if figures.is_good else 1)


if __name__ == "__main__":
    main()
