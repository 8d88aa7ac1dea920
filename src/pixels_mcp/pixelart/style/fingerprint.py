"""The style of one picture as named numbers: palette, pixels, outline, shading, shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields
from types import MappingProxyType

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pixels_mcp.errors import PixelArtError
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, color_keys, from_keys, require_rgba
from pixels_mcp.pixelart.quality import orphans_per_1000
from pixels_mcp.pixelart.style.silhouette import light_direction, measure_outline, measure_shape

_GRAY_CHROMA = 0.03
_HUES = 12


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How a picture of native pixel art looks. Lightness is OKLab's, 0 to 1; nan where a picture has no such thing.

    Attributes:
        colors: Different colors of its opaque pixels.
        lightness_p10: A tenth of its pixels is darker.
        lightness_median: Half of them is.
        lightness_p90: A tenth of its pixels is lighter.
        chroma_median: OKLab distance from gray, 0 to about 0.3.
        chroma_p90: A tenth of its pixels is more colorful.
        green_red: Mean of OKLab's a.
        blue_yellow: Mean of OKLab's b.
        orphans_per_1000: Pixels that stand out from all eight neighbors, per 1,000.
        region_px: Mean area of connected pixels of one color.
        single_runs: Share of the runs of one color, along rows and columns, that are one pixel long.
        dithering: Share of 2 x 2 blocks that are a checkerboard of two colors.
        dark_border: Share of the border that is plainly darker than what lies inside it.
        light_border: Share that is plainly lighter.
        border_color_spread: Mean OKLab distance of the border's colors from their mean.
        border_breaks: How often an outline begins or ends along the border.
        steps_per_hue: Different colors of one hue, weighted by the pixels that they cover.
        local_contrast: Mean step of lightness between neighboring pixels.
        lightness_spread: Standard deviation of lightness.
        light_dx: Where the light comes from, -1 (left) to 1 (right).
        light_dy: -1 (top) to 1 (bottom).
        filled: Share of the bounding box that is opaque.
        symmetry: Share of the silhouette that its mirror covers.
        figure: Longer side of the bounding box over that side of the canvas.
        jaggedness: Length of the contour over that of the bounding box.
    """

    colors: float
    lightness_p10: float
    lightness_median: float
    lightness_p90: float
    chroma_median: float
    chroma_p90: float
    green_red: float
    blue_yellow: float
    orphans_per_1000: float
    region_px: float
    single_runs: float
    dithering: float
    dark_border: float
    light_border: float
    border_color_spread: float
    border_breaks: float
    steps_per_hue: float
    local_contrast: float
    lightness_spread: float
    light_dx: float
    light_dy: float
    filled: float
    symmetry: float
    figure: float
    jaggedness: float

    def to_dict(self) -> dict[str, float]:
        """The numbers by name."""
        return asdict(self)

    def to_array(self) -> np.ndarray:
        """(25,) float, in the order of the fields."""
        return np.array(astuple(self))


FEATURE_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Fingerprint))

FEATURE_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "palette": FEATURE_NAMES[:8],
        "pixels": FEATURE_NAMES[8:12],
        "outline": FEATURE_NAMES[12:16],
        "shading": FEATURE_NAMES[16:21],
        "shape": FEATURE_NAMES[21:],
    }
)

LEAST_SPREAD: Mapping[str, float] = MappingProxyType(
    {
        "colors": 1.0,
        **dict.fromkeys(("lightness_p10", "lightness_median", "lightness_p90"), 0.03),
        **dict.fromkeys(("chroma_median", "chroma_p90", "green_red", "blue_yellow"), 0.01),
        "orphans_per_1000": 5.0,
        "region_px": 1.0,
        "single_runs": 0.03,
        "dithering": 0.01,
        **dict.fromkeys(("dark_border", "light_border"), 0.05),
        "border_color_spread": 0.01,
        "border_breaks": 0.03,
        "steps_per_hue": 0.5,
        "local_contrast": 0.01,
        "lightness_spread": 0.02,
        **dict.fromkeys(("light_dx", "light_dy"), 0.05),
        **dict.fromkeys(("filled", "symmetry", "figure"), 0.05),
        "jaggedness": 0.1,
    }
)
"""The smallest spread that a set is taken to have in each feature: less is not seen."""


def fingerprint(pixels: Rgba) -> Fingerprint:
    """Measure how a picture of native pixel art looks.

    Args:
        pixels: (H, W, 4) uint8, one pixel a pixel; alpha from 128 on counts as opaque.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
        PixelArtError: Nothing of it is opaque.
    """
    require_rgba(pixels)
    opaque = pixels[..., 3] >= OPAQUE_FROM
    if not opaque.any():
        raise PixelArtError("a picture without an opaque pixel has no style", hint="leave it out")
    lab = oklab(pixels[..., :3])
    keys = color_keys(pixels[..., :3])
    own, counts = np.unique(keys[opaque], return_counts=True)
    lightness, chroma = lab[opaque][:, 0], np.hypot(lab[opaque][:, 1], lab[opaque][:, 2])
    dark, middle, light = np.percentile(lightness, (10, 50, 90))
    outline, shape = measure_outline(lab, opaque), measure_shape(opaque)
    light_dx, light_dy = light_direction(lab[..., 0], opaque)
    return Fingerprint(
        colors=float(len(own)),
        lightness_p10=float(dark),
        lightness_median=float(middle),
        lightness_p90=float(light),
        chroma_median=float(np.median(chroma)),
        chroma_p90=float(np.percentile(chroma, 90)),
        green_red=float(lab[opaque][:, 1].mean()),
        blue_yellow=float(lab[opaque][:, 2].mean()),
        orphans_per_1000=orphans_per_1000(pixels),
        region_px=_region_px(keys, opaque),
        single_runs=_single_runs(keys, opaque),
        dithering=_dithering(keys, opaque),
        dark_border=outline.dark_border,
        light_border=outline.light_border,
        border_color_spread=outline.border_color_spread,
        border_breaks=outline.border_breaks,
        steps_per_hue=_steps_per_hue(oklab(from_keys(own)), counts),
        local_contrast=_local_contrast(lab[..., 0], opaque),
        lightness_spread=float(lightness.std()),
        light_dx=light_dx,
        light_dy=light_dy,
        filled=shape.filled,
        symmetry=shape.symmetry,
        figure=shape.figure,
        jaggedness=shape.jaggedness,
    )


def _region_px(keys: np.ndarray, opaque: np.ndarray) -> float:
    """Mean area of 4-connected pixels of one color."""
    number = np.arange(keys.size).reshape(keys.shape)
    across = opaque[:, 1:] & opaque[:, :-1] & (keys[:, 1:] == keys[:, :-1])
    down = opaque[1:] & opaque[:-1] & (keys[1:] == keys[:-1])
    one = np.concatenate([number[:, 1:][across], number[1:][down]])
    other = np.concatenate([number[:, :-1][across], number[:-1][down]])
    joined = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(keys.size, keys.size))
    regions = connected_components(joined, directed=False)[0] - int((~opaque).sum())
    return int(opaque.sum()) / regions


def _single_runs(keys: np.ndarray, opaque: np.ndarray) -> float:
    singles = runs = 0
    marked = np.where(opaque, keys.astype(np.int64), -1)
    for lines in (marked, marked.T):
        ringed = np.pad(lines, ((0, 0), (1, 1)), constant_values=-2)
        begins = (ringed[:, 1:-1] != ringed[:, :-2]) & (lines >= 0)
        ends = ringed[:, 1:-1] != ringed[:, 2:]
        runs += int(begins.sum())
        singles += int((begins & ends).sum())
    return singles / runs


def _dithering(keys: np.ndarray, opaque: np.ndarray) -> float:
    a, b, c, d = keys[:-1, :-1], keys[:-1, 1:], keys[1:, :-1], keys[1:, 1:]
    whole = opaque[:-1, :-1] & opaque[:-1, 1:] & opaque[1:, :-1] & opaque[1:, 1:]
    return float(((a == d) & (b == c) & (a != b) & whole).sum() / max(1, int(whole.sum())))


def _steps_per_hue(lab: np.ndarray, counts: np.ndarray) -> float:
    """Colors of one hue (a twelfth of the circle, and grays), by the pixels of that hue."""
    hue = np.floor((np.arctan2(lab[:, 2], lab[:, 1]) / (2 * np.pi) + 0.5) * _HUES).astype(int) % _HUES
    hue[np.hypot(lab[:, 1], lab[:, 2]) < _GRAY_CHROMA] = _HUES
    steps = np.bincount(hue, minlength=_HUES + 1)
    return float((np.bincount(hue, counts, minlength=_HUES + 1) * steps).sum() / counts.sum())


def _local_contrast(lightness: np.ndarray, opaque: np.ndarray) -> float:
    across = np.abs(np.diff(lightness, axis=1))[opaque[:, 1:] & opaque[:, :-1]]
    down = np.abs(np.diff(lightness, axis=0))[opaque[1:] & opaque[:-1]]
    steps = np.concatenate([across, down])
    return float(steps.mean()) if steps.size else 0.0
