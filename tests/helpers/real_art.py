"""Pictures with the faults that image models really make, from drawings whose cells are known."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

Picture = np.ndarray
"""(H, W, 4) uint8."""


def beast(side: int, seed: int = 0, ground: tuple[int, int, int] = (120, 170, 150), shades: int = 4) -> Picture:
    """An animal of ellipses on `side` x `side` cells: a coat in shades that follow a slope, eyes, a dark outline."""
    random = np.random.default_rng(seed)
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    coat = random.uniform(60, 230, 3)

    def disk(middle_x: float, middle_y: float, width: float, height: float) -> np.ndarray:
        wobble = random.uniform(0.92, 1.08, 2)
        return ((x - middle_x) / (width * wobble[0])) ** 2 + ((y - middle_y) / (height * wobble[1])) ** 2 < 1

    body = disk(0.5, 0.62, 0.24, 0.24) | disk(0.5, 0.32, 0.2, 0.18)
    for side_x in (0.36, 0.64):
        body |= disk(side_x, 0.16, 0.06, 0.09) | disk(side_x, 0.86, 0.09, 0.06)
    body |= disk(0.78, 0.55, 0.06, 0.16)
    slope = x * 0.5 + y + random.normal(0, 0.08, (side, side))
    level = np.floor(np.clip((slope - slope.min()) / np.ptp(slope), 0, 0.999) * shades) / max(1, shades)
    art = np.full((side, side, 4), 255, dtype=np.uint8)
    art[..., :3] = ground
    art[body, :3] = (coat * (1.15 - 0.5 * level[..., None]))[body].clip(0, 255)
    art[disk(0.5, 0.66, 0.12, 0.14), :3] = (coat * 1.3).clip(0, 250)
    art[disk(0.5, 0.4, 0.08, 0.05), :3] = (coat * 1.25).clip(0, 250)
    for side_x in (0.42, 0.58):
        art[disk(side_x, 0.3, 0.035, 0.04), :3] = 20
    padded = np.pad(body, 1)
    around = padded[2:, 1:-1] | padded[:-2, 1:-1] | padded[1:-1, 2:] | padded[1:-1, :-2]
    art[around & ~body, :3] = (30, 24, 34)
    return art


def boxes(side: int, count: int, seed: int = 0, ground: tuple[int, int, int] = (235, 235, 230)) -> Picture:
    """A simple figure: a few boxes of plain colours, `side` x `side` cells."""
    random = np.random.default_rng(seed)
    art = np.full((side, side, 4), 255, dtype=np.uint8)
    art[..., :3] = ground
    for _ in range(count):
        x, y = random.integers(2, side - 6, 2)
        width, height = random.integers(2, max(3, side // 2), 2)
        art[y : min(side - 2, y + height), x : min(side - 2, x + width), :3] = random.integers(0, 256, 3)
    return art


def enlarged(art: Picture, cell_px: float) -> Picture:
    """Every cell of one size, also where that is no whole number."""
    rows, columns = (np.arange(round(side * cell_px)) / cell_px for side in art.shape[:2])
    return art[rows.astype(int).clip(0, art.shape[0] - 1)[:, None], columns.astype(int).clip(0, art.shape[1] - 1)]


def mixed_lattices(art: Picture, cell_px: float, *, block: int = 24, spread: float = 0.1, seed: int = 0) -> Picture:
    """Blocks of cells, each with a cell size of its own and moved by up to half a cell."""
    random = np.random.default_rng(seed)
    height, width = (round(side * cell_px) for side in art.shape[:2])
    y, x = np.mgrid[0:height, 0:width] + 0.5
    source_y, source_x = y / cell_px, x / cell_px
    for top in range(0, art.shape[0], block):
        for left in range(0, art.shape[1], block):
            inside = (y // (block * cell_px) == top // block) & (x // (block * cell_px) == left // block)
            factor, shift = random.uniform(1 - spread, 1 + spread), random.uniform(-0.5, 0.5, 2)
            for source, place, first in ((source_y, y, top), (source_x, x, left)):
                middle = (first + block / 2) * cell_px
                moved = (place - middle) / (cell_px * factor) + middle / cell_px
                source[inside] = (moved + shift[0 if source is source_y else 1])[inside]
    rows, columns = (
        source.astype(int).clip(0, side - 1) for source, side in zip((source_y, source_x), art.shape[:2], strict=True)
    )
    return blurred(art[rows, columns], 0.6)


def half_steps(art: Picture, cell_px: float, *, share: float = 0.5, seed: int = 0) -> Picture:
    """Some corners between two colours are drawn in half cells, the borders are not quite straight."""
    random = np.random.default_rng(seed)
    halves = art.repeat(2, axis=0).repeat(2, axis=1)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        along_y = np.roll(art, 1 if dy == 0 else -1, axis=0)
        along_x = np.roll(art, 1 if dx == 0 else -1, axis=1)
        corner: np.ndarray = (along_y == along_x).all(axis=-1) & (along_y != art).any(axis=-1)
        corner &= random.random(corner.shape) < share / 2
        halves[dy::2, dx::2][corner] = along_y[corner]
    height, width = (round(side * cell_px) for side in art.shape[:2])
    y, x = (np.mgrid[0:height, 0:width] + 0.5) / cell_px * 2
    for source in (y, x):
        waves = gaussian_filter(random.normal(0, 1, (height, width)), 1.5 * cell_px)
        source += 0.4 * waves / np.abs(waves).max()
    rows, columns = (
        source.astype(int).clip(0, side - 1) for source, side in zip((y, x), halves.shape[:2], strict=True)
    )
    return blurred(halves[rows, columns], 0.8)


def sheet_of(figures: list[Picture], columns: int, cell_px: float, *, spread: float = 0.02, seed: int = 0) -> Picture:
    """Figures beside each other, each with cells of nearly one size and at a place of its own."""
    random = np.random.default_rng(seed)
    room = round((max(figure.shape[0] for figure in figures) + 6) * cell_px)
    rows = -(-len(figures) // columns)
    sheet = np.empty((rows * room, columns * room, 4), dtype=np.uint8)
    sheet[:] = figures[0][0, 0]
    for number, figure in enumerate(figures):
        large = blurred(enlarged(figure, cell_px * random.uniform(1 - spread, 1 + spread)), 0.5)
        free = (room - np.array(large.shape[:2])) // 2
        top, left = free + random.integers(-int(cell_px), int(cell_px) + 1, 2)
        top, left = top + number // columns * room, left + number % columns * room
        sheet[top : top + large.shape[0], left : left + large.shape[1]] = large
    return sheet


def reduced(art: Picture, side_px: int) -> Picture:
    """What a pipeline leaves that reduces smoothly: the right size, thousands of colours, soft alpha."""
    large = Image.fromarray(enlarged(art, 6.4))
    return np.asarray(large.convert("RGBa").resize((side_px, side_px), Image.Resampling.LANCZOS).convert("RGBA"))


def blurred(picture: Picture, sigma_px: float) -> Picture:
    """A Gaussian blur over colour and alpha."""
    return np.rint(gaussian_filter(picture.astype(float), (sigma_px, sigma_px, 0))).astype(np.uint8)


def noisy(picture: Picture, levels: float, seed: int = 0) -> Picture:
    """Noise over the colours."""
    colors = picture[..., :3] + np.random.default_rng(seed).normal(0, levels, (*picture.shape[:2], 3))
    return np.concatenate([np.rint(colors).clip(0, 255).astype(np.uint8), picture[..., 3:]], axis=-1)


def compressed(picture: Picture, quality: int) -> Picture:
    """Through JPEG; transparency is lost."""
    buffer = io.BytesIO()
    Image.fromarray(picture).convert("RGB").save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGBA"))


def transparent(art: Picture) -> Picture:
    """The colour of the upper left corner taken away."""
    cut = art.copy()
    cut[(art == art[0, 0]).all(axis=-1)] = 0
    return cut


def painting(side_px: int, seed: int = 0) -> Picture:
    """Soft strokes in all directions: no cells."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side_px, 0:side_px].astype(float)
    colors = np.zeros((side_px, side_px, 3)) + random.uniform(60, 200, 3)
    for _ in range(60):
        angle, width = random.uniform(0, np.pi), random.uniform(0.02, 0.08) * side_px
        across = (x - random.uniform(0, side_px)) * np.sin(angle) - (y - random.uniform(0, side_px)) * np.cos(angle)
        cover = np.clip(width - np.abs(across + 0.1 * width * np.sin(x / width)), 0, 1)[..., None]
        colors += cover * 0.8 * (random.uniform(0, 255, 3) - colors)
    warp = gaussian_filter(random.normal(0, 1, (2, side_px, side_px)), (0, 20, 20)) * 300
    places = np.array([y + warp[0], x + warp[1]])
    bent = np.stack([map_coordinates(colors[..., k], places, order=1, mode="nearest") for k in range(3)], axis=-1)
    picture = np.full((side_px, side_px, 4), 255, dtype=np.uint8)
    picture[..., :3] = np.rint(bent).clip(0, 255)
    return picture
