"""Edits that a model draws, worded for the worker: what is kept of the sprite, what changes, what is drawn there."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError, RecipeError, RegionError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.where import find_where, keep_mask, require_area
from pixels_mcp.pixelart.drawing.regions import Region
from pixels_mcp.pixelart.drawing.transforms import pad_by
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.requests import RedrawRequest
from pixels_mcp.set_words import DrawnOperation
from pixels_mcp.told_apart import Words

LEAST_PX = 4
"""In fewer pixels a model draws nothing that one would see."""

_STRENGTH: dict[DrawnOperation, float] = {"vary": 0.35, "inpaint": 0.8, "extend": 1.0, "seams": 0.6}


def redraw_of(request: EditRequest, library: Library) -> RedrawRequest:
    """Word an edit that a model draws.

    The sprite (on a larger canvas for `extend`) and the mask are kept in the library, from where the worker takes them.

    Raises:
        UnknownSpriteError: There is no such sprite.
        InvalidArgumentError: It is a tileset or an animation; seams of something that does not fill its square.
        RegionError: What changes is nothing, too little, or lies off the sprite.
        DiskFullError, StoreError: The pictures cannot be kept.
    """
    parent = library.get(request.sprite_id)
    if parent.entry_kind not in ("sprite", "tile"):
        raise InvalidArgumentError(
            f"{request.operation} redraws single sprites, {parent.sprite_id} is of kind {parent.entry_kind}",
            hint="edit the sprite that it was made from",
        )
    picture = open_picture(library.path_of(parent.sprite_id))
    picture, changes = _picture_and_changes(request, picture, library)
    if changes is not None:
        require_area(changes, LEAST_PX)
    operation: Any = request.operation
    words: Words = {
        "operation": operation,
        "prompt": request.prompt or parent.prompt,
        "reference": library.keep_reference(picture),
        "parent_sha256": parent.sha256,
        "mask_sha256": None if changes is None else keep_mask(changes, library),
        "strength": request.strength or _STRENGTH[operation],
        "transparent": bool((picture[..., 3] == 0).any()),
        "count": request.count,
        "seed": request.seed,
        "model": request.model or model_of(parent),
        "palette": request.palette,
        "max_colors": request.max_colors,
        "outline": request.outline,
        "outline_color": request.color,
        "name": request.name or parent.name,
        "tiling": request.axis or "both" if request.operation == "seams" else None,
    }
    return parse_request(RedrawRequest, {word: value for word, value in words.items() if value is not None})


def _picture_and_changes(request: EditRequest, picture: Rgba, library: Library) -> tuple[Rgba, Region | None]:
    """The picture to redraw, and where; None for all of it."""
    match request.operation:
        case "inpaint":
            return picture, find_where(request, picture, library).pixels
        case "extend":
            return _extended(picture, request.sides_px)
        case "seams":
            return picture, _rim(picture, request.axis or "both", request.rim_px)
        case _:
            return picture, None


def _extended(picture: Rgba, sides_px: tuple[int, int, int, int]) -> tuple[Rgba, Region]:
    if not (picture[..., 3] == 0).any():
        raise InvalidArgumentError(
            "a picture that fills its square has no open side to grow at",
            hint="tiles join with operation=seams, and larger maps are laid from a tileset",
        )
    left, top, right, bottom = sides_px
    grown = pad_by(picture, left, top, right, bottom)
    new = np.ones(grown.shape[:2], dtype=np.bool_)
    new[top : top + picture.shape[0], left : left + picture.shape[1]] = False
    return grown, new


def _rim(picture: Rgba, axis: str, rim_px: int) -> Region:
    height, width = picture.shape[:2]
    if (picture[..., 3] == 0).any():
        raise InvalidArgumentError(
            "seams are of grounds that fill their square, this picture has transparent pixels",
            hint="draw a ground with transparent=false",
        )
    if 2 * rim_px >= min(height, width):
        raise RegionError(
            f"a rim of {rim_px} px leaves nothing of {width} x {height} px",
            hint=f"give rim_px below {min(height, width) // 2}",
        )
    rim = np.zeros((height, width), dtype=np.bool_)
    if axis in ("x", "both"):
        rim[:, :rim_px] = rim[:, -rim_px:] = True
    if axis in ("y", "both"):
        rim[:rim_px] = rim[-rim_px:] = True
    return rim


def model_of(parent: LibraryEntry) -> str | None:
    """The model that drew it goes on; an edit by code or an imported picture takes the person's own."""
    try:
        return parent.model if read_recipe(parent.path).model_sha256 is not None else None
    except RecipeError:
        return None
