"""The worker's standard step: from an engine's picture to a finished sprite with facts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.colors.color_transfer import with_colors_of
from pixels_mcp.pixelart.colors.hue_match import PaletteMatch, describe_change, measure_change, snap_by_hue
from pixels_mcp.pixelart.colors.palettes import MIN_COLORS, Palette
from pixels_mcp.pixelart.colors.quantize import merge_colors
from pixels_mcp.pixelart.colors.recolor import limit_colors
from pixels_mcp.pixelart.drawing.canvas import place
from pixels_mcp.pixelart.drawing.cleanup import fill_pinholes, remove_orphans, remove_specks
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha, require_rgba
from pixels_mcp.pixelart.quality import PixelFacts, measure_facts
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.recover import recover
from pixels_mcp.pixelart.recovery.sizing import bring_to_size, expected_cell_px
from pixels_mcp.pixelart.style.named_looks import LookWish, in_look
from pixels_mcp.pixelart.style.outlining import OutlineWish, bring_outline
from pixels_mcp.pixelart.tiles.joining import Axis, joined
from pixels_mcp.set_words import Anchor

NATIVE_MOST_COLORS = 24
"""Colours of a sprite of the embedded model when nothing was asked: what hand-drawn 32 px tiles have."""

RENDER_MOST_COLORS = 48
"""Colours of a sprite of a large render when nothing was asked; only a render without a grid has more."""

_SMALL_HOLES = 0.15
"""Share of transparent pixels up to which an opaque tile is patched rather than laid on a flat colour."""


@dataclass(frozen=True, slots=True, eq=False)
class FinishedPicture:
    """A finished sprite.

    Attributes:
        pixels: (H, W, 4) uint8, alpha 0 or 255, zero colour under alpha 0.
        facts: What is true of it.
        notes: What a person should know of how it was finished.
    """

    pixels: Rgba
    facts: PixelFacts
    notes: tuple[str, ...] = ()


def finish_native(
    pixels: Rgba,
    *,
    size_px: tuple[int, int],
    palette: Palette | None = None,
    palette_by: PaletteMatch = "nearest",
    max_colors: int | None = None,
    transparent: bool = True,
    anchor: Anchor = "center",
) -> FinishedPicture:
    """Finish a picture that an engine drew at its native size, one pixel per pixel.

    Hard alpha, no crumbs, few colours (at most 24 where nothing was asked) or those of a palette, the drawing in
    its place on a canvas of the asked size, which may be larger than the picture.

    Args:
        pixels: (H, W, 4) uint8 as drawn.
        size_px: (width, height) of the sprite.
        palette: Colours to use and no others.
        palette_by: How its colours are chosen: the nearest, or those of the same hue.
        max_colors: At most so many colours; with a palette, so many of its colours.
        transparent: False fills what is not drawn (a tile, a floor).
        anchor: Where the drawing stands on the canvas.

    Raises:
        PictureSizeError: The drawing is larger than `size_px`.
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    clean = fill_pinholes(remove_specks(harden_alpha(pixels)))
    if transparent or clean.shape[1::-1] != size_px:
        clean = place(clean, size_px, anchor)
    if not transparent:
        clean = _fill(clean)
    if palette is None:
        sprite, notes = merge_colors(clean, max_colors=max_colors or NATIVE_MOST_COLORS), ()
    else:
        sprite, notes = _in_palette(clean, palette, palette_by, max_colors)
    padded = size_px[0] > pixels.shape[1] or size_px[1] > pixels.shape[0]
    return FinishedPicture(sprite, measure_facts(sprite, padded=padded), notes)


def _in_palette(
    pixels: Rgba, palette: Palette, by: PaletteMatch, max_colors: int | None
) -> tuple[Rgba, tuple[str, ...]]:
    """Draw with a palette's colors; says where it does not carry those of the picture."""
    matched = pixels
    if by == "hue":  # shades that were meant to be one must not be torn apart: one would turn into a speck
        matched = snap_by_hue(merge_colors(pixels, max_colors=NATIVE_MOST_COLORS), palette)
    sprite = limit_colors(matched, palette, max_colors)
    told = describe_change(measure_change(pixels, sprite), palette.name)
    return sprite, (told,) if told else ()


def finish_sprite(
    pixels: Rgba,
    *,
    size_px: tuple[int, int],
    palette: Palette | None = None,
    palette_by: PaletteMatch = "nearest",
    max_colors: int | None = None,
    lone_pixels: bool = True,
    outline: OutlineWish | None = None,
    look: LookWish | None = None,
    transparent: bool = True,
    native: bool = True,
    joins: bool = False,
    joins_along: tuple[Axis, ...] = (),
    colors_of: Rgba | None = None,
    anchor: Anchor = "center",
) -> FinishedPicture:
    """The worker's standard step: `finish_native` or `finish_render`, as the engine drew, a native one in
    its look; then lone pixels, outline and joints."""
    if outline is not None and outline.color is not None and max_colors is not None:
        max_colors = max(max_colors - 1, MIN_COLORS)  # the line's color is one of them
    if native and colors_of is not None:
        pixels = with_colors_of(pixels, merge_colors(colors_of, max_colors=max_colors or NATIVE_MOST_COLORS))
    if native and look is not None:
        drawn = finish_native(pixels, size_px=pixels.shape[1::-1], transparent=transparent)
        pixels = in_look(drawn.pixels, look, transparent=transparent)
    if native:
        finished = finish_native(
            pixels,
            size_px=size_px,
            palette=palette,
            palette_by=palette_by,
            max_colors=max_colors,
            transparent=transparent,
            anchor=anchor,
        )
    else:
        finished = finish_render(
            pixels,
            size_px=size_px,
            palette=palette,
            palette_by=palette_by,
            max_colors=max_colors,
            transparent=transparent,
            joins=joins,
            anchor=anchor,
        )
    if not lone_pixels:
        finished = _changed(finished, remove_orphans(finished.pixels))
    if outline is not None:
        finished = _changed(finished, bring_outline(finished.pixels, outline.outline, outline.color))
    return close_seam(finished, joins_along) if joins_along else finished


def close_seam(finished: FinishedPicture, along: tuple[Axis, ...]) -> FinishedPicture:
    """The ground without the seam that its drawing left, along the axes that are named."""
    pixels = joined(finished.pixels, along)
    if np.array_equal(pixels, finished.pixels):
        return finished
    facts = measure_facts(pixels, padded=finished.facts.padded, resampled=finished.facts.resampled)
    return FinishedPicture(pixels, facts, (*finished.notes, "its seam was closed with pixels of its own middle"))


def _changed(finished: FinishedPicture, pixels: Rgba) -> FinishedPicture:
    was = finished.facts
    facts = measure_facts(pixels, padded=was.padded, resampled=was.resampled, background_removed=was.background_removed)
    return replace(finished, pixels=pixels, facts=facts)


def finish_render(
    pixels: Rgba,
    *,
    size_px: tuple[int, int],
    palette: Palette | None = None,
    palette_by: PaletteMatch = "nearest",
    max_colors: int | None = None,
    transparent: bool = True,
    joins: bool = False,
    anchor: Anchor = "center",
) -> FinishedPicture:
    """Finish a large picture that only looks like pixel art (SDXL's).

    Its grid is recovered, near the asked size where the picture leaves it open, and its background removed. A
    drawing that fits the asked size stands on the canvas cell by cell; one that does not, and a tile, is brought to
    the size once (fact `resampled`). A picture without a grid is brought to the size as well.

    Args:
        pixels: (H, W, 4) uint8 as drawn.
        size_px: (width, height) of the sprite.
        palette: Colours to use and no others.
        palette_by: How its colours are chosen: the nearest, or those of the same hue.
        max_colors: At most so many colours; with a palette, so many of its colours.
        transparent: False keeps the background (a tile, a floor).
        joins: It was drawn to meet itself at its edges: its cells are those of the asked size, to the last one.
        anchor: Where the drawing stands on the canvas.

    Raises:
        PictureSizeError: `size_px` is larger than the picture.
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    near_px = expected_cell_px(pixels, size_px)
    choice = CutChoice(ground="auto" if transparent else "keep")
    recovery = recover(pixels, size_px=size_px if joins else None, near_px=near_px, choice=choice)
    sized = bring_to_size(pixels, recovery, size_px, choice=choice, anchor=anchor)
    clean = remove_specks(sized.pixels) if transparent else _fill(sized.pixels)
    if palette is None:
        sprite, notes = limit_colors(clean, None, max_colors or RENDER_MOST_COLORS), ()
    else:
        sprite, notes = _in_palette(clean, palette, palette_by, max_colors)
    facts = measure_facts(
        sprite,
        padded=sized.padded,
        resampled=sized.resampled,
        background_removed=sized.background_removed,
    )
    return FinishedPicture(sprite, facts, notes)


def _fill(pixels: Rgba) -> Rgba:
    """Make every pixel opaque: small holes take the nearest colour, an open background becomes black."""
    hole = pixels[..., 3] == 0
    filled = pixels.copy()
    if hole.any() and hole.mean() <= _SMALL_HOLES:
        nearest = ndimage.distance_transform_edt(hole, return_distances=False, return_indices=True)
        filled = pixels[nearest[0], nearest[1]]
    filled[hole, 3] = 255
    return filled
