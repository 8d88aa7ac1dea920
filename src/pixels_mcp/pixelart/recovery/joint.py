"""Several pictures that belong together: frames of an animation, members of a set, with one grid and one palette."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np

from pixels_mcp.errors import NoGridError, PixelArtError
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, harden_alpha
from pixels_mcp.pixelart.recovery.cells import Cells, read_cells
from pixels_mcp.pixelart.recovery.checkerboard import without_checkerboard
from pixels_mcp.pixelart.recovery.cutout import CutChoice, remove_background
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.grid import grid_of_cells, grid_of_step
from pixels_mcp.pixelart.recovery.merging import joined_cells
from pixels_mcp.pixelart.recovery.native import exact_block_px, is_plain, looks_native
from pixels_mcp.pixelart.recovery.recognition import Recognition, recognize
from pixels_mcp.pixelart.recovery.search import find_grid_in
from pixels_mcp.pixelart.recovery.strokes import strokes_of


def recover_frames(
    frames: Sequence[Rgba], *, cell_px: float | None = None, choice: CutChoice | None = None
) -> list[Rgba]:
    """Recover the frames of one animation, or the versions of one picture: all on the same cuts.

    The edges of all frames are looked at together, so that a frame that shows little gets the grid of the others and
    a bobbing figure does not jump by a cell.

    Args:
        frames: (H, W, 4) uint8 each, all of one size.
        cell_px: Side of a cell, where it is known.
        choice: What shall become of the backgrounds; by default the pictures decide.

    Returns:
        One (rows, columns, 4) uint8 array per frame, all of one size and one palette.

    Raises:
        PixelArtError: No frame, or frames of different sizes.
        NoGridError: The frames show no grid.
    """
    if not frames or any(frame.shape != frames[0].shape for frame in frames):
        sizes = sorted({f"{frame.shape[1]} x {frame.shape[0]}" for frame in frames})
        raise PixelArtError(
            f"frames of one animation need one size, got {', '.join(sizes) or 'none'}",
            hint="recover pictures of different sizes as a set",
        )
    if choice is None or choice.ground != "keep":
        frames = [without_checkerboard(frame) for frame in frames]
    if all(looks_native(frame) for frame in frames):
        return _cut_out(list(frames), choice)
    block_px = int(np.gcd.reduce([exact_block_px(frame) for frame in frames]))
    if cell_px is None and block_px > 1:
        return _cut_out([frame[::block_px, ::block_px] for frame in frames], choice)
    profiles = [edge_profiles(frame) for frame in frames]
    together = (_summed([x for x, _ in profiles]), _summed([y for _, y in profiles]))
    if cell_px is None:
        search = find_grid_in(together, lambda: reduce(add, map(strokes_of, frames)))
        if search.grid is None and all(is_plain(frame) for frame in frames):
            return _cut_out(list(frames), choice)
        grid = search.grid
    else:
        grid = grid_of_step(together, cell_px)
    if grid is None:
        raise NoGridError(f"the {len(frames)} frames show no common pixel grid", hint="give the size of one cell")
    return _cut_out(joined_cells([read_cells(frame, grid) for frame in frames]), choice)


def recover_set(
    pictures: Sequence[Rgba], *, cell_px: float | None = None, choice: CutChoice | None = None
) -> list[Rgba]:
    """Recover pictures that were drawn alike: one cell size, one palette, cuts of their own.

    Args:
        pictures: (H, W, 4) uint8 each, of any size.
        cell_px: Side of a cell, where it is known; else the median of what the pictures show. Native pictures
            keep their pixels.
        choice: What shall become of the backgrounds; by default the pictures decide.

    Returns:
        One (rows, columns, 4) uint8 array per picture, in one palette.

    Raises:
        NoGridError: No picture shows a grid and no cell was given.
    """
    if choice is None or choice.ground != "keep":
        pictures = [without_checkerboard(picture) for picture in pictures]
    known = [recognize(picture) for picture in pictures]
    native = [_native(picture, one) for picture, one in zip(pictures, known, strict=True)]
    if cell_px is None and any(own is None for own in native):
        sizes = [one.grid.cell_width_px for one in known if one.grid is not None and one.block_px == 1]
        if not sizes:
            count = sum(own is None for own in native)
            raise NoGridError(f"none of {count} pictures shows a pixel grid", hint="give the size of one cell")
        cell_px = float(np.median(sizes))
    cells = [
        read_cells(picture, grid_of_cells(picture, min(cell_px or 1.0, *picture.shape[:2]))) if own is None else own
        for picture, own in zip(pictures, native, strict=True)
    ]
    return _cut_out(joined_cells(cells), choice)


def _native(picture: Rgba, known: Recognition) -> Cells | None:
    """A picture's pixels as cells where it is native pixel art (or an exact enlargement of it), else None."""
    if known.block_px == 1 and known.kind != "native":
        return None
    art = picture[:: known.block_px, :: known.block_px]
    opaque = art[..., 3] >= OPAQUE_FROM
    return Cells(art[..., :3].astype(np.float32), opaque, 0.0, 0.0, opaque)


def _summed(profiles: list[EdgeProfile]) -> EdgeProfile:
    strength = np.sum([profile.strength for profile in profiles], axis=0)
    energy = np.sum([profile.energy for profile in profiles], axis=0)
    return EdgeProfile(strength, energy)


def _cut_out(pictures: list[Rgba], choice: CutChoice | None) -> list[Rgba]:
    """Remove backgrounds, from all pictures or from none: frames must not differ in that."""
    pictures = [harden_alpha(picture) for picture in pictures]
    cut = [remove_background(picture, choice) for picture in pictures]
    return [one.pixels for one in cut] if all(one.removed for one in cut) else pictures
