"""A picture cannot be read or cannot become pixel art."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


class PixelArtError(PixelsError):
    """A picture cannot be read or cannot become pixel art."""


class PixelShapeError(PixelArtError):
    """An array is not a picture of (H, W, 4) uint8."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        super().__init__(
            f"expected (H, W, 4) uint8 pixels with at least one pixel, got {shape} {dtype}",
            hint="convert the picture to RGBA first",
        )


class UnreadablePictureError(PixelArtError):
    """A file is not a picture, is truncated, or is of a kind that is not read."""


class PictureTooLargeError(PixelArtError):
    """A picture has more pixels, or a file more bytes, than may be read."""


class PictureSizeError(PixelArtError):
    """A picture cannot have the asked size or cell."""


class NoGridError(PixelArtError):
    """A picture shows no pixel grid, and none was given."""


class PaletteError(PixelArtError):
    """A palette is unknown, unreadable, or has fewer than 2 or more than 256 colours."""


class SheetError(PixelArtError):
    """Frames do not fit on one sheet, or do not belong together."""


class SketchError(PixelArtError):
    """A drawing in letters is not one picture, or its legend says no color."""


class TilesetError(PixelArtError):
    """Terrains cannot become one set of tiles."""


class RegionError(PixelArtError):
    """A region or a mask names no pixels of the picture, too few, or more than can be changed at once."""


class MotionError(PixelArtError):
    """A sprite cannot make the motion that was asked."""
