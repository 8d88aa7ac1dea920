"""What of a sprite an edit changes: a region in words, or a mask's picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixels_mcp.errors import RegionError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.pixelart.drawing.regions import Region, find_region, read_mask
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class Where:
    """Where an edit works.

    Attributes:
        pixels: (H, W) bool, None for the whole sprite.
        mask_sha256: The kept picture that said so, None where words did.
    """

    pixels: Region | None
    mask_sha256: str | None = None


def find_where(request: EditRequest, sprite: Rgba, library: Library) -> Where:
    """Read the region or mask of a request.

    A mask's picture is kept in the library, so that the edit can be made again without the file.

    Raises:
        RegionError: It names no pixel, or has another size.
        UnreadablePictureError: The mask is no picture.
    """
    if request.region is not None:
        return Where(find_region(sprite, request.region))
    if request.mask is None:
        return Where(None)
    size_px = (sprite.shape[1], sprite.shape[0])
    if _SHA256.fullmatch(request.mask):
        return Where(read_mask(library.reference(request.mask), size_px), request.mask)
    region = read_mask(open_picture(Path(request.mask)), size_px)
    return Where(region, keep_mask(region, library))


def keep_mask(region: Region, library: Library) -> str:
    """Keep a region as a picture, opaque where it is; returns its sha256."""
    picture = np.zeros((*region.shape, 4), dtype=np.uint8)
    picture[region] = 255
    return library.keep_reference(picture)


def require_area(region: Region, least_px: int) -> None:
    """Refuse a region in which nothing can be drawn.

    Raises:
        RegionError: It has fewer pixels.
    """
    count = int(region.sum())
    if count < least_px:
        raise RegionError(
            f"the region has {count} pixel{'s' if count != 1 else ''}, a model draws in {least_px} or more",
            hint="mark more, or give those pixels a color with operation=recolor",
        )
