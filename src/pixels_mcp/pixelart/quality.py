"""Facts about a picture that a program can check."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from pixels_mcp.pixelart.colors.color import hex_code, oklab
from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys, require_rgba
from pixels_mcp.told_apart import JsonObject

ORPHAN_DISTANCE = 0.1
"""OKLab distance from which a pixel stands out from its neighbour."""

PALETTE_LISTED = 256
"""Colours listed in the facts of a picture that has more."""


@dataclass(frozen=True, slots=True)
class PixelFacts:
    """What is true of a picture; one field per claim.

    Attributes:
        width_px: Width of the file's picture.
        height_px: Height of the file's picture.
        cell_px: Side of one drawn pixel in the file's pixels; 1 is native pixel art.
        on_grid: Every cell of `cell_px` x `cell_px` pixels has exactly one colour and alpha.
        colors: Different colours among the pixels that are not fully transparent.
        palette: Those colours as `#rrggbb`, the most used first; at most 256 are listed.
        alpha_levels: Different alpha values; 1 or 2 in true pixel art.
        orphan_pixels_per_1000: Opaque pixels that stand out from all eight neighbours, per 1,000 opaque ones.
        bounding_box: [x, y, width, height] of what is not fully transparent, in file pixels; all 0 if nothing is.
        margins: [left, top, right, bottom] transparent columns and rows around the bounding box.
        seam_error_x: How much the left and right edges differ beyond what neighbouring columns do, 0 to about
            100 (OKLab distance x 100); 0 is seamless.
        seam_error_y: The same for the top and bottom edges.
        padded: The picture stands on a larger canvas than it was drawn on.
        resampled: The picture was brought to another size than its recovered grid had.
        background_removed: A background was taken away.
    """

    width_px: int
    height_px: int
    cell_px: float
    on_grid: bool
    colors: int
    palette: list[str]
    alpha_levels: int
    orphan_pixels_per_1000: float
    bounding_box: list[int]
    margins: list[int]
    seam_error_x: float
    seam_error_y: float
    padded: bool
    resampled: bool
    background_removed: bool

    def to_dict(self) -> JsonObject:
        """The facts as plain values, in the order of the fields."""
        return asdict(self)


def measure_facts(
    pixels: Rgba,
    *,
    cell_px: float = 1,
    padded: bool = False,
    resampled: bool = False,
    background_removed: bool = False,
) -> PixelFacts:
    """Measure a picture.

    Args:
        pixels: (H, W, 4) uint8, sRGB, straight alpha.
        cell_px: Side of one drawn pixel; a fractional one is never on the grid of whole pixels.
        padded: What the caller did before, taken into the facts as it is.
        resampled: Likewise.
        background_removed: Likewise.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    height_px, width_px = pixels.shape[:2]
    visible = pixels[..., 3] > 0
    keys, counts = np.unique(color_keys(pixels[visible][:, :3]), return_counts=True)
    most_used = from_keys(keys[np.argsort(-counts, kind="stable")][:PALETTE_LISTED])
    box = bounding_box(visible)
    seam_error_x, seam_error_y = seam_errors(pixels)
    return PixelFacts(
        width_px=width_px,
        height_px=height_px,
        cell_px=cell_px,
        on_grid=is_on_grid(pixels, cell_px),
        colors=len(keys),
        palette=[hex_code(rgb) for rgb in most_used],
        alpha_levels=len(np.unique(pixels[..., 3])),
        orphan_pixels_per_1000=orphans_per_1000(pixels, cell_px),
        bounding_box=box,
        margins=_margins(box, width_px, height_px),
        seam_error_x=seam_error_x,
        seam_error_y=seam_error_y,
        padded=padded,
        resampled=resampled,
        background_removed=background_removed,
    )


def bounding_box(visible: np.ndarray) -> list[int]:
    """[x, y, width, height] of the true part of an (H, W) bool array; all 0 if nothing is true."""
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    if rows.size == 0:
        return [0, 0, 0, 0]
    x, y = int(columns[0]), int(rows[0])
    return [x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1]


def _margins(box: list[int], width_px: int, height_px: int) -> list[int]:
    x, y, width, height = box
    return [x, y, width_px - x - width, height_px - y - height]


def is_on_grid(pixels: Rgba, cell_px: float) -> bool:
    """Whether every cell of whole pixels, counted from the top left corner, has one colour and alpha."""
    height_px, width_px = pixels.shape[:2]
    if cell_px != int(cell_px) or cell_px < 1 or height_px % int(cell_px) or width_px % int(cell_px):
        return False
    corners = pixels[:: int(cell_px), :: int(cell_px)]
    return bool((corners.repeat(int(cell_px), 0).repeat(int(cell_px), 1) == pixels).all())


def orphan_mask(pixels: Rgba) -> np.ndarray:
    """(H, W) bool: opaque pixels that are plainly another colour than each opaque neighbour of the eight.

    A pixel without any opaque neighbour is an orphan too.
    """
    opaque = pixels[..., 3] >= 128
    height_px, width_px = opaque.shape
    lab = np.pad(oklab(pixels[..., :3]), ((1, 1), (1, 1), (0, 0)))
    around = np.pad(opaque, 1)
    related = np.zeros_like(opaque)
    for dy in range(3):
        for dx in range(3):
            if (dy, dx) == (1, 1):
                continue
            window = (slice(dy, dy + height_px), slice(dx, dx + width_px))
            near = ((lab[window] - lab[1:-1, 1:-1]) ** 2).sum(-1) <= ORPHAN_DISTANCE**2
            related |= near & around[window]
    return opaque & ~related


def orphans_per_1000(pixels: Rgba, cell_px: float = 1) -> float:
    """Orphan cells per 1,000 opaque cells, to two decimals; cells are read at their centres."""
    half = int(cell_px / 2)
    step = max(1, round(cell_px))
    cells = pixels[half::step, half::step]
    opaque_count = int((cells[..., 3] >= 128).sum())
    return round(1000 * int(orphan_mask(cells).sum()) / opaque_count, 2) if opaque_count else 0.0


def seam_errors(pixels: Rgba) -> tuple[float, float]:
    """How visible the seams are when the picture is repeated: (left to right, top to bottom).

    The mean OKLab distance (x 100) across the seam, less the mean distance between neighbouring lines inside;
    never below 0. Alpha counts as a fourth axis, so that a sprite with clear margins has no seam.
    """
    alpha = pixels[..., 3:].astype(np.float32) / 255
    looks = np.concatenate([oklab(pixels[..., :3]) * alpha, alpha], axis=-1)
    return _seam_error(looks.swapaxes(0, 1)), _seam_error(looks)


def _seam_error(lines: np.ndarray) -> float:
    if len(lines) < 2:
        return 0.0
    inside = float(np.linalg.norm(np.diff(lines, axis=0), axis=-1).mean())
    across = float(np.linalg.norm(lines[0] - lines[-1], axis=-1).mean())
    return round(100 * max(0.0, across - inside), 2)
