"""Files that a command writes beside the library: whole, into a folder that is made where it is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.errors import InvalidArgumentError, StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.paths import expand_home

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba


def write_beside(folder: Path, file_name: str, picture: Rgba | bytes) -> Path:
    """Write a picture, or bytes as they are.

    Returns:
        The file, absolute.

    Raises:
        StoreError: The folder cannot be written.
    """
    from pixels_mcp.png import encode_png

    file = expand_home(folder / file_name).resolve()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, picture if isinstance(picture, bytes) else encode_png(picture))
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror or error}", hint="name another folder") from error
    return file


def read_map_size(option: str, text: str) -> tuple[int, int]:
    """Columns and rows of a map.

    Raises:
        InvalidArgumentError: It is no size, or too large or small a one.
    """
    size = re.fullmatch(r"(\d{1,3})x(\d{1,3})", text)
    if size is None or not all(2 <= int(side) <= 128 for side in size.groups()):
        raise InvalidArgumentError(f"{option} {text}: not a size", hint="write columns x rows, 2 to 128: 20x12")
    return int(size[1]), int(size[2])


def read_formats(text: str, option: str) -> list[str]:
    """The names of export formats in a list that an option gives.

    Raises:
        InvalidArgumentError: One is unknown.
    """
    from pixels_mcp.cli.output import choice
    from pixels_mcp.operations.exports.export import FORMATS

    return [choice(option, one.strip(), tuple(FORMATS)) for one in text.split(",") if one.strip()]


def formats_of_game() -> list[str]:
    """The export formats that the game's `pixels.toml` names.

    Raises:
        InvalidArgumentError: It names none, or there is no such file.
    """
    from pixels_mcp.cli.output import note
    from pixels_mcp.cli.places import game_style

    style = game_style()
    if style is None or not style.export_formats:
        raise InvalidArgumentError(
            "no format is named", hint='give --as tiled,png,..., or write [export] formats = ["tiled"] in pixels.toml'
        )
    note(f"{style.file}: {', '.join(style.export_formats)}")
    return list(style.export_formats)
