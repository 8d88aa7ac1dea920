"""Edit a sprite by code, and keep the result as a new entry with its parent."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.doubts import inherited_doubt
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits import coloring, geometry, outline_edits
from pixels_mcp.operations.edits.edited import Edit, EditInputs
from pixels_mcp.operations.edits.where import find_where
from pixels_mcp.operations.keeping import keep_made, recipe_of
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.requests import SPRITE_ID_PATTERN
from pixels_mcp.set_words import EditOperation

PIXEL_EDITS: Mapping[EditOperation, Edit] = {
    "recolor": coloring.recolor,
    "material": coloring.material,
    "match": coloring.match,
    "outline": outline_edits.outline,
    "rotate": geometry.rotate,
    "flip": geometry.flip,
    "crop": geometry.crop,
    "pad": geometry.pad,
    "resize": geometry.resize,
}
"""Edits that need no model."""

_FIT_SETS: frozenset[EditOperation] = frozenset({"recolor", "material"})
"""Edits that leave every pixel where it is, so that a tileset and an animation stay what they are."""


def edit_pixels(request: EditRequest, library: Library) -> LibraryEntry:
    """Edit a sprite by code.

    Raises:
        UnknownSpriteError: The sprite, or the one whose style is wanted, is not there.
        InvalidArgumentError: The operation is not for this kind of entry, or nothing would change.
        RegionError, PaletteError, PictureSizeError, PixelArtError: It cannot be done; says why.
        DiskFullError, StoreError: It cannot be kept.
    """
    parent = library.get(request.sprite_id)
    if parent.entry_kind not in ("sprite", "tile") and request.operation not in _FIT_SETS:
        raise InvalidArgumentError(
            f"{request.operation} is for single sprites, {parent.sprite_id} is of kind {parent.entry_kind}",
            hint=f"for it there are {', '.join(sorted(_FIT_SETS))}; or edit the sprite that it was made from",
        )
    sprite = open_picture(library.path_of(parent.sprite_id))
    where = find_where(request, sprite, library)
    sources = {"parent": parent.sha256}
    style = other = None
    if request.style is not None and re.fullmatch(SPRITE_ID_PATTERN, request.style):
        other = library.get(request.style)
        style, sources["style"] = open_picture(library.path_of(other.sprite_id)), other.sha256
    if where.mask_sha256 is not None:
        sources["mask"] = where.mask_sha256
    inputs = EditInputs(sprite, where.pixels, style, is_ground=parent.entry_kind in ("tile", "tileset"))
    edited = PIXEL_EDITS[request.operation](request, inputs)
    if np.array_equal(edited.pixels, sprite):
        raise InvalidArgumentError(
            f"{request.operation} changes no pixel of {parent.sprite_id}", hint="give it other words, or another sprite"
        )
    measured = measure_facts(edited.pixels).to_dict()
    return keep_made(
        library,
        edited.pixels,
        NewEntry(
            seed=parent.seed,
            prompt=parent.prompt,
            model=request.operation,
            facts={
                **({} if parent.entry_kind in ("sprite", "tile") else parent.facts),
                **measured,
                **inherited_doubt([parent]),
            },
            notes=edited.notes,
            name=request.name or parent.name,
            palette=edited.palette or (parent.palette if request.operation not in _FIT_SETS else None),
            entry_kind=parent.entry_kind,
            parts=parent.parts,
            parent=parent.sprite_id,
        ),
        label=request.name or parent.name or parent.prompt,
        operation=request.operation,
        # Ids are this library's own: the recipe names files by their content.
        request=request.model_copy(update={"mask": where.mask_sha256} if request.mask else {}),
        left_out=frozenset({"sprite_id", "name"} | ({"style"} if style is not None else set())),
        sources=sources,
        plan=edited.plan,
        parent=recipe_of(parent),
        parts={"style": other} if other is not None else {},
    )
