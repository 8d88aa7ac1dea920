"""One robust colour per cell of a grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixels_mcp.pixelart.colors.color import float_oklab
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba
from pixels_mcp.pixelart.recovery.grid import Grid, Patch
from pixels_mcp.pixelart.recovery.ground import border_of

_CORE = 0.5
"""Inner share of a cell (per axis) that is looked at: its border belongs to the neighbours as well."""

_TORN_LEVELS = 36
"""How far (levels, summed over channels) every sample of a cell is from the median where an edge cuts it in halves."""

_MOST_SAMPLES = 7
_CELLS_COMPARED = 2500
_NOISY_PERCENT = 60
_FLAT_LEVELS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What was read from each cell.

    Attributes:
        rgb: (rows, columns, 3) float32, 0 to 255: the median colour of the core, or of its larger half where an
            edge cuts it; not rounded.
        opaque: (rows, columns) bool: at least half of the core is opaque.
        noise: Typical deviation of a core's pixels from its median, in levels (0 to 255); 0 in a clean picture.
        error: How far two halves of a core typically are from their middle (OKLab): what one colour is good for.
        busy: (rows, columns) bool: opaque cells that differ from a neighbour; flat surroundings are left out of
            `noise` and `error`, being clean even in a compressed picture.
    """

    rgb: np.ndarray
    opaque: np.ndarray
    noise: float
    error: float
    busy: np.ndarray


def read_cells(pixels: Rgba, grid: Grid) -> Cells:
    """Read the colour of every cell.

    Args:
        pixels: (H, W, 4) uint8.
        grid: Cuts along both axes, and those of its patches.
    """
    cells = _read(pixels, grid.x_cuts, grid.y_cuts)
    if not grid.patches:
        return cells
    parts = [_read(pixels, patch.x_cuts, patch.y_cuts) for patch in grid.patches]
    for patch, part in zip(grid.patches, parts, strict=True):
        cells = _with_patch(cells, patch, part, grid)
    noise, error = (float(np.median(of)) for of in zip(*((part.noise, part.error) for part in parts), strict=True))
    return replace(cells, noise=noise, error=error, busy=_busy(cells.rgb, cells.opaque))


def _read(pixels: Rgba, x_cuts: np.ndarray, y_cuts: np.ndarray) -> Cells:
    height_px, width_px = pixels.shape[:2]
    columns = _sample_lines(x_cuts, width_px)
    rows = _sample_lines(y_cuts, height_px)
    samples = pixels[rows[:, None, :, None], columns[None, :, None, :]]
    cores = samples.reshape(len(rows), len(columns), -1, 4)
    solid = cores[..., 3] >= OPAQUE_FROM
    rgb = cores[..., :3]
    if solid.all():
        median = np.median(rgb, axis=2).astype(np.float32)
        opaque = np.ones(median.shape[:2], dtype=bool)
    else:
        opaque = solid.mean(axis=2) >= 0.5
        # Sorting with what is transparent at the end gives the median of the opaque samples alone.
        ordered = np.sort(np.where(solid[..., None], rgb.astype(np.int16), 256), axis=2)
        middle = np.maximum(solid.sum(axis=2) - 1, 0)
        low = np.take_along_axis(ordered, (middle // 2)[..., None, None], axis=2)
        high = np.take_along_axis(ordered, ((middle + 1) // 2)[..., None, None], axis=2)
        median = ((low + high) / 2)[:, :, 0].astype(np.float32)
        median[~opaque] = 0
    median = _of_larger_parts(cores, median)
    busy = _busy(median, opaque)
    # Row by row: the differences of all samples would take more room than the picture.
    deviation = np.concatenate(
        [
            np.abs(row[at] - middle[at, None]).mean(axis=(1, 2))
            for row, middle, at in zip(rgb, median, busy, strict=True)
        ]
    )
    noise = float(np.percentile(deviation, _NOISY_PERCENT)) if deviation.size else 0.0
    return Cells(median, opaque, noise, _error(samples[busy]), busy)


def _of_larger_parts(cores: np.ndarray, median: np.ndarray) -> np.ndarray:
    """The medians, but of opaque cells that an edge cuts in halves that of the larger half: nobody drew the mixture.

    Args:
        cores: (rows, columns, K, 4) uint8.
        median: (rows, columns, 3) float32.
    """
    # Row by row, for the room that the differences take.
    torn = np.stack(
        [
            np.abs(row[..., :3] - middle[:, None]).sum(axis=-1).min(axis=-1) > _TORN_LEVELS
            for row, middle in zip(cores, median, strict=True)
        ]
    )
    torn[torn] = (cores[torn][..., 3] >= OPAQUE_FROM).all(axis=-1)
    if not torn.any():
        return median
    samples = cores[torn][..., :3].astype(np.float32)
    each = np.arange(len(samples))
    first = samples[each, np.abs(samples - samples.mean(axis=1, keepdims=True)).sum(axis=-1).argmax(axis=1)][:, None]
    second = samples[each, np.abs(samples - first).sum(axis=-1).argmax(axis=1)][:, None]
    near_first = np.abs(samples - first).sum(axis=-1) <= np.abs(samples - second).sum(axis=-1)
    larger = near_first == (near_first.mean(axis=1) >= 0.5)[:, None]
    mended = median.copy()
    mended[torn] = np.nanmedian(np.where(larger[..., None], samples, np.nan), axis=1)
    return mended


def _with_patch(cells: Cells, patch: Patch, own: Cells, grid: Grid) -> Cells:
    """Cells with a part of them read by cuts of its own; ground where only the cells of the whole held that part."""
    rgb, opaque = cells.rgb.copy(), cells.opaque.copy()
    rows, columns = own.opaque.shape
    (first_row, last_row), (first_column, last_column) = (
        (int(np.searchsorted(cuts, float(at[0]), side="right")) - 1, int(np.searchsorted(cuts, float(at[-1]))))
        for cuts, at in ((grid.y_cuts, patch.y_cuts), (grid.x_cuts, patch.x_cuts))
    )
    below = np.s_[max(0, first_row) : last_row, max(0, first_column) : last_column]
    rim, is_there = border_of(own.rgb), border_of(own.opaque)
    rgb[below], opaque[below] = np.median(rim, axis=0), is_there.mean() >= 0.5
    at = np.s_[patch.row : patch.row + rows, patch.column : patch.column + columns]
    rgb[at], opaque[at] = own.rgb, own.opaque
    return replace(cells, rgb=rgb, opaque=opaque)


def _busy(median: np.ndarray, opaque: np.ndarray) -> np.ndarray:
    """(rows, columns) bool: opaque cells that differ from a neighbour; all opaque ones if none does."""
    steps_x = np.abs(np.diff(median, axis=1)).sum(axis=2) > _FLAT_LEVELS
    steps_y = np.abs(np.diff(median, axis=0)).sum(axis=2) > _FLAT_LEVELS
    busy = np.zeros(opaque.shape, dtype=bool)
    busy[:, 1:] |= steps_x
    busy[:, :-1] |= steps_x
    busy[1:] |= steps_y
    busy[:-1] |= steps_y
    busy &= opaque
    return busy if busy.any() else opaque


def _error(cores: np.ndarray) -> float:
    """Half the typical OKLab distance between the two halves of a core.

    Args:
        cores: (N, K, L, 4) uint8.
    """
    few = cores[:: max(1, len(cores) // _CELLS_COMPARED)]
    if len(few) == 0:
        return 0.0
    half_y, half_x = few.shape[1] // 2, few.shape[2] // 2
    apart = [
        _halves_apart(few[:, :half_y], few[:, -half_y:]),
        _halves_apart(few[:, :, :half_x], few[:, :, -half_x:]),
    ]
    return float(np.mean(apart)) / 2


def _halves_apart(first: np.ndarray, second: np.ndarray) -> float:
    middles = [np.median(half.reshape(len(half), -1, 4), axis=1)[:, :3] for half in (first, second)]
    return float(np.median(np.linalg.norm(float_oklab(middles[0]) - float_oklab(middles[1]), axis=-1)))


def _sample_lines(cuts: np.ndarray, length_px: int) -> np.ndarray:
    """(cells, K) pixel lines spread over the core of each cell."""
    sizes = np.diff(cuts)
    count = int(np.clip(round(_CORE * float(np.median(sizes))), 3, _MOST_SAMPLES))
    shares = 0.5 + _CORE * ((np.arange(count) + 0.5) / count - 0.5)
    lines = cuts[:-1, None] + sizes[:, None] * shares
    return np.clip(lines.astype(np.int64), 0, length_px - 1)
