"""Fewer colours: merging those that look alike, an exact number of them, or those of a palette."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import KDTree

from pixels_mcp.pixelart.colors.color import oklab, srgb
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys, require_rgba

JUST_ALIKE = 0.035
"""OKLab distance under which two colours of one drawing were meant to be one."""

_PLAINLY_DIFFERENT = 0.06
"""OKLab distance from which two steps of a ramp are plainly different."""

_FEWEST_OF_ARTIST, _MOST_OF_ARTIST = 2, 32

_FEW_POINTS, _MOST_POINTS = 256, 900
"""Colours that the pairwise merge takes as they are, and at most; more are first gathered into boxes of OKLab."""

_FINEST_BOX, _BOX_PER_TOLERANCE = 0.004, 0.3


def few_colors(pixels: Rgba) -> int:
    """How many colours a pixel artist would use for a picture: plainly different ones, 2 to 32.

    Args:
        pixels: (H, W, 4) uint8; pixels with alpha 0 are not looked at.
    """
    require_rgba(pixels)
    keys, counts = np.unique(color_keys(pixels[pixels[..., 3] > 0][:, :3]), return_counts=True)
    if len(keys) <= _FEWEST_OF_ARTIST:
        return _FEWEST_OF_ARTIST
    groups = merge_points(oklab(from_keys(keys)), counts, tolerance=_PLAINLY_DIFFERENT)
    return int(np.clip(groups.max() + 1, _FEWEST_OF_ARTIST, _MOST_OF_ARTIST))


def merge_colors(pixels: Rgba, *, tolerance: float = JUST_ALIKE, max_colors: int | None = None) -> Rgba:
    """Merge colours that look alike, then the least different ones until few enough are left.

    Args:
        pixels: (H, W, 4) uint8; pixels with alpha 0 are not looked at.
        tolerance: Colours nearer than this (OKLab) become one.
        max_colors: At most so many colours stay; None keeps all that differ.

    Returns:
        A new (H, W, 4) uint8 array; alpha is unchanged.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    visible = pixels[..., 3] > 0
    keys, inverse, counts = np.unique(color_keys(pixels[visible][:, :3]), return_inverse=True, return_counts=True)
    if len(keys) < 2:
        return pixels.copy()
    colors = from_keys(keys)
    groups = merge_points(oklab(colors), counts, tolerance=tolerance, max_groups=max_colors)
    merged = pixels.copy()
    merged[visible, :3] = group_colors(colors, counts, groups)[groups][inverse]
    return merged


def group_colors(colors: np.ndarray, counts: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean colour of each group, (G, 3) uint8; a group of one keeps its colour to the bit.

    Args:
        colors: (N, 3) uint8.
        counts: (N,) how often each colour is used.
        groups: (N,) group of each colour, 0 to G - 1.
    """
    lab = oklab(colors).astype(np.float64)
    total = np.bincount(groups, counts)
    mean = np.stack([np.bincount(groups, counts * lab[:, axis]) / total for axis in range(3)], axis=1)
    result = srgb(mean)
    alone = np.bincount(groups) == 1
    _, first = np.unique(groups, return_index=True)
    result[alone] = colors[first[alone]]
    return result


def merge_points(lab: np.ndarray, counts: np.ndarray, *, tolerance: float, max_groups: int | None = None) -> np.ndarray:
    """Group points: the nearest two groups merge into their mean, again and again.

    When it ends, no two means are nearer than `tolerance`; with `max_groups`, the merges go on by least
    change to the picture (Ward's cost on the square root of the counts, so that small details live).

    Args:
        lab: (N, 3) float, OKLab.
        counts: (N,) how often each point is used.
        tolerance: Means nearer than this merge.
        max_groups: At most so many groups; None for no limit.

    Returns:
        (N,) int, the group of each point, 0 to G - 1.
    """
    if len(lab) > _FEW_POINTS:
        boxes = _gather(lab, max(_FINEST_BOX, _BOX_PER_TOLERANCE * tolerance))
        weight = np.bincount(boxes, counts)
        means = np.stack([np.bincount(boxes, counts * lab[:, k]) / weight for k in range(3)], axis=1)
        return _merged(means, weight, tolerance, max_groups)[boxes]
    return _merged(lab, counts, tolerance, max_groups)


def _merged(lab: np.ndarray, counts: np.ndarray, tolerance: float, max_groups: int | None) -> np.ndarray:
    nearest_first = Merger(lab, counts, by_change=False)
    nearest_first.merge(below=tolerance, fewest=1)
    if max_groups is not None and nearest_first.group_count > max_groups:
        least_change = Merger(nearest_first.means, nearest_first.weight, by_change=True)
        least_change.merge(below=np.inf, fewest=max_groups)
        return least_change.groups[nearest_first.groups]
    return nearest_first.groups


class Merger:
    """Agglomerative merging of weighted points, the cheapest pair first.

    Args:
        lab: (N, 3) float.
        counts: (N,) weights.
        by_change: A pair costs its squared distance times the harmonic mean of the square roots of its
            weights (Ward's cost, softened); otherwise its distance.
    """

    def __init__(self, lab: np.ndarray, counts: np.ndarray, *, by_change: bool) -> None:
        self._means = np.array(lab, dtype=np.float64)
        self._weight = np.array(counts, dtype=np.float64)
        self._by_change = by_change
        self._alive = np.ones(len(lab), dtype=bool)
        self._into = np.arange(len(lab))
        self._cost = np.stack([self._costs_of(index) for index in range(len(lab))])
        self._partner = self._cost.argmin(axis=1)
        self._cheapest = self._cost[np.arange(len(lab)), self._partner]

    @property
    def group_count(self) -> int:
        """Groups that are left."""
        return int(self._alive.sum())

    @property
    def groups(self) -> np.ndarray:
        """(N,) int, the group of each point, 0 to `group_count` - 1."""
        number = np.cumsum(self._alive) - 1
        into = self._into
        while True:
            further = into[into]
            if (further == into).all():
                return number[into]
            into = further

    @property
    def means(self) -> np.ndarray:
        """(groups, 3) float, the weighted mean of each."""
        return self._means[self._alive]

    @property
    def weight(self) -> np.ndarray:
        """(groups,) float, the summed weight of each."""
        return self._weight[self._alive]

    def merge(self, *, below: float, fewest: int) -> None:
        """Merge while the cheapest pair costs less than `below` and more than `fewest` groups are left."""
        for _ in range(self.group_count - fewest):
            kept = int(self._cheapest.argmin())
            if not self._cheapest[kept] < below:
                return
            self._join(kept, int(self._partner[kept]))

    def _costs_of(self, index: int) -> np.ndarray:
        distance = np.sqrt(((self._means - self._means[index]) ** 2).sum(axis=1))
        if self._by_change:
            soft, own = np.sqrt(self._weight), np.sqrt(self._weight[index])
            distance = distance**2 * soft * own / (soft + own)
        distance[~self._alive] = np.inf
        distance[index] = np.inf
        return distance

    def _join(self, kept: int, gone: int) -> None:
        total = self._weight[kept] + self._weight[gone]
        self._means[kept] += (self._means[gone] - self._means[kept]) * (self._weight[gone] / total)
        self._weight[kept] = total
        self._into[gone] = kept
        self._alive[gone] = False
        self._cheapest[gone] = np.inf
        self._cost[gone] = self._cost[:, gone] = np.inf
        costs = self._costs_of(kept)
        self._cost[kept] = self._cost[:, kept] = costs
        # Only rows that pointed at one of the two, or that are now nearer to the new mean, change.
        closer = costs < self._cheapest
        self._cheapest[closer], self._partner[closer] = costs[closer], kept
        stale = self._alive & ((self._partner == kept) | (self._partner == gone)) & ~closer
        stale[kept] = True
        self._partner[stale] = self._cost[stale].argmin(axis=1)
        self._cheapest[stale] = self._cost[stale, self._partner[stale]]


def _gather(lab: np.ndarray, side: float) -> np.ndarray:
    """(N,) box of each point, in boxes of at least this side of which at most `_MOST_POINTS` are used."""
    while True:
        cells = np.floor(lab / side).astype(np.int64) + (1 << 20)
        keys = (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]
        keys_once, boxes = np.unique(keys, return_inverse=True)
        if len(keys_once) <= _MOST_POINTS:
            return boxes
        side *= 1.25


def snap_to_palette(pixels: Rgba, palette: Palette) -> Rgba:
    """Give every pixel the palette colour that looks nearest (Euclidean in OKLab).

    Args:
        pixels: (H, W, 4) uint8, sRGB, straight alpha; pixels with alpha 0 are not looked at.
        palette: 2 to 256 colours.

    Returns:
        A new (H, W, 4) uint8 array; alpha is unchanged.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    return snap_by(pixels, palette, lambda own, given, _counts: np.asarray(KDTree(given).query(own)[1]))


def snap_by(pixels: Rgba, palette: Palette, choose: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Rgba:
    """Give every pixel the palette colour that is chosen for its own.

    Args:
        pixels: (H, W, 4) uint8, sRGB, straight alpha; pixels with alpha 0 are not looked at.
        palette: 2 to 256 colours.
        choose: From the picture's N colours and the palette's M, (N, 3) and (M, 3) OKLab, and the (N,) pixels of each
            of its own: (N,) numbers of palette colours.

    Returns:
        A new (H, W, 4) uint8 array; alpha is unchanged.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    visible = pixels[..., 3] > 0
    keys, inverse, counts = np.unique(color_keys(pixels[visible][:, :3]), return_inverse=True, return_counts=True)
    snapped = pixels.copy()
    if len(keys):
        chosen = choose(oklab(from_keys(keys)), oklab(palette.colors), counts)
        snapped[visible, :3] = palette.colors[chosen][inverse]
    return snapped
