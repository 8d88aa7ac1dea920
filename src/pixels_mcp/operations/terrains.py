"""Where a terrain comes from: words that must be drawn first, a sprite of the library, or a person's own picture."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.requests import SPRITE_ID_PATTERN, BatchItem, BatchRequest

Role = Literal["upper", "lower", "band"]
ROLES: tuple[Role, ...] = ("upper", "lower", "band")
_PICTURE_ENDING = re.compile(r"\.(png|gif|webp|bmp)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class TerrainPicture:
    """A terrain as a picture.

    Attributes:
        pixels: (tile_px, tile_px, 4).
        sha256: Of its file.
        sprite_id: Of the library, or None for a person's own file.
    """

    pixels: Rgba
    sha256: str
    sprite_id: str | None


def words_to_draw(request: TilesetRequest) -> dict[Role, str]:
    """The terrains that are words, by their role."""
    named: dict[Role, str | None] = {role: getattr(request, role) for role in ROLES}
    return {role: text for role, text in named.items() if text and not _is_sprite(text) and not is_picture(text)}


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


def open_terrains(request: TilesetRequest, drawn: Mapping[Role, str], library: Library) -> dict[Role, TerrainPicture]:
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
    pictures: dict[Role, TerrainPicture] = {}
    for role in ROLES:
        text = drawn.get(role) or getattr(request, role)
        if not text:
            continue
        file = library.path_of(text) if _is_sprite(text) else Path(text)
        if not file.is_file():
            raise InvalidArgumentError(
                f"{role}: {file} is not a file", hint="give words, a sprite_id, or the path of a picture of one tile"
            )
        pictures[role] = TerrainPicture(
            open_picture(file), hashlib.sha256(file.read_bytes()).hexdigest(), text if _is_sprite(text) else None
        )
    return pictures


def _is_sprite(text: str) -> bool:
    return re.fullmatch(SPRITE_ID_PATTERN, text) is not None


def is_picture(text: str) -> bool:
    """Whether a terrain names a file rather than words."""
    return _PICTURE_ENDING.search(text) is not None
