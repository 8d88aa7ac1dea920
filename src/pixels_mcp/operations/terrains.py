"""Where a terrain comes from: words that must be drawn first, a sprite of the library, or a person's own picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pixels_mcp.errors import TilesetError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.operations.given_picture import GivenPicture, names_sprite, open_given
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.pixelart.tiles.joining import Axis, has_true_seam, seam_of
from pixels_mcp.requests import BatchItem, BatchRequest
from pixels_mcp.set_words import SEAM_ERROR_MAX

Role = Literal["upper", "lower", "band"]
ROLES: tuple[Role, ...] = ("upper", "lower", "band")
_GIVE = "give words, a sprite_id, or the path of a picture of one tile"
_PICTURE_ENDING = re.compile(r"\.(png|gif|webp|bmp)$", re.IGNORECASE)


def words_to_draw(request: TilesetRequest) -> dict[Role, str]:
    """The terrains that are words, by their role."""
    named: dict[Role, str | None] = {role: getattr(request, role) for role in ROLES}
    return {role: text for role, text in named.items() if text and not names_sprite(text) and not is_picture(text)}


def drawing_of(request: TilesetRequest) -> BatchRequest | None:
    """The batch that draws the terrains that are words, one item for each in the order of `words_to_draw`."""
    words = words_to_draw(request)
    if not words:
        return None
    return BatchRequest(
        items=tuple(BatchItem(prompt=text, seed=request.seed + number) for number, text in enumerate(words.values())),
        width_px=request.tile_px,
        height_px=request.tile_px,
        model=request.model,
        palette=request.palette,
        style=request.style,
        tiling="both",
    )


def open_terrains(request: TilesetRequest, drawn: Mapping[Role, str], library: Library) -> dict[Role, GivenPicture]:
    """Read every terrain of a request.

    Args:
        request: As asked.
        drawn: The sprite_id that was drawn for each terrain of words.
        library: Where sprites are.

    Raises:
        UnknownSpriteError: No such sprite.
        UnreadablePictureError, PictureTooLargeError: A file is no picture that is read.
        InvalidArgumentError: A file is not there.
    """
    pictures: dict[Role, GivenPicture] = {}
    for role in ROLES:
        text = drawn.get(role) or getattr(request, role)
        if not text:
            continue
        pictures[role] = open_given(role, text, library, hint=_GIVE)
    return pictures


def require_given(request: TilesetRequest, library: Library) -> None:
    """Check the terrains that are given as pictures, before anything is drawn.

    Raises:
        UnknownSpriteError, UnreadablePictureError, PictureTooLargeError, InvalidArgumentError: As `open_terrains`.
        TilesetError: One does not join itself: laid side by side its edge would be seen in every tile.
    """
    drawn = words_to_draw(request)
    for role in ROLES:
        text = getattr(request, role)
        if not text or role in drawn:
            continue
        given = open_given(role, text, library, hint=_GIVE)
        if given.sprite_id is None or not _was_drawn_to_join(library, given.sprite_id):
            _require_joining(role, text, given)


def _was_drawn_to_join(library: Library, sprite_id: str) -> bool:
    """A ground that the model drew on a torus, whose seam was closed as well as it goes, and told."""
    return read_recipe(library.path_of(sprite_id)).request.get("tiling") == "both"


def _require_joining(role: Role, text: str, given: GivenPicture) -> None:
    axes: tuple[tuple[Axis, str], ...] = ((1, "left and right"), (0, "top and bottom"))
    worst = [(seam_of(given.pixels, axis), edges) for axis, edges in axes if has_true_seam(given.pixels, axis)]
    if not worst:
        return
    error, edges = max(worst)
    close = (
        f"edit {given.sprite_id} with operation seams"
        if given.sprite_id
        else ("import it into the library and edit it with operation seams")
    )
    raise TilesetError(
        f"{role} {Path(text).name}: its {edges} edges do not meet (seam error {error:g}, up to {SEAM_ERROR_MAX:g} is "
        "unseen), every tile would show its border",
        hint=f"{close} first, or give the ground in words",
    )


def is_picture(text: str) -> bool:
    """Whether a terrain names a file rather than words."""
    return _PICTURE_ENDING.search(text) is not None
