"""A picture that a request gives: a sprite of the library by its id, or a person's own file by its path."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.requests import SPRITE_ID_PATTERN


@dataclass(frozen=True, eq=False)
class GivenPicture:
    """A picture and where it comes from.

    Attributes:
        pixels: (H, W, 4).
        sha256: Of its file.
        sprite_id: Of the library, or None for a person's own file.
    """

    pixels: Rgba
    sha256: str
    sprite_id: str | None


def kept_sha256(picture: GivenPicture, library: Library) -> str:
    """By which a recipe names a picture: an entry's file, or a person's own that is kept from now on.

    Raises:
        DiskFullError, StoreError: It cannot be kept.
    """
    return picture.sha256 if picture.sprite_id is not None else library.keep_reference(picture.pixels)


def names_sprite(text: str) -> bool:
    """Whether a text is a sprite_id rather than words or a path."""
    return re.fullmatch(SPRITE_ID_PATTERN, text) is not None


def open_given(what: str, text: str, library: Library, *, hint: str) -> GivenPicture:
    """Read a picture.

    Args:
        what: What it is to the request, for errors.
        text: A sprite_id, or a path.
        library: Where sprites are.
        hint: What else may be given.

    Raises:
        UnknownSpriteError: No such sprite.
        UnreadablePictureError, PictureTooLargeError: The file is no picture that is read.
        InvalidArgumentError: The file is not there.
    """
    is_sprite = names_sprite(text)
    file = library.path_of(text) if is_sprite else Path(text)
    if not file.is_file():
        raise InvalidArgumentError(f"{what}: {file} is not a file", hint=hint)
    return GivenPicture(open_picture(file), hashlib.sha256(file.read_bytes()).hexdigest(), text if is_sprite else None)
