"""Other colours for the same drawing: a number of them, swaps, one palette for a set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixels_mcp.errors import PaletteError
from pixels_mcp.pixelart.colors.color import hex_code, oklab
from pixels_mcp.pixelart.colors.dither import dither_to_palette
from pixels_mcp.pixelart.colors.palettes import MAX_COLORS, MIN_COLORS, Palette, palette_of
from pixels_mcp.pixelart.colors.quantize import merge_colors, snap_to_palette
from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys, require_rgba
from pixels_mcp.set_words import Dither


def reduce_colors(pixels: Rgba, count: int) -> Rgba:
    """Draw with exactly `count` colours (or with all there are, if fewer).

    Raises:
        PaletteError: `count` is not 1 to 256.
    """
    if not 1 <= count <= MAX_COLORS:
        raise PaletteError(f"{count} colors were asked for", hint=f"ask for 1 to {MAX_COLORS}")
    return merge_colors(pixels, tolerance=0.0, max_colors=count)


def limit_colors(pixels: Rgba, palette: Palette | None, max_colors: int | None, dither: Dither = "none") -> Rgba:
    """Draw with `max_colors` colours, or with those of a palette; with neither nothing changes.

    With a palette and `max_colors`, the palette's colours that serve the picture best are used.

    Returns:
        A new (H, W, 4) uint8 array; alpha is unchanged.
    """
    if palette is None:
        few = pixels.copy() if max_colors is None else reduce_colors(pixels, max_colors)
        return few if dither == "none" else _dither_to_own(pixels, few, dither)
    if max_colors is not None and max_colors < len(palette.colors):
        palette = best_of_palette(pixels, palette, max_colors)
    return dither_to_palette(pixels, palette, dither)


def best_of_palette(pixels: Rgba, palette: Palette, count: int) -> Palette:
    """The `count` colours of a palette that come nearest to a picture, picked one after the other.

    Raises:
        PaletteError: `count` is below 2.
    """
    if count < MIN_COLORS:
        raise PaletteError(f"{count} of a palette's colors were asked for", hint=f"ask for {MIN_COLORS} or more")
    keys, counts = np.unique(color_keys(pixels[pixels[..., 3] > 0][:, :3]), return_counts=True)
    if keys.size == 0 or count >= len(palette.colors):
        return palette
    distance = np.linalg.norm(oklab(from_keys(keys))[:, None] - oklab(palette.colors)[None], axis=-1) ** 2
    # The square root keeps a large background from taking every pick.
    weight = np.sqrt(counts)[:, None]
    left = np.full(len(keys), np.inf)
    picked: list[int] = []
    for _ in range(count):
        cost = (weight * np.minimum(left[:, None], distance)).sum(axis=0)
        cost[picked] = np.inf
        picked.append(int(cost.argmin()))
        left = np.minimum(left, distance[:, picked[-1]])
    return Palette(palette.name, palette.colors[sorted(picked)])


def swap_palette(pixels: Rgba, old: Palette, new: Palette) -> Rgba:
    """Replace the n-th colour of one palette by the n-th of another, as they are listed; other colours stay.

    Raises:
        PaletteError: The palettes list different numbers of colours, or one colour is to become two.
    """
    require_rgba(pixels)
    if len(old.listed) != len(new.listed):
        raise PaletteError(
            f"'{old.name}' lists {len(old.listed)} colors and '{new.name}' {len(new.listed)}",
            hint="swap palettes of one length, or lock the picture to the new palette instead",
        )
    known, first, place = np.unique(color_keys(old.listed), return_index=True, return_inverse=True)
    if (torn := (new.listed != new.listed[first][place]).any(axis=-1)).any():
        at = int(torn.argmax())
        raise PaletteError(
            f"'{old.name}' lists {hex_code(old.listed[at])} twice, to become {hex_code(new.listed[first[place[at]]])} "
            f"and {hex_code(new.listed[at])}",
            hint="list each color to be replaced once",
        )
    keys = color_keys(pixels[..., :3])
    at = np.clip(np.searchsorted(known, keys), 0, len(known) - 1)
    match = (known[at] == keys) & (pixels[..., 3] > 0)
    swapped = pixels.copy()
    swapped[match, :3] = new.listed[first][at][match]
    return swapped


def remap_by_lightness(pixels: Rgba, palette: Palette) -> Rgba:
    """Recolour by rank: the darkest colour becomes the palette's darkest, the lightest its lightest."""
    require_rgba(pixels)
    visible = pixels[..., 3] > 0
    keys, inverse = np.unique(color_keys(pixels[visible][:, :3]), return_inverse=True)
    if keys.size == 0:
        return pixels.copy()
    rank = np.argsort(np.argsort(oklab(from_keys(keys))[:, 0], kind="stable"), kind="stable")
    ramp = palette.colors[np.argsort(oklab(palette.colors)[:, 0], kind="stable")]
    step = rank / max(1, len(keys) - 1) * (len(ramp) - 1)
    remapped = pixels.copy()
    remapped[visible, :3] = ramp[np.rint(step).astype(int)][inverse]
    return remapped


def lock_set(pictures: Sequence[Rgba], max_colors: int | None = None) -> tuple[list[Rgba], Palette]:
    """Give several pictures one palette, made from all of them together.

    Returns:
        The recoloured pictures and their palette.

    Raises:
        PaletteError: All of them together have fewer than two colours.
    """
    strip = np.concatenate([picture.reshape(-1, 4) for picture in pictures])[None]
    palette = palette_of(reduce_colors(strip, max_colors or MAX_COLORS), "set")
    return [snap_to_palette(picture, palette) for picture in pictures], palette


def _dither_to_own(pixels: Rgba, few: Rgba, dither: Dither) -> Rgba:
    if len(np.unique(color_keys(few[few[..., 3] > 0][:, :3]))) < MIN_COLORS:
        return few
    return dither_to_palette(pixels, palette_of(few), dither)
