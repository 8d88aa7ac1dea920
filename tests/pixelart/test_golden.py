"""Pictures that somebody has looked at: a change of them is a change of what people get.

`PIXELS_UPDATE_GOLDEN=1` draws them anew; look at them before committing.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.fake_art import fake, scene, sprite_names, tile
from pixels_mcp.pixelart.colors.dither import DITHERS, dither_to_palette
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.drawing.outline import add_outline
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.recovery.recover import recover
from pixels_mcp.pixelart.sheets.preview import contact_sheet

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "pixelart"


def recovered() -> list[np.ndarray]:
    """Eight damaged sprites, recovered."""
    names = sprite_names()[1::3][:8]
    damages: list[dict[str, Any]] = [
        {"drift": 0.05, "blur": 0.1, "noise": 4.0},
        {"shift": (0.4, 0.2), "blur": 0.12, "noise": 2.0},
    ]
    return [
        recover(fake(scene(name), 9.4 + 0.7 * number, seed=number, **damages[number % 2])).pixels
        for number, name in enumerate(names)
    ]


def dithered() -> list[np.ndarray]:
    """A floor and a sprite in two palettes, with every kind of dithering."""
    return [
        dither_to_palette(tile(name), load_palette(palette), dither)
        for name, palette in (("floor_marble_wall10", "game-boy"), ("sprite_ettin", "pico-8"))
        for dither in DITHERS
    ]


def finished() -> list[np.ndarray]:
    """Noisy native drawings as a model gives them, finished: few colours, a palette, outlines."""
    random = np.random.default_rng(3)
    pictures: list[np.ndarray] = []
    for name in sprite_names()[2::7]:
        noisy = np.clip(tile(name) + random.normal(0, 6, (32, 32, 4)), 0, 255).astype(np.uint8)
        few = finish_sprite(noisy, size_px=(40, 40)).pixels
        locked = finish_sprite(noisy, size_px=(40, 40), palette=load_palette("sweetie-16")).pixels
        pictures += [noisy, few, locked, add_outline(few, "outer", np.array([255, 241, 232], dtype=np.uint8))]
    return pictures


@pytest.mark.parametrize("draw", [recovered, dithered, finished], ids=lambda draw: draw.__name__)
def test_pictures_look_as_they_did(draw: FunctionType) -> None:
    file = GOLDEN / f"{draw.__name__}.png"
    sheet = contact_sheet(draw(), columns=5 if draw is dithered else 4, cell_px=64)
    if os.environ.get("PIXELS_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sheet).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)

    golden = np.array(Image.open(file).convert("RGBA"))

    assert golden.shape == sheet.shape
    # The golden files have 256 colours each, and the last bit of a mean may differ between machines.
    differs = np.abs(golden.astype(int) - sheet.astype(int)).max(axis=-1) > 16
    assert differs.mean() < 0.005
