"""The look of the line between two terrains, in whole pixels, worked out by local operators only.

How far an operator reaches is what keeps tiles exact: a majority of 3 x 3 (1 px), the rows that hang down from a bank,
a line of foam (1) and of shade (1) stay together within `TileGeometry.plateau_px`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.codes import Terrain
from pixels_mcp.pixelart.tiles.fields import Field
from pixels_mcp.set_words import BorderKind

Edge = Literal["nearest", "wrap"]
"""What lies beyond the worked-out pixels: the same as at the rim, or the other end."""
Rgb = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Border:
    """A border and its colours; only those of its kind are used.

    Attributes:
        kind: `bank`: the upper terrain stands higher, its south side shows; `band`: a strip between; `outline`: a line;
            `none`: nothing but the edge itself.
        rim: Line on the upper terrain.
        rim_lit, rim_dark: The same towards the light (top and left), and above the bank.
        bank: Colours of the rows that hang down, from the top.
        foam: Line on the lower terrain, beside the border.
        shade: A second line there, or None.
        band_px: Width of the band.
        band: (H, W, 4) texture of the band, of the tiles' size.
    """

    kind: BorderKind
    rim: Rgb = (0, 0, 0)
    rim_lit: Rgb = (0, 0, 0)
    rim_dark: Rgb = (0, 0, 0)
    bank: tuple[Rgb, ...] = ()
    foam: Rgb = (0, 0, 0)
    shade: Rgb | None = None
    band_px: int = 0
    band: Rgba | None = None


def make_border(kind: BorderKind, upper: Rgba, lower: Rgba, *, tile_px: int, band: Rgba | None = None) -> Border:
    """Take a border's colours out of the textures that it parts.

    Args:
        kind: See `Border`.
        upper, lower: (tile_px, tile_px, 4) textures.
        tile_px: Side of a tile; a tile of 16 px has a lower bank and no shade.
        band: Texture of the band; without one it is the upper terrain's own, darker (bare ground).
    """
    bright, dark = ramp_of(lower), ramp_of(upper)
    high, low = bright[-1], dark[0]
    ground = ramp_of(band) if band is not None else _earth(upper)
    middle = ground[len(ground) // 2]
    rows = (lighter(middle, 0.12), middle, lighter(ground[0], -0.2))
    small = tile_px < 32
    return Border(
        kind,
        rim=lighter(low, -0.1 if kind != "band" else -0.2),
        rim_lit=dark[-1],
        rim_dark=lighter(low, -0.35 if kind == "bank" else -0.25),
        bank=rows[1:2] if small else rows,
        foam=lighter(high, 0.5),
        shade=None if small else lighter(high, 0.08),
        band_px=2 if small else 4,
        band=_earth_texture(upper) if band is None else band,
    )


def paint(field: Field, upper: Rgba, lower: Rgba, border: Border, edge: Edge = "nearest") -> Rgba:
    """Draw the terrains and their border from a field.

    Args:
        field: (H, W).
        upper, lower: (H, W, 4) textures, already repeated to the field's size.
        border: Its band, if any, repeated likewise.
        edge: What lies beyond the field.
    """
    inside = _majority(field, edge)
    picture = np.where(inside[..., None], upper, lower).astype(np.uint8)
    if border.kind == "bank":
        _paint_bank(picture, inside, border, edge)
    elif border.kind == "band":
        _paint_band(picture, inside, _majority(field - border.band_px, edge) & inside, border, edge)
    elif border.kind == "outline":
        picture[inside & _grown(~inside, edge), :3] = border.rim
        picture[_grown(inside, edge) & ~inside, :3] = border.foam
    return picture


def shifted(mask: Terrain, down: int, right: int, edge: Edge) -> Terrain:
    """The mask moved: what stands `down` px above and `right` px to the left of each pixel."""
    if edge == "wrap":
        return np.roll(mask, (down, right), axis=(0, 1))
    reach = max(abs(down), abs(right))
    around = np.pad(mask, reach, mode="edge")
    rows, columns = mask.shape
    return around[reach - down : reach - down + rows, reach - right : reach - right + columns]


def _paint_bank(picture: Rgba, inside: Terrain, border: Border, edge: Edge) -> None:
    picture[inside & _grown(~inside, edge), :3] = border.rim
    picture[inside & (~shifted(inside, 1, 0, edge) | ~shifted(inside, 0, 1, edge)), :3] = border.rim_lit
    picture[inside & ~shifted(inside, -1, 0, edge), :3] = border.rim_dark
    solid = inside.copy()
    for rows_down, color in enumerate(border.bank, start=1):
        row = shifted(inside, rows_down, 0, edge) & ~solid
        picture[row, :3] = color
        solid |= row
    foam = _grown(solid, edge) & ~solid
    picture[foam, :3] = border.foam
    if border.shade is not None:
        picture[_grown(foam, edge) & ~foam & ~solid, :3] = border.shade


def _paint_band(picture: Rgba, inside: Terrain, inner: Terrain, border: Border, edge: Edge) -> None:
    strip = inside & ~inner
    if border.band is not None:
        picture[strip] = border.band[strip]
    picture[inner & _grown(~inner, edge), :3] = border.rim
    picture[inside & _grown(~inside, edge), :3] = border.rim_dark
    picture[_grown(inside, edge) & ~inside, :3] = border.foam


def _majority(field: Field, edge: Edge) -> Terrain:
    """Where most of the 3 x 3 pixels around are inside: no spikes, no single pixels."""
    votes = ndimage.convolve((field > 0).astype(np.int8), np.ones((3, 3), dtype=np.int8), mode=edge)
    return votes >= 5


def _grown(mask: Terrain, edge: Edge) -> Terrain:
    """The mask and its four neighbours."""
    sides = [shifted(mask, down, right, edge) for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    return mask | np.logical_or.reduce(sides)


def ramp_of(texture: Rgba) -> list[Rgb]:
    """A texture's colours from dark to light, those that cover less than 1 % left out."""
    colors, count = np.unique(texture[..., :3].reshape(-1, 3), axis=0, return_counts=True)
    common = colors[count >= 0.01 * count.sum()] if (count >= 0.01 * count.sum()).any() else colors
    order = np.argsort(common @ np.array([0.299, 0.587, 0.114]), kind="stable")
    return [(int(r), int(g), int(b)) for r, g, b in common[order]]


def lighter(color: Rgb, share: float) -> Rgb:
    """Towards white by a share, or towards black by a negative one."""
    values = np.asarray(color, dtype=np.float64)
    moved = values * (1 + share) if share < 0 else values + (255 - values) * share
    red, green, blue = np.clip(np.rint(moved), 0, 255).astype(int)
    return int(red), int(green), int(blue)


_SOIL = np.array([134.0, 98.0, 62.0])
"""Bare ground: what a bank or a band shows where nothing else is given, tinted by the terrain above it."""


def _earth(upper: Rgba) -> list[Rgb]:
    mean = upper[..., :3].reshape(-1, 3).mean(axis=0)
    tinted = 0.75 * _SOIL + 0.25 * mean
    levels = (0.72, 1.0, 1.2)
    return [tuple(int(v) for v in np.clip(np.rint(tinted * level), 0, 255)) for level in levels]  # type: ignore[misc]  # three numbers, which the type check cannot count


def _earth_texture(upper: Rgba) -> Rgba:
    """The upper texture in the colours of bare ground: its own pattern by lightness."""
    light = upper[..., :3] @ np.array([0.299, 0.587, 0.114])
    third = np.searchsorted(np.quantile(light, [0.3, 0.8]), light, side="right")
    texture = upper.copy()
    texture[..., :3] = np.array(_earth(upper), dtype=np.uint8)[third]
    return texture
