"""What things are made of, as ramps: five colors from dark to light, shadows cooler and lights warmer than the body."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pixels_mcp.pixelart.colors.hex_codes import colors_from_codes
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.set_words import MaterialName

MATERIALS: Mapping[MaterialName, str] = {
    "iron": "1b1c22 3a3d45 5f636b 8b8e92 b9b8b4",
    "steel": "1a2030 3e4a63 71819c aebccd eef4f8",
    "silver": "2a2e40 676f86 a5aec0 d8dee7 ffffff",
    "gold": "3a1e0a 935a10 e0a624 ffd95c fff8cc",
    "bronze": "24160e 5d3a1c 97662c c9974a ecca86",
    "copper": "2a0f10 7a3420 bf6a3c e99d68 ffd4a8",
    "wood": "24130c 54321c 84532c b07c46 d6a970",
    "leather": "20100c 4c2817 784426 a1683f c99564",
    "stone": "202228 454851 6e7178 9a9c9d c8c7c1",
    "bone": "3a2c28 857160 c0ab8c e6d8b8 fbf6e2",
    "obsidian": "07060d 16132a 2c2450 5a4a8c a79be0",
    "ice": "15315a 2f6ea8 63b0da a9e0f2 f0fdff",
    "ruby": "2a0418 840c2e cf2440 ff6e66 ffd0c0",
    "emerald": "04241e 0a6640 1cac58 74e07c dcffc0",
    "sapphire": "080c38 1a3490 2c68dc 6cb0ff d4f0ff",
    "amethyst": "1c0834 58208c 9440d0 cc88f4 f4d8ff",
}


def material_ramp(name: MaterialName) -> Palette:
    """The ramp of a material, from dark to light."""
    return Palette(name, np.asarray(colors_from_codes(MATERIALS[name].split())))
