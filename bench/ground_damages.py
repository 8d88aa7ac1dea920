"""Grounds, alphas and shades as image models and chat tools hand them over, for pixel_recovery.py.

The recipes are those of tests/helpers/beasts.py; here they are drawn with sizes and seeds of their own. Every case
knows what a right answer is: size, what is drawn and what is not, shades, or that there are no cells.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from helpers.beasts import (
    WHITE,
    beast,
    blurred,
    checkered,
    enlarged,
    glowing,
    meadow,
    on_ground,
    shaded_ball,
    starred,
)
from helpers.real_art import Picture, mixed_lattices, painting, reduced
from helpers.real_art import beast as plain_beast
from helpers.real_art import compressed as through_jpeg
from pixels_mcp.pixelart.recovery.marks import find_corner_mark

Judge = Callable[[Picture], bool]


@dataclass(frozen=True)
class GroundCase:
    """A picture, and whether an answer to it is right.

    Attributes:
        name: Of the damage.
        picture: (H, W, 4) uint8.
        is_right: Judges an answer, (rows, columns, 4) uint8.
    """

    name: str
    picture: Picture
    is_right: Judge


def _is_drawn_like(art: Picture, least: float) -> Judge:
    """Whether size and what is opaque are those of the art."""
    drawn = art[..., 3] > 0

    def judge(answer: Picture) -> bool:
        kept = answer[..., 3] > 0
        return kept.shape == drawn.shape and (kept & drawn).sum() >= least * (kept | drawn).sum()

    return judge


def _white_parts(random: np.random.Generator) -> tuple[Picture, Judge]:
    animal = beast(int(random.integers(32, 56)), int(random.integers(1 << 30)), parts=WHITE)
    large = enlarged(on_ground(animal.art, WHITE), float(random.uniform(10, 22)))
    return blurred(large, 0.8), _is_drawn_like(animal.art, 0.97)


def _scene_ground(random: np.random.Generator) -> tuple[Picture, Judge]:
    art = meadow(int(random.integers(1 << 30)))
    picture = blurred(enlarged(art, float(random.uniform(6, 12))), 0.5, jpeg=92)
    return picture, _is_drawn_like(art, 0.999)


def _key_residue(random: np.random.Generator) -> tuple[Picture, Judge]:
    animal = beast(int(random.integers(40, 60)), int(random.integers(1 << 30)))
    key = [(255, 0, 255), (60, 220, 60), (0, 255, 0)][int(random.integers(3))]
    large = enlarged(on_ground(animal.art, key), float(random.uniform(6, 14)), 0.15, int(random.integers(1 << 30)))
    return blurred(large, 1.0, jpeg=85), _is_drawn_like(animal.art, 0.95)


def _glow(random: np.random.Generator) -> tuple[Picture, Judge]:
    animal = beast(int(random.integers(48, 72)), int(random.integers(1 << 30)))
    ground = tuple(int(level) for level in random.integers(30, 160, 3))
    picture = glowing(animal.art, int(random.integers(8, 14)), ground, int(random.integers(1 << 30)))
    gone = _is_drawn_like(animal.art, 0.97)
    return (
        picture,
        lambda answer: gone(answer) or (answer.shape == animal.art.shape and bool((answer[..., 3] == 255).all())),
    )


def _checkerboard(random: np.random.Generator) -> tuple[Picture, Judge]:
    animal = beast(int(random.integers(32, 48)), int(random.integers(1 << 30)))
    large = enlarged(animal.art, float(random.uniform(10, 21)))
    light, dark = [(255, 204), (255, 238), (210, 150), (102, 64), (60, 20)][int(random.integers(5))]
    painted = on_ground(large, checkered(*large.shape[:2], float(random.uniform(8, 32)), light, dark))
    return blurred(painted, 0.8, jpeg=85 if random.random() < 0.5 else None), _is_drawn_like(animal.art, 0.97)


def _soft_alpha(random: np.random.Generator) -> tuple[Picture, Judge]:
    animal = beast(int(random.integers(32, 48)), int(random.integers(1 << 30)))
    large = enlarged(animal.art, float(random.uniform(10, 20)))
    large[..., 3] = blurred(np.repeat(large[..., 3:], 3, axis=-1), 2.0)[..., 0]
    return large, _is_drawn_like(animal.art, 0.97)


def _shades(random: np.random.Generator) -> tuple[Picture, Judge]:
    art, ramp, shade = shaded_ball(int(random.integers(1 << 30)), shades=18)
    picture = blurred(enlarged(art, float(random.uniform(14, 20))), 0.6, noise=3.0, jpeg=88)

    def judge(answer: Picture) -> bool:
        if answer.shape != art.shape or (answer[..., 3] == 0).mean() > 0.5:
            return False
        apart = np.linalg.norm(answer[..., None, :3].astype(float) - ramp, axis=-1)
        return (apart.argmin(axis=-1) == shade)[answer[..., 3] > 0].mean() >= 0.95

    return picture, judge


def _small_and_smooth(random: np.random.Generator) -> tuple[Picture, Judge]:
    side_px = int(random.choice([64, 96, 128]))
    art = plain_beast(100, int(random.integers(1 << 30)), shades=6)
    art[(art == art[0, 0]).all(axis=-1)] = 0
    picture = reduced(art, side_px)

    def judge(answer: Picture) -> bool:
        opaque = answer[..., 3] > 0
        few = len(np.unique(answer[opaque], axis=0)) <= 64
        return answer.shape == picture.shape and bool(np.isin(answer[..., 3], (0, 255)).all()) and few

    return picture, judge


def _no_cells(random: np.random.Generator) -> tuple[Picture, Judge]:
    picture = painting(int(random.integers(300, 520)), int(random.integers(1 << 30)))
    picture = through_jpeg(picture, int(random.integers(50, 90)))
    return picture, lambda answer: answer.shape[:2] == picture.shape[:2]


def _square_cells(random: np.random.Generator) -> tuple[Picture, Judge]:
    """Blocks of 32 cells that disagree by up to 15 %: the size of the whole is open, its shape is not."""
    side, cell_px = int(random.integers(64, 92)), float(random.uniform(9, 13))
    art = plain_beast(side, int(random.integers(1 << 30)))
    picture = mixed_lattices(art, cell_px, block=32, spread=0.15, seed=int(random.integers(1 << 30)))

    def judge(answer: Picture) -> bool:
        rows, columns = answer.shape[:2]
        return abs(rows / columns - 1) <= 0.03 and abs(columns / side - 1) <= 0.15

    return picture, judge


def _makers_mark(random: np.random.Generator) -> tuple[Picture, Judge]:
    """A faint star in the corner: whole in size, the figure as drawn, and what is beside it known for a mark."""
    animal = beast(int(random.integers(40, 60)), int(random.integers(1 << 30)))
    cell_px = int(random.integers(11, 17))
    ground = [(244, 240, 232), (250, 250, 250), (90, 140, 190), (60, 62, 70)][int(random.integers(4))]
    large = enlarged(on_ground(animal.art, ground), cell_px)
    picture = blurred(starred(large, random.uniform(1.6, 2.4) * cell_px), 0.8)
    drawn = _is_drawn_like(animal.art, 0.97)

    def judge(answer: Picture) -> bool:
        mark = find_corner_mark(answer)
        if mark is None:
            return False
        rest = answer.copy()
        rest[mark.mask] = 0
        return drawn(rest)

    return picture, judge


def _own_colors(random: np.random.Generator) -> tuple[Picture, Judge]:
    """A ground that darkens around the figure and to the corners: the figure keeps its own colors."""
    animal = beast(int(random.integers(48, 72)), int(random.integers(1 << 30)))
    ground = tuple(int(level) for level in random.integers(30, 200, 3))
    picture = glowing(animal.art, int(random.integers(9, 14)), ground, int(random.integers(1 << 30)))

    def judge(answer: Picture) -> bool:
        if answer.shape != animal.art.shape:
            return False
        both = (answer[..., 3] > 0) & animal.parts
        off = np.abs(answer[both][:, :3].astype(int) - animal.art[both][:, :3]).max(axis=1)
        return bool(np.percentile(off, 95) <= 4)

    return picture, judge


def _smooth_jpeg(random: np.random.Generator) -> tuple[Picture, Judge]:
    """A slope of color in blocks of 8 px."""
    height, width = (int(side) for side in random.integers(400, 1200, 2))
    slope = np.linspace(0, 1, height)[:, None, None] + np.linspace(0, 1, width)[None, :, None]
    picture = np.full((height, width, 4), 255, dtype=np.uint8)
    picture[..., :3] = random.uniform(20, 90, 3) + slope * random.uniform(20, 80, 3)
    picture = through_jpeg(picture, int(random.integers(30, 90)))
    return picture, lambda answer: answer.shape[:2] == picture.shape[:2]


DAMAGES = {
    "square_cells": _square_cells,
    "makers_mark": _makers_mark,
    "own_colors": _own_colors,
    "smooth_jpeg": _smooth_jpeg,
    "white_parts": _white_parts,
    "scene_ground": _scene_ground,
    "key_residue": _key_residue,
    "glow": _glow,
    "checkerboard": _checkerboard,
    "soft_alpha": _soft_alpha,
    "shades": _shades,
    "small_and_smooth": _small_and_smooth,
    "no_cells": _no_cells,
}


def ground_cases(each: int, seed: str) -> list[GroundCase]:
    """`each` pictures of every damage; the seed decides all of them."""
    cases = []
    for name, damage in DAMAGES.items():
        for number in range(each):
            cases.append(GroundCase(name, *damage(np.random.default_rng([*f"{seed}|{name}|{number}".encode()]))))
    return cases


def report_grounds(name: str, recover: Callable[[Image.Image], Image.Image], cases: list[GroundCase]) -> None:
    """Print of every damage how many answers were right."""
    right: dict[str, list[bool]] = {}
    for case in cases:
        picture = Image.fromarray(case.picture)
        if (case.picture[..., 3] == 255).all():
            picture = picture.convert("RGB")
        try:
            answer = np.asarray(recover(picture).convert("RGBA"))
        except Exception as problem:
            print(f"    {case.name}: {problem!r}"[:100])
            answer = case.picture[:1, :1]
        right.setdefault(case.name, []).append(case.is_right(answer))
    told = ", ".join(f"{damage} {sum(one)} of {len(one)}" for damage, one in right.items())
    print(f"{name}: right answers: {told}", flush=True)
