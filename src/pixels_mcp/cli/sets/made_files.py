"""Files that a command writes beside the library: whole, into a folder that is made where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.errors import StoreError
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
