"""How long from the write of a sprite to the running game's word that it shows it, beside the file watcher's own time.

    python bench/deploy_latency.py [--deploys 100] [--lost 500] [--crowd 100] [--window] [--json FILE]

Builds and starts the example game without a window, with Bevy's stock watcher (300 ms) and with the fast one (50 ms).
In the same minutes, a program that is nothing but the watcher tells how long that takes alone: its floor. Then many
deploys with random pauses, of which none may be lost, and many sprites at once. `--window` repeats the first part in a
window under Xvfb and software Vulkan. Prints one JSON document; times in ms.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "bevy_game"))

import stage

from pixels_mcp.bevy.formats.atlas import single_sprite
from pixels_mcp.bevy.placing import Picture, deploy_pictures
from pixels_mcp.bevy.project import BevyProject, find_project
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.files import write_synced

DEBOUNCE_MS = {"stock": 300, "fast": 50}
SIZE_PX = 32


def make_project(folder: Path) -> BevyProject:
    """A folder that counts as a game."""
    (folder / "assets" / "sprites").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "bench"\n[dependencies]\nbevy = "0.19.1"\n')
    return find_project(folder)


def picture(seed: int, name: str) -> Picture:
    """A sprite of noise, another one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (SIZE_PX, SIZE_PX, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    return Picture(name, pixels, single_sprite("x.png", SIZE_PX, SIZE_PX), ())


def put(project: BevyProject, seed: int, name: str = "potion") -> DeployResult:
    """Deploy one sprite and wait for the answer."""
    (result,) = deploy_pictures(project, [picture(seed, name)], on_conflict="replace")
    return result


def build_examples() -> Path:
    """Build the two programs of bevy_bridge/examples; returns their folder."""
    program = stage.build_game()
    words = ["cargo", "build", "--quiet", "--locked", "-p", "bevy_pixels_mcp", "--examples", "--features", "hot_reload"]
    environment = {"CARGO_INCREMENTAL": "0", **os.environ, "CARGO_TARGET_DIR": str(program.parents[1])}
    subprocess.run(words, cwd=stage.REPOSITORY / "bevy_bridge", env=environment, check=True, timeout=stage.BUILD_S)
    return program.parent / "examples"


class Floor:
    """The watcher alone, on a folder of its own."""

    def __init__(self, programs: Path, folder: Path, debounce_ms: int) -> None:
        self.folder = folder / "watched"
        self.stage = folder / "stage"
        self.folder.mkdir(parents=True)
        self.stage.mkdir()
        (self.folder / "sprite.png").write_bytes(b"")
        words = [programs / "watch_floor", self.folder, str(debounce_ms)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.told = self.process.stdout
        assert self.told.readline().strip() == "ready"

    def measure(self) -> float:
        """Move a file in, and wait until the watcher tells of it."""
        staged = self.stage / "sprite.png"
        write_synced(staged, os.urandom(512))
        moved_ns = time.time_ns()
        staged.replace(self.folder / "sprite.png")
        told_ns, name = self.told.readline().split()
        assert name == "sprite.png"
        return (int(told_ns) - moved_ns) / 1e6


@contextmanager
def floor_of(programs: Path, folder: Path, debounce_ms: int) -> Iterator[Floor]:
    """The watcher alone, while it is measured."""
    floor = Floor(programs, folder, debounce_ms)
    try:
        yield floor
    finally:
        floor.process.kill()
        floor.process.wait()


def spread(values_ms: list[float]) -> dict[str, float]:
    """The middle and the edges of some times."""
    ordered = sorted(values_ms)
    return {
        "count": len(ordered),
        "min_ms": round(ordered[0], 1),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "max_ms": round(ordered[-1], 1),
    }


def measure_latency(programs: Path, folder: Path, watcher: str, deploys: int, *, window: bool) -> dict[str, Any]:
    """Deploys and the watcher's floor in turn, so that both meet the same machine."""
    project = make_project(folder / "game")
    chance = random.Random(1)
    words = ["--watcher", watcher] + ([] if window else ["--headless"])
    display = stage.virtual_display(folder) if window else nullcontext({})
    confirmed, floors, unconfirmed = [], [], []
    with (
        display as environment,
        stage.running(programs.parent / "bevy_game", project.package, *words, environment=environment),
        floor_of(programs, folder / "floor", DEBOUNCE_MS[watcher]) as floor,
    ):
        put(project, 0)
        for number in range(1, deploys + 1):
            result = put(project, number)
            confirmed.append(result.confirmed_ms) if result.confirmed_ms else unconfirmed.append(result.cause)
            time.sleep(chance.uniform(0, 0.08))  # the watcher looks every 75 ms: begin anywhere in between
            floors.append(floor.measure())
            time.sleep(chance.uniform(0, 0.08))
    report = {"confirmed": spread(confirmed), "watcher_alone": spread(floors), "unconfirmed": unconfirmed}
    report["median_by_floor"] = round(report["confirmed"]["median_ms"] / report["watcher_alone"]["median_ms"], 3)
    return report


def measure_lost(programs: Path, folder: Path, watcher: str, deploys: int) -> dict[str, Any]:
    """Many deploys with random pauses: how many the game did not show, and how many only after a nudge."""
    project = make_project(folder / "game")
    chance = random.Random(2)
    lost, nudged = [], 0
    with stage.running(programs.parent / "bevy_game", project.package, "--watcher", watcher, "--headless"):
        for number in range(deploys):
            result = put(project, number, chance.choice(("potion", "sword", "chest", "slime")))
            if result.state != "confirmed":
                lost.append({"deploy": number, "cause": result.cause, "detail": result.detail})
            elif (result.confirmed_ms or 0) >= 1_500:
                nudged += 1
            time.sleep(chance.uniform(0, 0.6) ** 2)
    return {"deploys": deploys, "lost": len(lost), "nudged": nudged, "causes": lost[:5]}


def measure_crowd(programs: Path, folder: Path, watcher: str, count: int) -> dict[str, Any]:
    """Many sprites at once, new and then swapped."""
    project = make_project(folder / "game")
    process = subprocess.Popen([programs / "crowd", project.package, str(count), watcher], stderr=subprocess.DEVNULL)
    log = project.pixels / "ack.jsonl"
    try:
        stage.wait_until(
            lambda: log.exists() and log.read_text().count("\n") >= count, what="the crowd reports", seconds=60
        )
        report: dict[str, Any] = {"count": count}
        for turn in ("new", "swapped"):
            first_seed = 1 if turn == "new" else 1 + count
            pictures = [picture(first_seed + number, f"crowd-{number}") for number in range(count)]
            started = time.monotonic()
            results = deploy_pictures(project, pictures, on_conflict="replace")
            confirmed = [result.confirmed_ms for result in results if result.confirmed_ms is not None]
            report[turn] = {
                **spread(confirmed),
                "unconfirmed": count - len(confirmed),
                "whole_call_ms": round((time.monotonic() - started) * 1000),
            }
        return report
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--deploys", type=int, default=100)
    parser.add_argument("--lost", type=int, default=500)
    parser.add_argument("--crowd", type=int, default=100)
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    programs = build_examples()
    report: dict[str, Any] = {"cpus": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(prefix="px-") as name:
        root = Path(name)
        for watcher in DEBOUNCE_MS:
            report[watcher] = measure_latency(programs, root / watcher, watcher, asked.deploys, window=False)
            print(watcher, json.dumps(report[watcher]), file=sys.stderr)
        if asked.window:
            report["window"] = {
                watcher: measure_latency(programs, root / f"window-{watcher}", watcher, asked.deploys, window=True)
                for watcher in DEBOUNCE_MS
            }
        report["lost"] = {
            watcher: measure_lost(programs, root / f"lost-{watcher}", watcher, asked.lost) for watcher in DEBOUNCE_MS
        }
        report["at_once"] = {
            watcher: measure_crowd(programs, root / f"crowd-{watcher}", watcher, asked.crowd) for watcher in DEBOUNCE_MS
        }
    report["load_after"] = round(os.getloadavg()[0], 1)
    text = json.dumps(report, indent=2)
    print(text)
    if asked.json is not None:
        asked.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
