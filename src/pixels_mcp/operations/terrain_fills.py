"""Variants of whole ground tiles: the inside of a terrain drawn again, its rim kept, so that all fit alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pixels_mcp.errors import TilesetError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.edits.redraws import model_of
from pixels_mcp.operations.edits.where import keep_mask
from pixels_mcp.operations.given_picture import GivenPicture, names_sprite, open_given
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.operations.terrains import Role, is_picture
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.requests import RedrawRequest, parse_request
from pixels_mcp.set_words import TileKind

FILLED_ROLES: Mapping[TileKind, tuple[Role, ...]] = {
    "corner": ("upper", "lower"),
    "edge": ("lower",),
    "single": ("upper",),
    "blob": (),
    "wall": (),
}
"""The terrains that a kind has tiles of that show nothing else."""

STRENGTH = 0.7
"""How far the inside is drawn anew: from 0.6 on it is another piece of ground, from 0.85 on its colors drift."""
_HELD_COLORS_MAX = 64


def rim_px(tile_px: int) -> int:
    """How much of a ground stays along each side: no tile beside it, and no border over it, sees further."""
    return 6 if tile_px >= 32 else 3


def fills_to_draw(
    request: TilesetRequest, terrains: Mapping[Role, GivenPicture], library: Library
) -> dict[Role, RedrawRequest]:
    """Word the variants of the grounds for the worker; nothing where one tile a place is asked.

    Raises:
        TilesetError: A terrain has another size than the tiles.
        DiskFullError, StoreError: The pictures cannot be kept.
    """
    if request.variants == 1:
        return {}
    drawings: dict[Role, RedrawRequest] = {}
    for place, role in enumerate(FILLED_ROLES[request.kind]):
        terrain = terrains[role]
        height_px, width_px = terrain.pixels.shape[:2]
        if (width_px, height_px) != (request.tile_px, request.tile_px):
            raise TilesetError(
                f"{role} is {width_px} x {height_px} px, tiles of {request.tile_px} px were asked",
                hint="ask for its own size with tile_px, or draw it anew in words",
            )
        drawings[role] = _drawing(request, role, terrain, library, place)
    return drawings


def _drawing(request: TilesetRequest, role: Role, terrain: GivenPicture, library: Library, place: int) -> RedrawRequest:
    side, rim = request.tile_px, rim_px(request.tile_px)
    inside = np.zeros((side, side), dtype=np.bool_)
    inside[rim : side - rim, rim : side - rim] = True
    colors = np.unique(terrain.pixels[..., :3].reshape(-1, 3), axis=0)
    words: dict[str, Any] = {
        "operation": "inpaint",
        "prompt": _words_of(str(getattr(request, role)), terrain, library),
        "reference": library.keep_reference(terrain.pixels),
        "parent_sha256": terrain.sha256,
        "mask_sha256": keep_mask(inside, library),
        "strength": STRENGTH,
        "transparent": False,
        "count": request.variants - 1,
        "seed": (request.seed + 101 * (place + 1)) % 2**31,
        "model": request.model or (model_of(library.get(terrain.sprite_id)) if terrain.sprite_id else None),
        "palette": ",".join(Palette("terrain", colors).hex_codes) if 2 <= len(colors) <= _HELD_COLORS_MAX else None,
    }
    return parse_request(RedrawRequest, {word: value for word, value in words.items() if value is not None})


def open_fills(drawn: Mapping[Role, Sequence[str]], library: Library) -> dict[Role, tuple[GivenPicture, ...]]:
    """Read the variants that were drawn, by the terrain that they are of.

    Raises:
        UnknownSpriteError: One is gone.
    """
    return {
        role: tuple(open_given(role, sprite_id, library, hint="draw it again") for sprite_id in sprite_ids)
        for role, sprite_ids in drawn.items()
    }


def require_rims(role: Role, fills: Sequence[Rgba], terrain: Rgba) -> None:
    """Check that every variant is the terrain itself along its sides.

    Raises:
        TilesetError: One differs there: beside the others it would show a seam.
    """
    rim = rim_px(len(terrain))
    for number, fill in enumerate(fills, start=2):
        if fill.shape != terrain.shape:
            wrong = fill.shape[0] * fill.shape[1]
        else:
            differs = (fill != terrain).any(axis=-1)
            differs[rim:-rim, rim:-rim] = False
            wrong = int(differs.sum())
        if wrong:
            raise TilesetError(
                f"variant {number} of {role} differs from it in {wrong} pixels of its rim of {rim} px",
                hint="draw the set again: variants are drawn inside that rim",
            )


def _words_of(text: str, terrain: GivenPicture, library: Library) -> str:
    """What a terrain is called: its words, its sprite's prompt, or its file's name."""
    if terrain.sprite_id is not None:
        return library.get(terrain.sprite_id).prompt
    if names_sprite(text) or not is_picture(text):
        return text
    said = re.sub(r"[^a-z]+", " ", Path(text).stem.lower()).strip()
    return f"{said} floor".strip()
