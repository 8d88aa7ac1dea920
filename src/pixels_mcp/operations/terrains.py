"""Where a terrain comes from: words that must be drawn first, a sprite of the library, or a person's own picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.given_picture import GivenPicture, names_sprite, open_given
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.requests import BatchItem, BatchRequest

Role = Literal["upper", "lower", "band"]
ROLES: tuple[Role, ...] = ("upper", "lower", "band")
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
        hint = "give words, a sprite_id, or the path of a picture of one tile"
        pictures[role] = open_given(role, text, library, hint=hint)
    return pictures


def is_picture(text: str) -> bool:
    """Whether a terrain names a file rather than words."""
    return _PICTURE_ENDING.search(text) is not None
