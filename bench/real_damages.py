"""Damages as image models really make them, for pixel_recovery.py: each turns a scene of known pixels into a picture.

The recipes are those of tests/helpers/real_art.py; here they are drawn with sizes and seeds of their own.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from helpers.real_art import (
    Picture,
    beast,
    blurred,
    boxes,
    compressed,
    enlarged,
    half_steps,
    mixed_lattices,
    noisy,
    sheet_of,
)


def _lattices(art: Picture, cell_px: float, random: np.random.Generator) -> Picture:
    seed = int(random.integers(1 << 30))
    return mixed_lattices(art, cell_px, block=24, spread=0.06, seed=seed)


def _two_steps(art: Picture, cell_px: float, random: np.random.Generator) -> Picture:
    seed = int(random.integers(1 << 30))
    return mixed_lattices(art, cell_px, block=32, spread=0.1, seed=seed)


def _half_steps(art: Picture, cell_px: float, random: np.random.Generator) -> Picture:
    seed = int(random.integers(1 << 30))
    return compressed(noisy(half_steps(art, cell_px, share=0.4, seed=seed), 4, seed), 92)


def _half_of_16(art: Picture, cell_px: float, random: np.random.Generator) -> Picture:
    del cell_px
    large = blurred(enlarged(art, float(random.uniform(15.9, 16.1))), 0.7)
    return compressed(noisy(large, 6, int(random.integers(1 << 30))), int(random.integers(55, 75)))


def _soft_jpeg_of_8(art: Picture, cell_px: float, random: np.random.Generator) -> Picture:
    del cell_px
    return compressed(noisy(blurred(enlarged(art, 8), 0.6), 3, int(random.integers(1 << 30))), 70)


DAMAGES = {
    "lattices": _lattices,
    "two_steps": _two_steps,
    "half_steps": _half_steps,
    "half_of_16": _half_of_16,
    "jpeg_of_8": _soft_jpeg_of_8,
}
"""Damages of a scene: (art, cell side in px, random) to a picture."""


def _simple_figure(random: np.random.Generator) -> tuple[tuple[int, int], Picture]:
    """A few boxes at cells that are large and not whole; half of them through JPEG."""
    side = int(random.integers(16, 33))
    art = boxes(side, int(random.integers(5, 41)), int(random.integers(1 << 30)))
    picture = enlarged(art, float(random.uniform(12, 37)))
    return (side, side), compressed(picture, 88) if random.random() < 0.5 else picture


def _few_cells(random: np.random.Generator) -> tuple[tuple[int, int], Picture]:
    """Five to seven cells a side, of 60 to 120 px each."""
    side = int(random.integers(5, 8))
    art = np.full((side, side, 4), 255, dtype=np.uint8)
    art[..., :3] = random.integers(0, 5, (side, side, 1)) * 60
    return (side, side), compressed(enlarged(art, float(random.uniform(60, 120))), 88)


def _fine_sheet(random: np.random.Generator) -> tuple[tuple[float, float], Picture]:
    """Six figures at places of their own in cells of 3.6 to 4.4 px."""
    cell_px = float(random.uniform(3.6, 4.4))
    figures = [beast(int(random.integers(34, 42)), int(random.integers(1 << 30))) for _ in range(6)]
    sheet = sheet_of(figures, 3, cell_px, seed=int(random.integers(1 << 30)))
    return (sheet.shape[1] / cell_px, sheet.shape[0] / cell_px), sheet


DRAWINGS = {"simple_figure": _simple_figure, "few_cells": _few_cells, "fine_sheet": _fine_sheet}


def real_cases(scenes: list[Picture], each: int, seed: str) -> list[tuple[str, tuple[float, float], Picture]]:
    """(name of the damage, true (columns, rows), picture) of every case.

    Args:
        scenes: Drawings of known pixels.
        each: Cases of every damage.
        seed: Decides everything else.
    """
    cases = []
    for name, damage in DAMAGES.items():
        for number in range(each):
            random = np.random.default_rng([*f"{seed}|{name}|{number}".encode()])
            art = scenes[int(random.integers(len(scenes)))]
            cell_px = float(random.uniform(7, min(14, 1000 / max(art.shape[:2]))))
            cases.append((name, art.shape[1::-1], damage(art, cell_px, random)))
    for name, drawing in DRAWINGS.items():
        for number in range(each):
            random = np.random.default_rng([*f"{seed}|{name}|{number}".encode()])
            cases.append((name, *drawing(random)))
    return cases


def report(name: str, recover, cases: list[tuple[str, tuple[float, float], Picture]]) -> None:
    """Print of every damage how many pictures were answered, and how many within 4 % (or a cell) of the true size."""
    told = []
    for damage in dict.fromkeys(case[0] for case in cases):
        answered = right = count = 0
        for kind, true, picture in cases:
            if kind != damage:
                continue
            count += 1
            try:
                size = recover(Image.fromarray(picture).convert("RGB")).size
            except Exception as problem:
                print(f"    {damage}: {problem!r}"[:100])
                continue
            answered += size != picture.shape[1::-1]
            right += all(abs(one - side) <= max(1, 0.04 * side) for one, side in zip(size, true, strict=True))
        told.append(f"{damage} {answered}/{right} of {count}")
    print(f"{name}: answered/right size: " + ", ".join(told), flush=True)
