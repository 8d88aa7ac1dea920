"""The style of a set of pictures, and how far other pictures are from it, by the set's own spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from pixels_mcp.errors import PixelArtError
from pixels_mcp.pixelart.colors.color import oklab, srgb
from pixels_mcp.pixelart.colors.palettes import MIN_COLORS, Palette
from pixels_mcp.pixelart.colors.quantize import JUST_ALIKE, group_colors, merge_points
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, require_rgba
from pixels_mcp.pixelart.style.fingerprint import FEATURE_NAMES, LEAST_SPREAD, fingerprint
from pixels_mcp.told_apart import JsonObject

PICTURES_MIN, PICTURES_MAX = 3, 256
"""Pictures that a set needs, and that are looked at; of more, every n-th."""

STYLE_COLORS_MAX = 64
"""A set of so few colors, all its pictures together, is drawn in a fixed palette."""
_LONE_PIXELS_FROM = 1.0
"""Pixels per 1,000 that stand out from all their neighbors, from which a set's pictures have such."""

PALETTE_FEATURES = ("palette_distance", "palette_distance_p95", "color_cloud")
"""Features that a picture has only beside a set: mean and 95th percentile of the OKLab distance of its pixels to the
nearest color of the set, and the sliced Wasserstein distance of their colors to the set's."""

_LEAST_PALETTE_SPREAD = np.array([0.005, 0.01, 0.01])
_MOST_SPREADS = 6.0
"""A feature that is further off than this counts no more, so that one feature alone does not decide."""

_LEAST_DISTANCE = 0.05
"""A yardstick is no shorter: the pictures of a set may be all alike."""

_FOLDS, _GROUPS_MAX = 5, 9
_PIXELS_OF_PICTURE = 64
_QUANTILES = np.linspace(0.02, 0.98, 25)
_OFTEN = 3


@dataclass(frozen=True, slots=True)
class FeatureDistance:
    """One feature beside that of a set.

    Attributes:
        name: Of `Fingerprint`, or one of `PALETTE_FEATURES`.
        value: Of the picture, or the median of the pictures.
        expected: Median of the set.
        spread: Median distance of the set's own pictures from that median.
        off: How many spreads the value is from what is expected; nan where the picture has no such feature.
    """

    name: str
    value: float
    expected: float
    spread: float
    off: float


@dataclass(frozen=True, slots=True)
class StyleDistance:
    """How far pictures are from the style of a set.

    Attributes:
        distance: Mean over the features of the spreads that they are off, each at most 6.
        own_distance: The same of the set's own pictures, each measured against the others: the yardstick.
        features: What it is made of.
        colors_unused: Share of the set's colors that the pictures do not come near.
    """

    distance: float
    own_distance: float
    features: tuple[FeatureDistance, ...]
    colors_unused: float

    @property
    def ratio(self) -> float:
        """The distance by the yardstick: about 1 is one of the set."""
        return self.distance / self.own_distance

    @property
    def furthest(self) -> tuple[FeatureDistance, ...]:
        """The features that are off, the furthest first."""
        known = [one for one in self.features if not np.isnan(one.off)]
        return tuple(sorted(known, key=lambda one: -one.off))


class StyleOfSet:
    """The style of a set of pictures.

    Attributes:
        pictures: How many pictures were looked at.
        colors: (N, 3) uint8, the set's colors, those that look alike merged.
        medians: (F,) of each feature, `feature_names` in order.
        spreads: (F,) median distance from it.
        own_distances: (P,) of each of the set's pictures against the others, sorted.
    """

    feature_names: tuple[str, ...] = FEATURE_NAMES + PALETTE_FEATURES

    def __init__(self, pictures: Sequence[Rgba]) -> None:
        """Measure a set.

        Args:
            pictures: Native pixel art, each (H, W, 4) uint8; those without an opaque pixel are left out.

        Raises:
            PixelArtError: Fewer than 3 pictures have an opaque pixel.
            PixelShapeError: One is no picture.
        """
        kept = _visible(pictures)
        if len(kept) < PICTURES_MIN:
            raise PixelArtError(
                f"a style is measured from {PICTURES_MIN} pictures or more, {len(kept)} were given",
                hint="add pictures of the same look",
            )
        kept = kept[:: -(-len(kept) // PICTURES_MAX)]
        clouds = [_cloud(picture) for picture in kept]
        plain = np.stack([fingerprint(picture).to_array() for picture in kept])
        fold = np.arange(len(kept)) % min(_FOLDS, len(kept))
        beside = np.zeros((len(kept), len(PALETTE_FEATURES)))
        for number in np.unique(fold):
            others = _Colors.of([cloud for cloud, own in zip(clouds, fold, strict=True) if own != number])
            for at in np.flatnonzero(fold == number):
                beside[at] = others.distances(clouds[at])
        self._settle(_Colors.of(clouds), np.hstack([plain, beside]))

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> StyleOfSet:
        """Take up again what `to_dict` gave.

        Raises:
            PixelArtError: It is something else.
        """
        try:
            colors = np.array(told["colors"], dtype=np.uint8).reshape(-1, 3)
            quantiles = np.array(told["quantiles"], dtype=np.float64).reshape(len(_QUANTILES), _DIRECTIONS.shape[1])
            own = np.array(told["features"], dtype=np.float64)  # None becomes nan
            if tuple(told["feature_names"]) != cls.feature_names or own.shape[1:] != (len(cls.feature_names),):
                raise PixelArtError("it measures other features than this version", hint="train it again")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise PixelArtError(f"it is no style of a set: {error}", hint="train it again") from error
        if not PICTURES_MIN <= len(own) <= PICTURES_MAX or not len(colors):
            raise PixelArtError(f"it is a style of {len(own)} pictures and {len(colors)} colors", hint="train it again")
        style = cls.__new__(cls)
        style._settle(_Colors(colors, quantiles), own)
        return style

    def to_dict(self) -> JsonObject:
        """All that later pictures are measured by, as JSON holds it; no picture can be made of it."""
        features = [[None if np.isnan(one) else round(float(one), 6) for one in row] for row in self._own]
        return {
            "feature_names": list(self.feature_names),
            "features": features,
            "colors": self.colors.tolist(),
            "quantiles": np.round(self._palette.quantiles, 5).tolist(),
        }

    def _settle(self, palette: _Colors, own: np.ndarray) -> None:
        """Take a set's colors and its own pictures' features, (P, F)."""
        self._palette, self._own = palette, own
        self.pictures, self.colors = len(own), palette.colors
        self.medians, self.spreads = _medians_and_spreads(own)
        self.own_distances = np.sort(_left_out(own))

    @property
    def palette(self) -> Palette | None:
        """The set's colors, where they are so few that they are part of its style."""
        return Palette("style", self.colors) if MIN_COLORS <= len(self.colors) <= STYLE_COLORS_MAX else None

    @property
    def max_colors(self) -> int:
        """As many colors as its pictures have as a rule: their median and a spread more."""
        at = FEATURE_NAMES.index("colors")
        return max(MIN_COLORS, round(float(self.medians[at] + self.spreads[at])))

    @property
    def has_lone_pixels(self) -> bool:
        """Half of its pictures or more have pixels that stand out from all their neighbors."""
        return float(self.medians[FEATURE_NAMES.index("orphans_per_1000")]) >= _LONE_PIXELS_FROM

    @property
    def own_distance(self) -> float:
        """The yardstick for one picture: median distance of the set's own."""
        return max(float(np.median(self.own_distances)), _LEAST_DISTANCE)

    def own_batch_distance(self, count: int) -> float:
        """The yardstick for `count` pictures together: groups of the set's own against its others, their median."""
        groups = max(2, self.pictures // max(count, 2))
        member = np.arange(self.pictures) % groups
        distances: list[float] = []
        for number in range(min(groups, _GROUPS_MAX)):
            medians, spreads = _medians_and_spreads(self._own[member != number])
            distances.append(_mean(_spreads_off(_nanmedian(self._own[member == number]), medians, spreads)))
        return max(float(np.median(distances)), _LEAST_DISTANCE)

    def distance_of(self, picture: Rgba) -> StyleDistance:
        """How far one picture is from the set.

        Raises:
            PixelArtError: Nothing of it is opaque.
            PixelShapeError: It is no picture.
        """
        values = np.concatenate([fingerprint(picture).to_array(), self._palette.distances(_cloud(picture))])
        return self._told(values, self.own_distance, [picture])

    def distance_of_batch(self, pictures: Sequence[Rgba]) -> StyleDistance:
        """How far several pictures are from the set: their medians, so that what differs by thing evens out.

        Raises:
            PixelArtError: None of them has an opaque pixel.
            PixelShapeError: One is no picture.
        """
        kept = _visible(pictures)
        if not kept:
            raise PixelArtError("none of the pictures has an opaque pixel", hint="give pictures that show something")
        return self._told(_nanmedian(self._values(kept)), self.own_batch_distance(len(kept)), kept)

    def inconsistency_of(self, pictures: Sequence[Rgba]) -> float:
        """Spread of the features among several pictures over the set's own spread: 1 is as alike as the set.

        Raises:
            PixelArtError: Fewer than 3 of them have an opaque pixel.
        """
        kept = _visible(pictures)
        if len(kept) < PICTURES_MIN:
            raise PixelArtError(
                f"{len(kept)} pictures were given", hint=f"give {PICTURES_MIN} or more that show something"
            )
        _, spreads = _medians_and_spreads(self._values(kept))
        return float(np.nanmean(np.minimum(spreads / self.spreads, _MOST_SPREADS)))

    def _values(self, pictures: Sequence[Rgba]) -> np.ndarray:
        return np.stack(
            [
                np.concatenate([fingerprint(picture).to_array(), self._palette.distances(_cloud(picture))])
                for picture in pictures
            ]
        )

    def _told(self, values: np.ndarray, own_distance: float, pictures: Sequence[Rgba]) -> StyleDistance:
        off = _spreads_off(values, self.medians, self.spreads)
        features = tuple(
            FeatureDistance(name, float(value), float(median), float(spread), float(far))
            for name, value, median, spread, far in zip(
                self.feature_names, values, self.medians, self.spreads, off, strict=True
            )
        )
        used = self._palette.share_used(np.concatenate([_cloud(picture) for picture in pictures]))
        return StyleDistance(_mean(off), own_distance, features, round(1 - used, 4))


class _Colors:
    """The colors of several pictures: merged, and as sorted clouds along fixed directions of OKLab.

    Args:
        colors: (N, 3) uint8.
        quantiles: (25, 12) of all of them along each direction.
    """

    def __init__(self, colors: np.ndarray, quantiles: np.ndarray) -> None:
        self.colors, self.quantiles = colors, quantiles
        self._near = KDTree(oklab(colors))

    @classmethod
    def of(cls, clouds: Sequence[np.ndarray]) -> _Colors:
        pooled = np.concatenate([_evenly(cloud, _PIXELS_OF_PICTURE) for cloud in clouds])
        rgb, counts = np.unique(srgb(pooled), axis=0, return_counts=True)
        often = counts >= min(_OFTEN, int(counts.max()))
        groups = merge_points(oklab(rgb[often]), counts[often], tolerance=JUST_ALIKE, max_groups=PICTURES_MAX)
        return cls(group_colors(rgb[often], counts[often], groups), _slices(pooled))

    def distances(self, cloud: np.ndarray) -> np.ndarray:
        """`PALETTE_FEATURES` of the pixels of a picture, (N, 3) OKLab."""
        nearest: np.ndarray = np.asarray(self._near.query(cloud)[0])
        moved = float(np.abs(_slices(cloud) - self.quantiles).mean())
        return np.array([nearest.mean(), np.percentile(nearest, 95), moved])

    def share_used(self, cloud: np.ndarray) -> float:
        """Share of the colors that some pixel comes near."""
        distance, nearest = (np.asarray(one) for one in self._near.query(cloud))
        return len(np.unique(nearest[distance <= 2 * JUST_ALIKE])) / len(self.colors)


def _directions() -> np.ndarray:
    """(3, 12) unit vectors spread over half a sphere (a Fibonacci lattice)."""
    step = np.arange(12) + 0.5
    z, turn = step / 12, np.pi * (1 + 5**0.5) * step
    flat = np.sqrt(1 - z**2)
    return np.stack([z, flat * np.cos(turn), flat * np.sin(turn)])


_DIRECTIONS = _directions()


def _slices(cloud: np.ndarray) -> np.ndarray:
    return np.quantile(cloud @ _DIRECTIONS, _QUANTILES, axis=0)


def _cloud(picture: Rgba) -> np.ndarray:
    """(N, 3) OKLab of the opaque pixels."""
    return oklab(picture[picture[..., 3] >= OPAQUE_FROM][:, :3]).astype(np.float64)


def _evenly(cloud: np.ndarray, count: int) -> np.ndarray:
    return cloud[np.linspace(0, len(cloud) - 1, count).round().astype(int)]


def _visible(pictures: Sequence[Rgba]) -> list[Rgba]:
    for picture in pictures:
        require_rgba(picture)
    return [picture for picture in pictures if (picture[..., 3] >= OPAQUE_FROM).any()]


def _medians_and_spreads(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    medians = _nanmedian(values)
    least = np.concatenate([[LEAST_SPREAD[name] for name in FEATURE_NAMES], _LEAST_PALETTE_SPREAD])
    return medians, np.fmax(_nanmedian(np.abs(values - medians)), least)


def _nanmedian(values: np.ndarray) -> np.ndarray:
    """Median of each column; nan where it has no number at all."""
    known = ~np.isnan(values).all(axis=0)
    medians = np.full(values.shape[1], np.nan)
    medians[known] = np.nanmedian(values[:, known], axis=0)
    return medians


def _spreads_off(values: np.ndarray, medians: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    off = values - medians
    off[..., len(FEATURE_NAMES) :] = np.maximum(off[..., len(FEATURE_NAMES) :], 0.0)  # nearer than usual is not off
    return np.minimum(np.abs(off) / spreads, _MOST_SPREADS)


def _mean(off: np.ndarray) -> float:
    return float(np.nanmean(off))


def _left_out(values: np.ndarray) -> np.ndarray:
    """The distance of each picture of a set from the others."""
    distances = np.zeros(len(values))
    for at in range(len(values)):
        medians, spreads = _medians_and_spreads(np.delete(values, at, axis=0))
        distances[at] = _mean(_spreads_off(values[at], medians, spreads))
    return distances
