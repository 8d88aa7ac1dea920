"""Native pixel art, and pictures of it that only look like pixel art, with the truth known."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

TILES = Path(__file__).resolve().parents[1] / "data" / "tiles"


def tile(name: str) -> np.ndarray:
    """A 32 x 32 tile of tests/data/tiles, (32, 32, 4) uint8, alpha 0 or 255."""
    return np.array(Image.open(TILES / f"{name}.png").convert("RGBA"))


def sprite_names() -> list[str]:
    """Names of the tiles that are drawings with transparency around them."""
    return sorted(file.stem for file in TILES.glob("sprite_*.png"))


def scene(name: str, background: tuple[int, int, int] = (236, 236, 236), margin_px: int = 6) -> np.ndarray:
    """A tile on a plain background, (H, W, 4) uint8, opaque."""
    art = np.pad(tile(name), ((margin_px, margin_px), (margin_px, margin_px), (0, 0)))
    return np.where(art[..., 3:] > 0, art, np.array([*background, 255], dtype=np.uint8))


def fake(
    art: np.ndarray,
    cell_px: float,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    drift: float = 0.0,
    blur: float = 0.0,
    noise: float = 0.0,
    jpeg: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Enlarge art the way generators do: fractional cells, off phase, uneven, blurred, noisy, compressed.

    Args:
        art: (h, w, 4) uint8.
        cell_px: Pixels per cell, may be fractional.
        shift: Where the view starts, in cells (x, y); the first cells are cut off by that.
        drift: How much the width of cells varies along an axis, as a share.
        blur: Gaussian sigma in cells.
        noise: Standard deviation in levels.
        jpeg: Quality, or None.
        seed: Of drift and noise.

    Returns:
        (H, W, 4) uint8.
    """
    random = np.random.default_rng(seed)
    columns = _lines(art.shape[1], cell_px, shift[0], drift, random)
    rows = _lines(art.shape[0], cell_px, shift[1], drift, random)
    large = art[rows[:, None], columns[None, :]].astype(np.float64)
    rgb = large[..., :3]
    if blur:
        rgb = gaussian_filter(rgb, (blur * cell_px, blur * cell_px, 0))
    if noise:
        rgb = rgb + random.normal(0, noise, rgb.shape)
    large[..., :3] = np.clip(np.rint(rgb), 0, 255)
    picture = large.astype(np.uint8)
    if jpeg is not None:
        buffer = io.BytesIO()
        Image.fromarray(picture).convert("RGB").save(buffer, "JPEG", quality=jpeg)
        picture = np.array(Image.open(buffer).convert("RGBA"))
    return picture


def _lines(count: int, cell_px: float, shift: float, drift: float, random: np.random.Generator) -> np.ndarray:
    place = np.arange(count) / max(1, count - 1)
    sizes = cell_px * (1 + drift * np.sin(2 * np.pi * 1.3 * place + random.uniform(0, 6.28)))
    cuts = np.concatenate([[0.0], np.cumsum(sizes)])
    cuts *= count * cell_px / cuts[-1]
    pixels = np.arange(int(count * cell_px)) + 0.5 + shift * cell_px
    return np.clip(np.searchsorted(cuts, pixels, side="right") - 1, 0, count - 1)


def agreement(drawn: np.ndarray, truth: np.ndarray, levels: int = 12) -> float:
    """Share of the truth's opaque pixels that `found` has within `levels`, at the best shift of at most 2 pixels."""
    height, width = truth.shape[:2]
    best = 0.0
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            shown = np.zeros_like(truth)
            rows = slice(max(0, dy), min(height, drawn.shape[0] + dy))
            columns = slice(max(0, dx), min(width, drawn.shape[1] + dx))
            part = drawn[rows.start - dy : rows.stop - dy, columns.start - dx : columns.stop - dx]
            shown[rows, columns] = part
            near = np.abs(shown.astype(int) - truth.astype(int)).max(axis=-1) <= levels
            opaque = truth[..., 3] > 0
            best = max(best, float(near[opaque].mean()))
    return best
