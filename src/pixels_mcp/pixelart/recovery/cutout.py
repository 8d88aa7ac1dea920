"""Taking the background away from recovered pixel art, where every pixel is either drawing or not."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.drawing.cleanup import islands_of
from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys, require_rgba

SAME_COLOR, NEAR_COLOR = 0.012, 0.03
"""OKLab distance within which a colour is the background's: anywhere, and if the border shows that colour too."""

_LEAST_OF_BORDER, _CORNERS_NEEDED = 0.5, 3
_SURE_OF_BORDER = 0.9
_ROUGH_TEXTURE, _ROUGH_EDGE = 0.5, 12.0
"""Length of the outline per background pixel, and per its root, from which it is a texture's ground instead."""
_KEY_CHROMA = 0.18
"""OKLab chroma from which a background is a key colour (magenta, green), which no drawing has inside."""

_EYE_CELLS = 3
_HOLE_SHARE = 0.3


def remove_background(pixels: Rgba) -> tuple[Rgba, bool]:
    """Make a plain background transparent: what joins the border, and the holes that show it.

    A background is one colour (and its shades on the border) that most of the border and its corners have.
    Patches of that colour inside the drawing are holes, unless they are so small (an eye) or so large (a white
    ghost on white) that they are likelier a part of it; with a key colour as background all of them are holes.

    Args:
        pixels: (H, W, 4) uint8, native pixel art.

    Returns:
        A new array with alpha 0 and zero colour where the background was, and whether there was one. A picture that
        already has transparency, or that would vanish, is given back as it is.
    """
    require_rgba(pixels)
    if (pixels[..., 3] < 255).any() or min(pixels.shape[:2]) < 3:
        return pixels, False
    background = _border_color(pixels)
    alike = _alike(pixels, np.linalg.norm(oklab(pixels[..., :3]) - oklab(background), axis=-1))
    patches = islands_of(alike, corners=False)
    outside = np.unique(_border(patches))
    outside = outside[outside > 0]
    gone = np.isin(patches, outside)
    if not _is_background(alike, gone):
        return pixels, False
    gone |= np.isin(patches, _holes(patches, outside, ~gone, oklab(background)))
    if gone.all():
        return pixels, False
    cut = pixels.copy()
    cut[gone] = 0
    return cut, True


def _alike(pixels: Rgba, distance: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels of the background's colour or of one of its shades."""
    keys = color_keys(pixels[..., :3])
    shades = np.unique(_border(keys)[_border(distance) <= NEAR_COLOR])
    return (distance <= SAME_COLOR) | ((distance <= NEAR_COLOR) & np.isin(keys, shades))


def _is_background(alike: np.ndarray, gone: np.ndarray) -> bool:
    """Whether what joins the border is a background: nearly all of the border, or much of it and compact.

    The ground colour of a floor reaches the border in many small patches, which is no background.
    """
    share = float(_border(alike).mean())
    corners = int(alike[[0, 0, -1, -1], [0, -1, 0, -1]].sum())
    area = int(gone.sum())
    outline = int((gone[:, 1:] != gone[:, :-1]).sum() + (gone[1:] != gone[:-1]).sum())
    if share >= _SURE_OF_BORDER and corners == 4:
        return True
    compact = outline <= _ROUGH_TEXTURE * area or outline <= _ROUGH_EDGE * np.sqrt(area)
    return share >= _LEAST_OF_BORDER and corners >= _CORNERS_NEEDED and compact


def _holes(patches: np.ndarray, outside: np.ndarray, drawing: np.ndarray, background: np.ndarray) -> np.ndarray:
    """The numbers of the enclosed patches that are holes."""
    sizes = np.bincount(patches.ravel())
    inside = np.setdiff1d(np.flatnonzero(sizes), np.append(outside, 0))
    if inside.size == 0 or float(np.hypot(background[1], background[2])) >= _KEY_CHROMA:
        return inside
    figures = islands_of(drawing)
    figure_sizes = np.bincount(figures.ravel())
    holes = []
    for patch in inside:
        where = patches == patch
        figure = figure_sizes[figures[where][0]]
        if sizes[patch] > _EYE_CELLS and sizes[patch] <= _HOLE_SHARE * figure:
            holes.append(patch)
    return np.array(holes, dtype=int)


def _border_color(pixels: Rgba) -> np.ndarray:
    """(3,) uint8, the commonest colour of the outermost pixels."""
    keys, counts = np.unique(_border(color_keys(pixels[..., :3])), return_counts=True)
    return from_keys(keys[counts.argmax()])


def _border(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values[0], values[-1], values[1:-1, 0], values[1:-1, -1]])
