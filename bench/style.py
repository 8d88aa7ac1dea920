"""How well the style fingerprint tells packs of art apart: distances inside and between packs, AUC; prints JSON.

python bench/style.py PACK_FOLDER_OR_ZIP PACK_FOLDER_OR_ZIP ... [--pictures 100] [--seed 7]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.fingerprint import FEATURE_GROUPS
from pixels_mcp.pixelart.style.style_of_set import PALETTE_FEATURES, StyleOfSet
from pixels_mcp.training.packs.pack import read_pack

SIDE_PX_MAX, OPAQUE_PX_MIN = 128, 24
NEW, STRANGE, BATCH = 60, 30, 12


def pictures_of(source: Path, count: int, seed: int) -> list[Rgba]:
    """Pictures of a pack by chance: small enough for a sprite, and more than a crumb."""
    pictures = [one.pixels for one in read_pack(source).pictures]
    fit = [one for one in pictures if max(one.shape[:2]) <= SIDE_PX_MAX and (one[..., 3] >= 128).sum() >= OPAQUE_PX_MIN]
    order = np.random.default_rng(seed).permutation(len(fit))[:count]
    return [fit[at] for at in order]


def auc(inside: list[float], outside: list[float]) -> float:
    """How often a stranger is further away than one of the set's own; 0.5 is chance."""
    own, strange = np.array(inside)[None], np.array(outside)[:, None]
    return float((strange > own).mean() + 0.5 * (strange == own).mean())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", nargs="+", type=Path)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    packs = {pack.parent.name: pictures_of(pack, given.pictures + NEW, given.seed) for pack in given.packs}
    begun = time.process_time()
    styles = {name: StyleOfSet(pictures[: given.pictures]) for name, pictures in packs.items()}
    told = {"measure_a_set_cpu_s": round((time.process_time() - begun) / len(packs), 2), "packs": {}}
    for name, style in styles.items():
        new = packs[name][given.pictures :]
        strangers = {other: pictures[given.pictures :] for other, pictures in packs.items() if other != name}
        inside = [style.distance_of(one).distance for one in new]
        outside = [style.distance_of(one).distance for some in strangers.values() for one in some[:STRANGE]]
        own_batches = [style.distance_of_batch(new[at : at + BATCH]).ratio for at in range(0, NEW, BATCH)]
        strange_batches = [
            style.distance_of_batch(some[at : at + BATCH]).ratio
            for some in strangers.values()
            for at in range(0, NEW, BATCH)
        ]
        told["packs"][name] = {
            "own_distance": round(style.own_distance, 2),
            "new_of_the_pack": round(float(np.median(inside)), 2),
            "of_other_packs": round(float(np.median(outside)), 2),
            "auc_one_picture": round(auc(inside, outside), 3),
            "batch_ratio_inside": round(float(np.median(own_batches)), 2),
            "batch_ratio_outside": round(float(np.median(strange_batches)), 2),
            "auc_batch_of_12": round(auc(own_batches, strange_batches), 3),
            "inconsistency_of_16": round(style.inconsistency_of(new[:16]), 2),
        }
    rows = told["packs"].values()
    for key in ("auc_one_picture", "auc_batch_of_12", "batch_ratio_inside", "batch_ratio_outside"):
        told[f"mean_{key}"] = round(float(np.mean([row[key] for row in rows])), 3)
    told["auc_one_picture_by_group_alone"] = {
        group: _auc_of_group(packs, styles, given.pictures, names)
        for group, names in {**FEATURE_GROUPS, "beside the set's colors": PALETTE_FEATURES}.items()
    }
    print(json.dumps(told, indent=1))


def _auc_of_group(
    packs: dict[str, list[Rgba]], styles: dict[str, StyleOfSet], first: int, names: tuple[str, ...]
) -> float:
    scores = []
    for name, style in styles.items():
        far = {
            other: [far_off(style, picture, names) for picture in pictures[first : first + 20]]
            for other, pictures in packs.items()
        }
        own = far.pop(name)
        scores.append(auc(own, [one for some in far.values() for one in some]))
    return round(float(np.mean(scores)), 3)


def far_off(style: StyleOfSet, picture: Rgba, names: tuple[str, ...]) -> float:
    """Mean distance in some features alone; 0 for a picture that has none of them."""
    off = [one.off for one in style.distance_of(picture).features if one.name in names and not np.isnan(one.off)]
    return float(np.mean(off)) if off else 0.0


if __name__ == "__main__":
    main()
