"""Checkerboards that tools paint where they mean transparency: two greys in squares of any size.

Their squares have edges at even steps, plainer than any drawing's, so they must go before a grid is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, bands

_GRAY_CHROMA_LEVELS = 26
"""Difference between the channels up to which a pixel is grey: some boards are a little tinted, or JPEG tints them."""

_TINT_LEVELS = 10
"""How much the difference between two channels of a board's pixel may be off the board's own."""

_CLEAR_LEVEL, _COLORED = 320, -1000
"""Stand for transparent and coloured pixels among the levels 0 to 255: of some boards one grey was already erased."""

_LEAST_APART_LEVELS, _TOLERANCE_SHARE, _MOST_TOLERANCE_LEVELS = 6, 0.35, 24
_LEAST_SHARE, _LEAST_TOGETHER = 0.2, 0.6
"""Shares of the border that each of the two greys, and both together, must have."""

_SMALLEST_SQUARE_PX, _LARGEST_SQUARE_SHARE = 3, 0.2
_ALTERNATES, _REPEATS = -0.5, 0.2
"""Correlation of a board with itself moved by one square (at most), and by two (at least)."""

_LARGEST_PER_SQUARE, _REACH_PER_SQUARE, _BRIDGE_PER_SQUARE, _CRUMB_PER_SQUARE = 1.5, 0.2, 0.1, 0.15
"""In sides of a square: how large a patch may be, how far the mixture of two reaches, how thick a bridge at a corner
is, and what compression leaves over."""

_MOST_REACH_PX = 4

_LEAST_SQUARES, _LEAST_BOARD = 12, 0.08
_LEAST_DRAWING = 0.004


@dataclass(frozen=True, slots=True, eq=False)
class Checkerboard:
    """A painted checkerboard.

    Attributes:
        mask: (H, W) bool: where it is seen, also through holes of the drawing.
        square_px: Side of a square.
        levels: The two greys, 0 to 255; one of them is missing where it was already erased.
    """

    mask: np.ndarray
    square_px: float
    levels: tuple[int, ...]

    def cleared(self, pixels: Rgba) -> Rgba:
        """The picture with alpha 0 and zero colour where the board was."""
        cut = np.array(pixels, order="C")
        cut.view(np.uint32)[..., 0] *= ~self.mask
        return cut

    def note(self, *, kept: bool = False) -> str:
        """What a person should know, a sentence."""
        greys = " and ".join(f"#{level:02x}{level:02x}{level:02x}" for level in self.levels)
        done = "was kept; the grid is that of the drawing on it" if kept else "was taken for transparency"
        return f"A painted checkerboard (squares of {self.square_px:g} px in {greys}) {done}."


def find_checkerboard(pixels: Rgba) -> Checkerboard | None:
    """Find a checkerboard that reaches the border of a picture and stands for transparency.

    Args:
        pixels: (H, W, 4) uint8.

    Returns:
        The board, or None: none is there, or nothing is drawn on it.
    """
    # The border tells nearly every picture without a board: all of it is looked at only where squares stand there.
    border = _border(pixels)
    pair = _two_greys([_levels(strip) for strip in border])
    if pair is None:
        return None
    tint = _tint(pixels, pair)
    square_px = _square_px([_signs(_levels_of_tint(strip, tint), pair) for strip in border])
    if square_px is None:
        return None
    level = np.concatenate([_levels_of_tint(pixels[lines], tint) for lines in bands(len(pixels))])
    mask = _board(level, [_alike(level, one, pair) for one in pair], pair, square_px)
    if mask is None:
        return None
    visible = sorted(one for one in pair if one != _CLEAR_LEVEL)
    return Checkerboard(mask, square_px, tuple(visible))


def _border(pixels: Rgba) -> tuple[Rgba, Rgba, Rgba, Rgba]:
    """The strips at the top, bottom, left and right."""
    wide = int(np.clip(min(pixels.shape[:2]) // 64, 2, 16))
    return pixels[:wide], pixels[-wide:], pixels[:, :wide], pixels[:, -wide:]


def _levels(pixels: Rgba) -> np.ndarray:
    """(H, W) int16: the level of grey pixels, `_COLORED` or `_CLEAR_LEVEL` for others."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    low, high = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    level = low.astype(np.int16)
    level += high
    level //= 2
    level[high - low > _GRAY_CHROMA_LEVELS] = _COLORED
    level[pixels[..., 3] < OPAQUE_FROM] = _CLEAR_LEVEL
    return level


def _levels_of_tint(pixels: Rgba, tint: tuple[float, float]) -> np.ndarray:
    """The levels without those of pixels whose tint is not that of the two greys: dark outlines are nearly grey too."""
    level = _levels(pixels)
    other = np.zeros(level.shape, dtype=bool)
    for first, own in enumerate(tint):
        apart = pixels[..., first + 1].astype(np.int16) - pixels[..., first]
        other |= (apart < ceil(own - _TINT_LEVELS)) | (apart > floor(own + _TINT_LEVELS))
    level[other & (level != _CLEAR_LEVEL)] = _COLORED
    return level


def _tint(pixels: Rgba, pair: tuple[int, int]) -> tuple[float, float]:
    """How much more green than red and more blue than green the two greys have: the medians of every seventh pixel."""
    samples: list[np.ndarray] = []
    skipped = 0
    for lines in bands(len(pixels)):
        level = _levels(pixels[lines])
        grey = np.flatnonzero(np.any([_alike(level, one, pair) for one in pair if one != _CLEAR_LEVEL], axis=0))
        samples.append(pixels[lines].reshape(-1, 4)[grey[skipped::7], :3].astype(np.int16))
        skipped = (skipped - len(grey)) % 7
    red, green, blue = np.concatenate(samples).T
    return float(np.median(green - red)), float(np.median(blue - green))


def _alike(level: np.ndarray, one: int, pair: tuple[int, int]) -> np.ndarray:
    """Which levels are that one of the two greys, within what noise does to two so far apart."""
    tolerance = int(min(_MOST_TOLERANCE_LEVELS, max(2.0, _TOLERANCE_SHARE * abs(pair[1] - pair[0]))))
    return np.abs(level - np.int16(one)) <= tolerance


def _signs(level: np.ndarray, pair: tuple[int, int]) -> np.ndarray:
    """int8: 1 for the first of the two greys, -1 for the second, 0 for everything else."""
    return _alike(level, pair[0], pair).astype(np.int8) - _alike(level, pair[1], pair).astype(np.int8)


def _two_greys(strips: list[np.ndarray]) -> tuple[int, int] | None:
    """The two levels that the border has most, if they are most of it; a transparent one may be one of them."""
    border = np.concatenate([strip.ravel() for strip in strips])
    count = np.bincount(border[border >= 0], minlength=_CLEAR_LEVEL + 8).astype(np.float64)
    smooth = np.convolve(count, np.ones(7), "same")
    greys: list[int] = []
    for _ in range(2):
        top = int(smooth.argmax())
        near = slice(max(0, top - 3), top + 4)
        greys.append(_CLEAR_LEVEL if top >= _CLEAR_LEVEL - 8 else int(count[near].argmax()) + near.start)
        smooth[max(0, top - 5 - _LEAST_APART_LEVELS // 2) : top + 6 + _LEAST_APART_LEVELS // 2] = 0
    pair = greys[0], greys[1]
    shares = [float(_alike(border, one, pair).mean()) for one in pair]
    if abs(pair[1] - pair[0]) < _LEAST_APART_LEVELS or min(shares) < _LEAST_SHARE or sum(shares) < _LEAST_TOGETHER:
        return None
    return pair


def _square_px(strips: list[np.ndarray]) -> float | None:
    """The side of the squares, if the two greys alternate along both axes of the border; else None."""
    top, bottom, left, right = strips
    sides: list[float] = []
    for both in ((top, bottom), (left.T, right.T)):
        lines = np.concatenate(both).astype(np.float32)
        most = int(_LARGEST_SQUARE_SHARE * lines.shape[1])
        moved = [_likeness(lines, lag) for lag in range(1, 2 * most + 1)]
        likeness = np.array(moved)
        if most < _SMALLEST_SQUARE_PX or likeness[:most].min() > _ALTERNATES:
            return None
        first = int(np.flatnonzero(likeness[:most] <= likeness[:most].min() + 0.15)[0])
        # The minimum is flat where squares are large: its middle is the side.
        last = first
        while last + 1 < most and likeness[last + 1] <= likeness[:most].min() + 0.15:
            last += 1
        side_px = (first + last) / 2 + 1
        again = likeness[max(0, int(1.8 * side_px) - 1) : int(2.2 * side_px) + 1]
        if side_px < _SMALLEST_SQUARE_PX or again.size == 0 or again.max() < _REPEATS:
            return None
        sides.append(side_px)
    if max(sides) > 1.25 * min(sides):
        return None
    return float(np.mean(sides))


def _likeness(lines: np.ndarray, lag: int) -> float:
    """Correlation of lines of -1, 0, 1 with themselves moved by `lag`, where neither is 0."""
    product = lines[:, lag:] * lines[:, :-lag]
    known = float(np.abs(product).sum())
    return float(product.sum()) / known if known else 0.0


def _board(level: np.ndarray, sides: list[np.ndarray], pair: tuple[int, int], square_px: float) -> np.ndarray | None:
    """(H, W) bool: squares of both greys that hang together with the border, or with each other in a hole."""
    squares = [
        side if one == _CLEAR_LEVEL else _squares(side, square_px) for side, one in zip(sides, pair, strict=True)
    ]
    reach = int(np.clip(round(_REACH_PER_SQUARE * square_px), 1, _MOST_REACH_PX))
    either = squares[0] | squares[1]
    low, high = min(pair), max(pair)
    between = (level >= low) & (level <= high)
    near: np.ndarray = np.asarray(ndimage.binary_dilation(either, iterations=reach))
    patches = np.zeros(level.shape, dtype=np.int32)
    ndimage.label(either | (between & near), output=patches)
    size = int(patches.max()) + 1
    areas = [_areas(patches, size, side) for side in squares]
    edge = np.unique(np.concatenate([patches[0], patches[-1], patches[:, 0], patches[:, -1]]))
    # A hole shows squares of both greys; a patch of one grey is as well a part of the drawing.
    part = 0.2 * square_px**2
    is_board = (areas[0] >= part) & (areas[1] >= part)
    is_board[edge] |= (areas[0] + areas[1] > 0)[edge]
    is_board[0] = False
    mask = is_board[patches]
    del patches, near, between  # a large picture's crumbs need that room
    mask |= _crumbs(~mask, max(2.0, (_CRUMB_PER_SQUARE * square_px) ** 2))
    shown = mask & either
    if shown.sum() < _LEAST_SQUARES * square_px**2 or mask.mean() < _LEAST_BOARD or (~mask).mean() < _LEAST_DRAWING:
        return None
    return mask


def _crumbs(rest: np.ndarray, most_px: float) -> np.ndarray:
    """(H, W) bool: the patches of at most so many pixels."""
    patches = np.zeros(rest.shape, dtype=np.int32)
    ndimage.label(rest, output=patches)
    small = _areas(patches, int(patches.max()) + 1) <= most_px
    small[0] = False
    return small[patches]


def _areas(patches: np.ndarray, size: int, where: np.ndarray | None = None) -> np.ndarray:
    """(size,) int: how many pixels each patch has, of those in `where`; in bands, for counting widens."""
    areas = np.zeros(size, dtype=np.int64)
    for lines in bands(len(patches)):
        band = patches[lines].ravel() if where is None else patches[lines][where[lines]]
        areas += np.bincount(band, minlength=size)
    return areas


def _squares(side: np.ndarray, square_px: float) -> np.ndarray:
    """(H, W) bool: the patches of one grey that are no larger than a square; bridges at corners are cut first."""
    thin = int(_BRIDGE_PER_SQUARE * square_px)
    cores = ndimage.binary_erosion(side, iterations=thin, border_value=1) if thin else side
    patches = np.zeros(side.shape, dtype=np.int32)
    ndimage.label(cores, output=patches)
    most = _LARGEST_PER_SQUARE * square_px + 1 - 2 * thin
    fits = np.array(
        [False] + [max(y.stop - y.start, x.stop - x.start) <= most for y, x in ndimage.find_objects(patches)]
    )
    squares = fits[patches]
    return ndimage.binary_dilation(squares, iterations=thin + 1, mask=side) if thin else squares
