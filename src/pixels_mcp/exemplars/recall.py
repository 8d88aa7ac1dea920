"""Find the tile that a recipe names again, in the colors that it had, whatever the finder would choose today."""

from __future__ import annotations

import hashlib

from pixels_mcp.exemplars.finder import library, own_libraries
from pixels_mcp.exemplars.ramps import RAMPS, Rgba, apply_ramp, recolor_to, turn_hue


def recall_tile(name: str, sha256: str, hue_shift_deg: float | None, ramp: str | None) -> Rgba | None:
    """Recolor a tile as a recipe says.

    Args:
        name: Of the tile.
        sha256: Of its RGBA bytes before any recoloring.
        hue_shift_deg: How far its hue was turned, or None.
        ramp: Name of the ramp that it was painted with, or None.

    Returns:
        (H, W, 4) uint8, or None where no library has such a tile.
    """
    shelf = next((one for one in (library(), *own_libraries()) if name in one.number_of), None)
    if shelf is None:
        return None
    number = shelf.number_of[name]
    pixels = shelf.index.pixels(number)
    if hashlib.sha256(pixels.tobytes()).hexdigest() != sha256:
        return None
    if hue_shift_deg is None and ramp is None:
        return pixels
    for color in RAMPS:
        painted, turned_deg, painted_ramp = recolor_to(pixels, color)
        if (turned_deg, painted_ramp) == (hue_shift_deg, ramp):
            return painted
    # No color was asked: a later variant of the same tile, told apart by its hue.
    return turn_hue(pixels, hue_shift_deg) if hue_shift_deg is not None else apply_ramp(pixels, str(ramp))
