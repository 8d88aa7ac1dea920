"""From an edited file to the picture that goes into the game."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp import png
from pixels_mcp.bevy.formats.atlas import FrameGrid, SheetFile, make_sheet, single_sprite
from pixels_mcp.errors import PixelsError, SheetFileError, UnreadablePictureError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.pixelart.colors.palettes import Palette, load_palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.drawing.canvas import place
from pixels_mcp.pixelart.pixels import harden_alpha
from pixels_mcp.pixelart.recovery.native import exact_block_px
from pixels_mcp.told_apart import is_list

_PNG_END = b"IEND\xaeB`\x82"


def read_whole(data: bytes, label: str) -> np.ndarray:
    """Read a PNG that may still be being written.

    Returns:
        (H, W, 4) uint8.

    Raises:
        UnreadablePictureError: It is not whole (yet), or not a PNG.
    """
    pixels, _ = png.decode_png(data, label=label)
    if _PNG_END not in data[-4096:]:
        raise UnreadablePictureError(f"'{label}' has no end", hint="save the picture again")
    return pixels


@dataclass(frozen=True)
class Origin:
    """What the sprites of a deployed picture were like before it was edited.

    Attributes:
        palette: All their colours; None where they are too many or too few to be a palette.
        size_px: Of one sprite, (width, height).
    """

    palette: Palette | None
    size_px: tuple[int, int]


def find_origin(library: Library, sprite_ids: tuple[str, ...]) -> Origin | None:
    """Look up what a deployed picture was made of; None where the library does not know (any more)."""
    codes: list[str] = []
    size_px: tuple[int, int] | None = None
    for sprite_id in sprite_ids:
        try:
            sprite = library.get(sprite_id)
            size_px = size_px or (sprite.width_px, sprite.height_px)
            told = sprite.facts.get("palette")
            codes += [str(code) for code in told] if is_list(told) and told else _colors(library, sprite_id)
        except PixelsError:
            return None
    if size_px is None:
        return None
    try:
        return Origin(load_palette(list(dict.fromkeys(codes))), size_px)
    except PixelsError:
        return Origin(None, size_px)


def bring_back(pixels: np.ndarray, origin: Origin, frame_count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring an edited picture to its sprite's size and palette; alpha becomes 0 or 255.

    A picture that was saved enlarged by a whole number is reduced exactly; any other size gets a larger or smaller
    canvas, and is refused where the drawing does not fit.

    Args:
        pixels: (H, W, 4) uint8.
        origin: What to bring it to.
        frame_count: A sheet of several frames keeps its canvas.

    Returns:
        The picture, and what was done in words.

    Raises:
        PictureSizeError: The drawing is larger than the sprite.
    """
    notes: list[str] = []
    height_px, width_px = pixels.shape[:2]
    if frame_count == 1 and (width_px, height_px) != origin.size_px:
        block_px = exact_block_px(pixels)
        if block_px > 1 and (width_px // block_px, height_px // block_px) == origin.size_px:
            pixels = pixels[::block_px, ::block_px].copy()
        else:
            pixels = place(pixels, origin.size_px, "keep")
        notes.append(f"{width_px} x {height_px} px brought to {origin.size_px[0]} x {origin.size_px[1]}")
    hard = harden_alpha(pixels)
    snapped = snap_to_palette(hard, origin.palette) if origin.palette is not None else hard
    changed = int((snapped != pixels).any(axis=-1)[(snapped[..., 3] > 0) | (pixels[..., 3] > 0)].sum())
    if changed:
        colors = len(origin.palette.colors) if origin.palette is not None else 0
        notes.append(
            f"{changed} pixels brought to the sprite's {colors} colors" if colors else f"{changed} pixels hardened"
        )
    return snapped, tuple(notes)


def fit_sheet(sheet: SheetFile | None, width_px: int, height_px: int) -> SheetFile:
    """The manifest for an edited picture: the old one where it still fits, more or fewer frames of the same size else.

    An animation that showed every frame once, in order, goes on to do so.

    Raises:
        SheetFileError: The picture is no whole number of frames.
    """
    if sheet is None:
        return single_sprite("x.png", width_px, height_px)
    if sheet.size == (width_px, height_px):
        return sheet
    if sheet.frame_count == 1:
        return single_sprite("x.png", width_px, height_px, sheet.pivot).model_copy(
            update={"animations": sheet.animations}
        )
    if not isinstance(sheet.frames, FrameGrid):
        raise SheetFileError(
            f"the picture has {width_px} x {height_px} pixels, its packed sheet {sheet.size[0]} x {sheet.size[1]}",
            hint="save it in its old size",
        )
    tile = sheet.frames.tile
    if width_px % tile[0] or height_px % tile[1]:
        raise SheetFileError(
            f"{width_px} x {height_px} pixels are no whole number of frames of {tile[0]} x {tile[1]}",
            hint="save it in a multiple of the frame's size",
        )
    grid = FrameGrid(tile=tile, columns=width_px // tile[0], rows=height_px // tile[1])
    count = grid.columns * grid.rows
    animations = {
        name: {"frames": range(count), "ms": [clip.ms[0]] * count, "play": clip.play}
        if clip.frames == tuple(range(sheet.frame_count))
        else clip.model_dump()
        for name, clip in sheet.animations.items()
    }
    return make_sheet(image="x.png", size=(width_px, height_px), frames=grid, pivot=sheet.pivot, animations=animations)


def _colors(library: Library, sprite_id: str) -> list[str]:
    pixels, _ = png.decode_png(library.read_png(sprite_id), label=sprite_id)
    opaque = np.unique(pixels[pixels[..., 3] > 0][:, :3], axis=0)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in opaque.tolist()]
