"""One picture made true pixel art in a process of its own, so that the asking process stays small."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import ErrorInfo

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixelize import PixelizedTold
    from pixels_mcp.set_words import CutWord


@dataclass(frozen=True)
class Asked:
    """What shall be done to which picture; sizes in pixels."""

    picture: Path
    size_px: tuple[int, int] | None
    cell_px: float | None
    palette: str | None
    max_colors: int | Literal["auto"] | None
    ground: CutWord
    holes: CutWord


@dataclass(frozen=True)
class Made:
    """What became of it: the file's bytes, a preview, and what is told of it; or an error as a face tells it."""

    png: bytes = b""
    preview: bytes = b""
    told: PixelizedTold | None = None
    error: ErrorInfo | None = None


def make(asked: Asked) -> Made:
    """Turn a picture into pixel art; errors come back as values, since not every one survives the way as an object."""
    try:
        return _make(asked)
    except PixelsError as error:
        return Made(error=ErrorInfo.of(error))


def _make(asked: Asked) -> Made:
    from pixels_mcp.pictures.small_preview import draw_preview
    from pixels_mcp.pixelart.colors.palettes import load_palette
    from pixels_mcp.pixelart.pictures import open_picture, say_frames
    from pixels_mcp.pixelart.pixelize import PixelizeOptions, pixelize
    from pixels_mcp.pixelart.recovery.cutout import CutChoice
    from pixels_mcp.png import encode_png

    options = PixelizeOptions(
        size_px=asked.size_px,
        cell_px=asked.cell_px,
        palette=load_palette(asked.palette, allow_files=False) if asked.palette else None,
        max_colors=asked.max_colors,
        background=CutChoice(asked.ground, asked.holes),
    )
    done = pixelize(open_picture(asked.picture), options)
    told = done.to_dict()
    if moves := say_frames(asked.picture):
        told["notes"] = [moves, *done.notes]
    return Made(encode_png(done.pixels), draw_preview([done.pixels], [asked.picture.stem]), told)
