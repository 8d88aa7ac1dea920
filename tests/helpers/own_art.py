"""Small pictures in one made-up style: four greens and a light outline, things told apart by their shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import encode_png

GREENS = np.array([[15, 56, 15], [48, 98, 48], [139, 172, 15], [155, 188, 15]], np.uint8)
OUTLINE = np.array([224, 248, 208], np.uint8)
NOUNS = (
    "potion", "sword", "shield", "helmet", "ring", "book", "gem", "key", "boot", "coin", "staff", "bow",
    "axe", "orb", "chest", "mask", "flask", "scroll", "crown", "lamp", "drum", "bell", "cup", "horn",
)  # fmt: skip


def own_sprite(seed: int, side_px: int = 16) -> Rgba:
    """A blob of greens inside a light outline, mirrored, different for every seed."""
    chance = np.random.default_rng(seed)
    half = chance.random((side_px - 4, side_px // 2 - 2))
    half = half + np.linspace(0.1, 0.5, half.shape[1])[None]
    body = np.zeros((side_px, side_px), bool)
    body[2:-2, 2 : side_px // 2] = half > 0.62
    body |= body[:, ::-1]
    body[side_px // 2 - 2 : side_px // 2 + 2, side_px // 2 - 3 : side_px // 2 + 3] = True
    around = np.zeros_like(body)
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        around |= np.roll(body, (dy, dx), axis=(0, 1))
    shade = (np.arange(side_px)[:, None] * 4 // side_px + chance.integers(0, 2, (side_px, side_px))) % 4
    pixels = np.zeros((side_px, side_px, 4), np.uint8)
    pixels[body, :3] = GREENS[shade[body]]
    pixels[around & ~body, :3] = OUTLINE
    pixels[body | around, 3] = 255
    return pixels


def write_own_set(folder: Path, count: int = 12, side_px: int = 16) -> Path:
    """Write so many sprites, each called by its noun."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = f"{NOUNS[number % len(NOUNS)]}_{number:02d}.png"
        (folder / name).write_bytes(encode_png(own_sprite(number, side_px)))
    return folder
