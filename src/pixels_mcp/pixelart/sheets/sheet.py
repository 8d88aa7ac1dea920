"""Several frames on one sheet: in a grid or packed, with padding, extrusion and pivots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rectpack.packer import SORT_SSIDE, PackerBBF  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]  # partly without types there

from pixels_mcp.errors import SheetError
from pixels_mcp.pixelart.drawing.canvas import power_of_two_size
from pixels_mcp.pixelart.pixels import Rgba, require_rgba

LARGEST_SIDE_PX = 8192
MOST_FRAMES = 4096


@dataclass(frozen=True, slots=True)
class Frame:
    """Where one frame stands on a sheet.

    Attributes:
        name: Name of the frame.
        x_px: Left edge on the sheet, without extrusion.
        y_px: Top edge.
        width_px: Width.
        height_px: Height.
        pivot: The point that stands at the entity's position: 0 to 1 of the frame, y down.
    """

    name: str
    x_px: int
    y_px: int
    width_px: int
    height_px: int
    pivot: tuple[float, float]


@dataclass(frozen=True, slots=True)
class SheetGrid:
    """What a reader of a grid must be given, in pixels as (x, y).

    Attributes:
        columns: Frames in a row.
        rows: Rows.
        frame_px: Size of a frame.
        offset_px: Corner of the first frame.
        step_px: From one frame's corner to the next one's.
    """

    columns: int
    rows: int
    frame_px: tuple[int, int]
    offset_px: tuple[int, int]
    step_px: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A sheet's frames, in the order they were given.

    Attributes:
        width_px: Width of the sheet.
        height_px: Height of the sheet.
        frames: One entry per frame.
        columns: Frames in a row if they stand in a grid without gaps between equal frames, else None.
        grid: The grid that they stand in, gaps or not; None for a packed sheet.
    """

    width_px: int
    height_px: int
    frames: tuple[Frame, ...]
    columns: int | None
    grid: SheetGrid | None = None

    @property
    def rows(self) -> int | None:
        """Rows of the grid, or None for a packed sheet."""
        return None if self.columns is None else -(-len(self.frames) // self.columns)


def grid_sheet(
    frames: Sequence[Rgba],
    *,
    columns: int | None = None,
    names: Sequence[str] | None = None,
    pivot: tuple[float, float] = (0.5, 0.5),
    padding_px: int = 0,
    extrude_px: int = 0,
) -> tuple[Rgba, SheetLayout]:
    """Lay frames of one size out in rows.

    Args:
        frames: (H, W, 4) uint8 each, all of one size.
        columns: Frames in a row; by default as square as it gets.
        names: One per frame; by default their numbers.
        pivot: The same for all frames.
        padding_px: Transparent pixels between frames and around the sheet.
        extrude_px: Each frame's outermost pixels are repeated so often around it, against bleeding when sampled.

    Returns:
        The sheet and where each frame stands.

    Raises:
        SheetError: No frames, too many, frames of different sizes, a wrong number of names, or too large a sheet.
    """
    _check(frames, names, padding_px, extrude_px)
    height_px, width_px = frames[0].shape[:2]
    if any(frame.shape != frames[0].shape for frame in frames):
        sizes = sorted({f"{frame.shape[1]} x {frame.shape[0]}" for frame in frames})
        raise SheetError(f"frames of {len(sizes)} sizes ({', '.join(sizes[:4])}) on a grid", hint="pack them instead")
    columns = columns or int(np.ceil(np.sqrt(len(frames))))
    if not 1 <= columns <= len(frames):
        raise SheetError(f"{columns} columns for {len(frames)} frames", hint=f"give 1 to {len(frames)}")
    rows = -(-len(frames) // columns)
    step_x = width_px + 2 * extrude_px + padding_px
    step_y = height_px + 2 * extrude_px + padding_px
    size_px = (columns * step_x + padding_px, rows * step_y + padding_px)
    corners = [
        (padding_px + index % columns * step_x, padding_px + index // columns * step_y) for index in range(len(frames))
    ]
    plain = padding_px == 0 and extrude_px == 0
    sheet, layout = _draw(frames, corners, size_px, names, pivot, extrude_px, columns if plain else None)
    first_px = padding_px + extrude_px
    grid = SheetGrid(columns, rows, (width_px, height_px), (first_px, first_px), (step_x, step_y))
    return sheet, replace(layout, grid=grid)


def packed_sheet(
    frames: Sequence[Rgba],
    *,
    names: Sequence[str] | None = None,
    pivot: tuple[float, float] = (0.5, 0.5),
    padding_px: int = 1,
    extrude_px: int = 0,
    power_of_two: bool = False,
) -> tuple[Rgba, SheetLayout]:
    """Pack frames of any sizes into a small sheet; no frame is turned.

    Args:
        frames: (H, W, 4) uint8 each.
        names: One per frame; by default their numbers.
        pivot: The same for all frames.
        padding_px: Transparent pixels between frames and around the sheet.
        extrude_px: Each frame's outermost pixels are repeated so often around it.
        power_of_two: Make both sides powers of two.

    Returns:
        The sheet and where each frame stands.

    Raises:
        SheetError: No frames, too many, a wrong number of names, or too large a sheet.
    """
    _check(frames, names, padding_px, extrude_px)
    around = 2 * extrude_px + padding_px
    boxes = [(frame.shape[1] + around, frame.shape[0] + around) for frame in frames]
    corners, (width_px, height_px) = _packed(boxes, LARGEST_SIDE_PX - padding_px)
    size_px = (width_px + padding_px, height_px + padding_px)
    if power_of_two:
        size_px = power_of_two_size(size_px)
    placed = [(x + padding_px, y + padding_px) for x, y in corners]
    return _draw(frames, placed, size_px, names, pivot, extrude_px, None)


def _packed(boxes: list[tuple[int, int]], largest_px: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """The corner of each box in the smallest of several nearly square bins that takes them all."""
    area = sum(width * height for width, height in boxes)
    side = max(int(np.ceil(np.sqrt(area))), max(width for width, _ in boxes))
    best: tuple[int, list[tuple[int, int]], tuple[int, int]] | None = None
    for bin_width in sorted({min(int(side * stretch), largest_px) for stretch in (1.0, 1.05, 1.15, 1.3, 1.6, 2.0)}):
        packer: Any = PackerBBF(rotation=False, sort_algo=SORT_SSIDE)  # rectpack has no types
        for index, (width, height) in enumerate(boxes):
            packer.add_rect(width, height, rid=index)
        packer.add_bin(bin_width, largest_px)
        packer.pack()
        placed: dict[int, tuple[int, int]] = {rid: (x, y) for _, x, y, _, _, rid in packer.rect_list()}
        if len(placed) < len(boxes):
            continue
        corners = [placed[index] for index in range(len(boxes))]
        width_px = max(x + width for (x, _), (width, _) in zip(corners, boxes, strict=True))
        height_px = max(y + height for (_, y), (_, height) in zip(corners, boxes, strict=True))
        cost = max(width_px, height_px) * (width_px + height_px)
        if best is None or cost < best[0]:
            best = (cost, corners, (width_px, height_px))
    if best is None:
        raise SheetError(
            f"{len(boxes)} frames of {area:,} px in all do not fit on {largest_px} x {largest_px} px",
            hint="make several sheets",
        )
    return best[1], best[2]


def _draw(
    frames: Sequence[Rgba],
    corners: list[tuple[int, int]],
    size_px: tuple[int, int],
    names: Sequence[str] | None,
    pivot: tuple[float, float],
    extrude_px: int,
    columns: int | None,
) -> tuple[Rgba, SheetLayout]:
    width_px, height_px = size_px
    if max(size_px) > LARGEST_SIDE_PX:
        raise SheetError(
            f"the sheet would have {width_px} x {height_px} px, at most {LARGEST_SIDE_PX} a side",
            hint="use more columns, or several sheets",
        )
    sheet = np.zeros((height_px, width_px, 4), dtype=np.uint8)
    placed: list[Frame] = []
    for index, (frame, (x, y)) in enumerate(zip(frames, corners, strict=True)):
        framed = np.pad(frame, ((extrude_px, extrude_px), (extrude_px, extrude_px), (0, 0)), mode="edge")
        sheet[y : y + framed.shape[0], x : x + framed.shape[1]] = framed
        name = names[index] if names else str(index)
        placed.append(Frame(name, x + extrude_px, y + extrude_px, frame.shape[1], frame.shape[0], pivot))
    return sheet, SheetLayout(width_px, height_px, tuple(placed), columns)


def _check(frames: Sequence[Rgba], names: Sequence[str] | None, padding_px: int, extrude_px: int) -> None:
    if not 1 <= len(frames) <= MOST_FRAMES:
        raise SheetError(f"{len(frames)} frames for a sheet", hint=f"give 1 to {MOST_FRAMES}")
    if names is not None and (len(names) != len(frames) or len(set(names)) != len(names)):
        raise SheetError(f"{len(set(names))} different names for {len(frames)} frames", hint="give each its own")
    if not (0 <= padding_px <= 64 and 0 <= extrude_px <= 64):
        raise SheetError(f"padding of {padding_px} px and extrusion of {extrude_px} px", hint="give 0 to 64")
    for frame in frames:
        require_rgba(frame)
