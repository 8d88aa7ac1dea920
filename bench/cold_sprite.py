"""What the first sprite of a cold worker takes, against another version of this package in the same run.

    python bench/cold_sprite.py --against FOLDER [--runs 5]

FOLDER holds the other version's `src` (`git archive c70576f src | tar -x -C FOLDER`). Both draw "a ruby potion" of
32 px with the embedded model in turn, by the same interpreter and libraries, each time in a home that nothing was drawn
in: the command starts a worker, which starts the process that draws. Wall seconds are from the command's start to its
end; processor seconds are those of all three, and tell less of what else the machine does. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench_home import ROOT, own_home, report

COMMAND = (sys.executable, "-m", "pixels_mcp", "generate", "a ruby potion", "--seed", "1")
SIZE = ("--width-px", "32", "--height-px", "32")


@dataclass(frozen=True)
class Cold:
    """What one first sprite took."""

    wall_s: float
    cpu_s: float


def draw_cold(version: Path) -> Cold:
    """Draw a first sprite by the version whose `src` is in that folder; everything that it started ends."""
    with own_home() as home:
        begun_s = time.perf_counter()
        environment = {**os.environ, "PYTHONPATH": str(version / "src")}
        face = subprocess.Popen((*COMMAND, *SIZE), env=environment, cwd=home, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(face.pid, 0)
        wall_s = time.perf_counter() - begun_s
        if face_code := os.waitstatus_to_exitcode(status):
            raise SystemExit(f"{version}: the command ended with {face_code}")
        cpu_s = used.ru_utime + used.ru_stime
        from helpers.workers import processes_of

        left = processes_of(home)
        if len(left) != 2 or any(one.environ().get("PYTHONPATH") != environment["PYTHONPATH"] for one in left):
            raise SystemExit(f"{version}: a worker and its drawing process were to be there, not {left}")
        cpu_s += sum(sum(one.cpu_times()[:4]) for one in left)  # with those of children that have ended
    psutil.wait_procs(left, timeout=30)
    return Cold(wall_s, cpu_s)


def main() -> None:
    """Measure in turn, so that a busy moment meets both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    versions = {"this": ROOT, "other": asked.against.resolve()}
    if not (versions["other"] / "src" / "pixels_mcp").is_dir():
        parser.error(f"{asked.against} has no src/pixels_mcp")
    for version in versions.values():
        draw_cold(version)  # fills the file cache, and compiles what Python keeps compiled
    took: dict[str, list[Cold]] = {name: [] for name in versions}
    for _ in range(asked.runs):
        for name, version in versions.items():
            took[name].append(draw_cold(version))
    walls = {name: statistics.median(one.wall_s for one in colds) for name, colds in took.items()}
    cpus = {name: statistics.median(one.cpu_s for one in colds) for name, colds in took.items()}
    report(
        runs=asked.runs,
        wall_s={name: [round(one.wall_s, 2) for one in colds] for name, colds in took.items()},
        cpu_s={name: [round(one.cpu_s, 2) for one in colds] for name, colds in took.items()},
        median_wall_s={name: round(value, 2) for name, value in walls.items()},
        median_cpu_s={name: round(value, 2) for name, value in cpus.items()},
        ratio_wall=round(walls["this"] / walls["other"], 3),
        ratio_cpu=round(cpus["this"] / cpus["other"], 3),
    )


if __name__ == "__main__":
    main()
