"""What sets cost without a model: a tileset's code part, comparing maps, a hero's clips; prints JSON.

python bench/sets.py
"""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from scipy import ndimage

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.pixelart.finish import finish_native
from pixels_mcp.pixelart.motion.measures import measure_clip
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.borders import make_border
from pixels_mcp.pixelart.tiles.maps import count_differences
from pixels_mcp.pixelart.tiles.tileset import TilesetDesign, make_tileset

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


def main() -> None:
    """Measure and print."""
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
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
