"""Several pictures that belong together: frames of an animation, members of a set, with one grid and one palette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np

from pixels_mcp.errors import NoGridError, PixelArtError
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, harden_alpha
from pixels_mcp.pixelart.recovery.cells import Cells, read_cells
from pixels_mcp.pixelart.recovery.checkerboard import Checkerboard, find_checkerboard
from pixels_mcp.pixelart.recovery.cutout import CutChoice, CutOut, remove_background
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.grid import grid_of_cells, grid_of_step
from pixels_mcp.pixelart.recovery.merging import joined_cells
from pixels_mcp.pixelart.recovery.native import exact_block_px, is_plain, looks_native
from pixels_mcp.pixelart.recovery.recognition import Recognition, recognize
from pixels_mcp.pixelart.recovery.recover import Recovery
from pixels_mcp.pixelart.recovery.search import GridSearch, find_grid_in
from pixels_mcp.pixelart.recovery.steps import other_sizes
from pixels_mcp.pixelart.recovery.strokes import strokes_of


def recover_frames(
    frames: Sequence[Rgba], *, cell_px: float | None = None, choice: CutChoice | None = None
) -> list[Recovery]:
    """Recover the frames of one animation, or the versions of one picture: all on the same cuts.

    The edges of all frames are looked at together, so that a frame that shows little gets the grid of the others and
    a bobbing figure does not jump by a cell.

    Args:
        frames: (H, W, 4) uint8 each, all of one size.
        cell_px: Side of a cell, where it is known.
        choice: What shall become of the backgrounds; by default the pictures decide.

    Returns:
        One recovery per frame, all of one size and one palette.

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
    cleared, boards = _without_boards(frames, choice)
    if all(looks_native(frame) for frame in cleared):
        return _cut_out(cleared, [Recognition("native")] * len(cleared), boards, choice)
    block_px = int(np.gcd.reduce([exact_block_px(frame) for frame in cleared]))
    if cell_px is None and block_px > 1:
        known = Recognition("grid", None, block_px)
        return _cut_out([frame[::block_px, ::block_px] for frame in cleared], [known] * len(cleared), boards, choice)
    profiles = [edge_profiles(frame) for frame in cleared]
    together = (_summed([x for x, _ in profiles]), _summed([y for _, y in profiles]))
    if cell_px is None:
        search = find_grid_in(together, lambda: reduce(add, map(strokes_of, cleared)))
        if search.grid is None and all(is_plain(frame) for frame in cleared):
            return _cut_out(cleared, [Recognition("native")] * len(cleared), boards, choice)
    else:
        search = GridSearch(grid_of_step(together, cell_px), ())
    grid = search.grid
    if grid is None:
        raise NoGridError(f"the {len(frames)} frames show no common pixel grid", hint="give the size of one cell")
    art = joined_cells([read_cells(frame, grid) for frame in cleared])
    known = Recognition("grid", grid, 1, grid.confidence, search.candidates)
    return _cut_out(art, [known] * len(art), boards, choice)


def recover_set(
    pictures: Sequence[Rgba], *, cell_px: float | None = None, choice: CutChoice | None = None
) -> list[Recovery]:
    """Recover pictures that were drawn alike: one cell size, one palette, cuts of their own.

    Args:
        pictures: (H, W, 4) uint8 each, of any size.
        cell_px: Side of a cell, where it is known; else the median of what the pictures show. Native pictures
            keep their pixels.
        choice: What shall become of the backgrounds; by default the pictures decide.

    Returns:
        One recovery per picture, in one palette.

    Raises:
        NoGridError: No picture shows a grid and no cell was given.
    """
    cleared, boards = _without_boards(pictures, choice)
    known = [recognize(picture) for picture in cleared]
    native = [_native(picture, one) for picture, one in zip(cleared, known, strict=True)]
    given = cell_px is not None
    if cell_px is None and any(own is None for own in native):
        sizes = [one.grid.cell_width_px for one in known if one.grid is not None and one.block_px == 1]
        if not sizes:
            count = sum(own is None for own in native)
            raise NoGridError(f"none of {count} pictures shows a pixel grid", hint="give the size of one cell")
        cell_px = float(np.median(sizes))
    cells: list[Cells] = []
    for number, (picture, own) in enumerate(zip(cleared, native, strict=True)):
        if own is None:
            grid = grid_of_cells(picture, min(cell_px or 1.0, *picture.shape[:2]))
            sure = 1.0 if given else known[number].confidence if known[number].grid is not None else 0.0
            known[number] = replace(known[number], kind="grid", grid=grid, confidence=sure)
            own = read_cells(picture, grid)
        cells.append(own)
    return _cut_out(joined_cells(cells), known, boards, choice)


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


def _without_boards(pictures: Sequence[Rgba], choice: CutChoice | None) -> tuple[list[Rgba], list[Checkerboard | None]]:
    """The pictures less their painted checkerboards, and those; none where backgrounds are kept."""
    kept = choice is not None and choice.ground == "keep"
    boards = [None if kept else find_checkerboard(picture) for picture in pictures]
    cleared = [
        picture if board is None else board.cleared(picture) for picture, board in zip(pictures, boards, strict=True)
    ]
    return cleared, boards


def _cut_out(
    pictures: list[Rgba],
    known: Sequence[Recognition],
    boards: Sequence[Checkerboard | None],
    choice: CutChoice | None,
) -> list[Recovery]:
    """Remove backgrounds, from all pictures or from none: members of a set must not differ in that."""
    hard = [harden_alpha(picture) for picture in pictures]
    cut = [remove_background(picture, choice) for picture in hard]
    all_removed = all(one.removed for one in cut)
    split = () if all_removed or not any(one.removed for one in cut) else (_split_note(cut),)
    recovered: list[Recovery] = []
    for art, one, recognition, board in zip(hard, cut, known, boards, strict=True):
        notes = () if board is None else (board.note(kept=False),)
        notes += split or one.notes
        others = recognition.candidates
        if recognition.grid is not None:
            others = other_sizes(others, recognition.grid.cell_width_px)
        recovered.append(
            Recovery(
                one.pixels if all_removed else art,
                recognition.kind,
                recognition.grid,
                recognition.confidence,
                all_removed or board is not None,
                others,
                recognition.many_colors,
                notes,
            )
        )
    return recovered


def _split_note(cut: Sequence[CutOut]) -> str:
    count = sum(one.removed for one in cut)
    return (
        f"The backgrounds stay: {count} of {len(cut)} pictures show a plain one, and members of a set must not differ "
        'in that; ground "remove" takes them away where they are likely.'
    )
