"""What sets cost: a tileset's code part, comparing maps, a hero's clips; prints JSON.

`--drawn` also asks a worker of its own for a set of words with variants and for a hero, and gives both in warm single
sprites of the same run; and makes a hundred sets, to see that the memory stays.

python bench/sets.py --drawn
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import numpy as np
import psutil
from scipy import ndimage

from bench_home import own_home
from pixels_mcp.client import Client
from pixels_mcp.events import JobInfo
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.animation_operation import animate_sprite
from pixels_mcp.operations.given_picture import GivenPicture
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.operations.tileset_operation import build_tileset
from pixels_mcp.operations.workflow_steps import STEP_OPERATIONS, StepOperation, StepTools
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.finish import finish_native
from pixels_mcp.pixelart.motion.measures import measure_clip
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.borders import make_border
from pixels_mcp.pixelart.tiles.maps import count_differences
from pixels_mcp.pixelart.tiles.tileset import TilesetDesign, make_tileset
from pixels_mcp.requests import BatchRequest, RedrawRequest, SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.worker.address import read_address

RUNS = 7


def texture(seed: int, tint: tuple[int, int, int]) -> Rgba:
    """A speckled ground on a torus."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((32, 32)), 1.0, mode="wrap")
    pixels = np.full((32, 32, 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.clip(np.array(tint) + np.digitize(smooth, [-0.2, 0.0, 0.2])[..., None] * 10, 0, 255)
    return pixels


def cpu_s(work: Callable[[], object]) -> float:
    """Median CPU seconds of several runs."""
    spent = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return round(statistics.median(spent), 4)


@dataclass(frozen=True)
class Spent:
    """Seconds that passed, and CPU seconds of this process, the worker and what draws for it."""

    wall_s: float
    cpu_s: float


def spent(work: Callable[[], object], times: int) -> Spent:
    """Medians of several runs; CPU seconds do not mind who else uses the machine."""
    wall, cpu = [], []
    for _ in range(times):
        begun, used = time.perf_counter(), _cpu_s()
        work()
        wall.append(time.perf_counter() - begun)
        cpu.append(_cpu_s() - used)
    return Spent(statistics.median(wall), statistics.median(cpu))


def _cpu_s() -> float:
    address = read_address(find_paths())
    worker = psutil.Process(address.pid) if address else None
    drawing = [psutil.Process(), *([worker, *worker.children(recursive=True)] if worker else [])]
    return sum(process.cpu_times().user + process.cpu_times().system for process in drawing)


def measure_drawn() -> dict[str, Any]:
    """A set of words and a hero through a real worker, in warm sprites of the same run."""
    with own_home(), Client.connect(find_paths(), Settings(), face="bench", timeout_s=120) as client:
        library = Library(find_paths().library)

        def finished(request: BatchRequest | RedrawRequest, key: str) -> JobInfo:
            ask = client.submit_batch if isinstance(request, BatchRequest) else client.redraw
            return client.wait(ask(request, idempotency_key=key).job_id, 600)  # type: ignore[arg-type]  # words of a test

        def sprite(seed: int) -> str:
            job = client.wait(client.submit(SpriteRequest(prompt="a knight", seed=seed)).job_id, 600)
            return job.parts[0].sprites[0].sprite_id

        def tileset(seed: int, variants: int = 4) -> None:
            words = {"upper": "green grass floor", "lower": "deep water", "variants": variants, "seed": seed}
            operation = STEP_OPERATIONS["tileset"]
            assert isinstance(operation, StepOperation)
            list(operation.run([operation.parse(words, None)], [f"set-{seed}"], StepTools(library, finished, None)))

        def hero(sprite_id: str) -> None:
            animate_sprite(AnimateRequest(sprite_id=sprite_id, motions=("idle", "walk", "hurt", "death")), library)

        seeds = count(1)
        sprite(next(seeds))
        tileset(next(seeds))
        knight = sprite(next(seeds))
        single = spent(lambda: sprite(next(seeds)), RUNS)
        whole = spent(lambda: tileset(next(seeds)), 2)
        moved = spent(lambda: hero(knight), 3)
        return {
            "warm_sprite": asdict(single),
            "set_of_16_with_4_variants": asdict(whole),
            "hero_of_4_clips": asdict(moved),
            "set_without_its_drawing_cpu_s": cpu_s(
                lambda: build_tileset(TilesetRequest(upper="a", lower="b", variants=4), two_grounds(), library)
            ),
            "set_in_warm_sprites": {"wall": whole.wall_s / single.wall_s, "cpu": whole.cpu_s / single.cpu_s},
            "hero_in_warm_sprites": {"wall": moved.wall_s / single.wall_s, "cpu": moved.cpu_s / single.cpu_s},
            "resident_mib_after_20_and_100_sets": resident_after(library),
        }


def two_grounds() -> dict[Any, GivenPicture]:
    """Terrains that were not drawn."""
    return {
        "upper": GivenPicture(texture(1, (90, 140, 50)), "1" * 64, None),
        "lower": GivenPicture(texture(2, (50, 90, 150)), "2" * 64, None),
    }


def resident_after(library: Library) -> list[float]:
    """Memory of this process once 20, and once 100 sets were made and kept."""
    terrains = two_grounds()
    taken: list[float] = []
    for made in range(1, 101):
        build_tileset(TilesetRequest(upper="grass", lower="water", seed=made), terrains, library)
        if made in (20, 100):
            taken.append(round(psutil.Process().memory_info().rss / 2**20, 1))
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--drawn", action="store_true", help="also what a worker draws")
    asked = parser.parse_args()
    upper, lower = texture(1, (90, 140, 50)), texture(2, (50, 90, 150))
    design = TilesetDesign("corner", upper, lower, make_border("bank", upper, lower, tile_px=32), variants=4)
    tileset = make_tileset(design)
    hero = finish_native(find_exemplars("knight", 1)[0].pixels, size_px=(32, 32)).pixels
    clips = animate(hero, ["idle", "walk", "hurt", "death"], "biped")
    tracemalloc.start()
    for seed in range(100):
        make_tileset(TilesetDesign("corner", upper, lower, design.border, seed=seed))
    after_bytes, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told = {
        "corner_set_4_variants_cpu_s": cpu_s(lambda: make_tileset(design)),
        "corner_set_tiles": len(tileset.tiles),
        "compare_20_maps_of_100_tiles_cpu_s": cpu_s(lambda: count_differences(design, tileset, side=10)),
        "differing_pixels": count_differences(design, tileset, side=10),
        "hero_4_clips_cpu_s": cpu_s(lambda: animate(hero, ["idle", "walk", "hurt", "death"], "biped")),
        "hero_walk": vars(measure_clip(clips["walk"])),
        "100_sets_left_mib": round(after_bytes / 2**20, 2),
        "100_sets_peak_mib": round(peak_bytes / 2**20, 2),
    }
    print(json.dumps(told | (measure_drawn() if asked.drawn else {}), indent=1))


if __name__ == "__main__":
    main()
