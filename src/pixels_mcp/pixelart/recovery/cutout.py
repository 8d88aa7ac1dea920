"""Taking the background away from recovered pixel art, where every pixel is either drawing or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.pixelart.colors.color import hex_code
from pixels_mcp.pixelart.drawing.cleanup import islands_of
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.recovery.ground import KEY_CHROMA, Ground, find_ground
from pixels_mcp.pixelart.recovery.remains import remains_of
from pixels_mcp.set_words import CutWord

_GRAY_CHROMA = 0.05
"""OKLab chroma under which a ground is white, black or grey, or a pale tint: colours that figures have too."""

_EYE_CELLS = 3
_HOLE_SHARE = 0.3
_MOST_HOLES = 4
"""A figure with more patches of a ground's colour than this was drawn with that colour too."""


@dataclass(frozen=True, slots=True)
class CutChoice:
    """A person's word about the background.

    Attributes:
        ground: `remove` takes away what joins the border in its colour, `keep` leaves it.
        holes: `remove` takes away the enclosed patches of that colour too, `keep` leaves them all.
    """

    ground: CutWord = "auto"
    holes: CutWord = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """A picture after its background was looked at.

    Attributes:
        pixels: (H, W, 4) uint8.
        removed: A background was taken away.
        notes: What a person should know, a sentence each.
    """

    pixels: Rgba
    removed: bool
    notes: tuple[str, ...] = ()


def remove_background(pixels: Rgba, choice: CutChoice | None = None, *, shades: np.ndarray | None = None) -> CutOut:
    """Make a plain background transparent: what joins the border, and the holes that show it.

    A background is one colour (and its shades on the border, or a slow fade) that most of the border and its corners
    have and that the drawing stands free on. Enclosed patches of a white, black or grey background are parts of the
    drawing (a chest, a plate); of another colour they are holes, unless they are as small as an eye or as large as
    a ghost's belly; of a key colour all are holes.

    Args:
        pixels: (H, W, 4) uint8, native pixel art.
        choice: A person's word; by default the picture decides, and in doubt everything stays.
        shades: (H, W, 3) float, 0 to 255: the colours before they were merged; by default those of `pixels`.

    Returns:
        The picture with alpha 0 and zero colour where the background was. One that already has transparency, or that
        would vanish, is given back as it is.
    """
    require_rgba(pixels)
    choice = choice or CutChoice()
    if choice.ground == "keep" or (pixels[..., 3] < 255).any() or min(pixels.shape[:2]) < 3:
        return CutOut(pixels, False)
    original = pixels[..., :3].astype(np.float64) if shades is None else shades
    ground = find_ground(pixels, original)
    if ground.reason and choice.ground == "auto":
        return CutOut(pixels, False, _why_kept(ground))
    enclosed = islands_of(ground.alike & ~ground.outside, corners=False)
    holes = _holes(enclosed, ground, choice.holes)
    gone = ground.outside | holes
    gone |= remains_of(ground, gone, original)
    if gone.all():
        return CutOut(pixels, False)
    cut = pixels.copy()
    cut[gone] = 0
    return CutOut(cut, bool(gone.any()), _about_patches(enclosed, holes, ground, choice.holes))


def _holes(enclosed: np.ndarray, ground: Ground, word: CutWord) -> np.ndarray:
    """(H, W) bool: the enclosed patches (numbered from 1) that show the ground."""
    if word == "keep" or not enclosed.any():
        return np.zeros(enclosed.shape, dtype=bool)
    if word == "remove" or ground.chroma >= KEY_CHROMA:
        return enclosed > 0
    if ground.chroma < _GRAY_CHROMA:
        return np.zeros(enclosed.shape, dtype=bool)
    figures = islands_of(~ground.outside)
    figure_sizes = np.bincount(figures.ravel())
    sizes = np.bincount(enclosed.ravel())
    # A patch lies in one figure: the first of its cells says in which.
    figure = figures.ravel()[np.unique(enclosed, return_index=True)[1]]
    patches_in = np.bincount(figure[1:], minlength=len(figure_sizes))
    hole = (sizes > _EYE_CELLS) & (sizes <= _HOLE_SHARE * figure_sizes[figure])
    hole &= patches_in[figure] <= _MOST_HOLES
    hole[0] = False
    return hole[enclosed]


def _why_kept(ground: Ground) -> tuple[str, ...]:
    color, share = hex_code(ground.color), 100 * float(ground.outside.mean())
    if ground.reason == "scene":
        return (
            f"Nothing was taken for background: {color} covers {share:.0f} % of the picture, but the drawing reaches "
            'several sides of it, as scenes do; ground "remove" takes it away.',
        )
    if ground.reason == "fades":
        return (
            f"The background stays: it fades from {color} into the drawing and nobody can say where it ends; "
            'ground "remove" takes away what is likely.',
        )
    return ()


def _about_patches(enclosed: np.ndarray, holes: np.ndarray, ground: Ground, word: CutWord) -> tuple[str, ...]:
    if word != "auto" or ground.chroma >= KEY_CHROMA:
        return ()
    notes: list[str] = []
    for where, told, next_step in (
        ((enclosed > 0) & ~holes, "kept as part of it", 'holes "remove" takes such patches away'),
        (holes, "taken for holes", 'holes "keep" keeps them'),
    ):
        count = len(np.unique(enclosed[where]))
        patches = f"{count} patch{'es' if count > 1 else ''} ({int(where.sum())} px)"
        if count:
            notes.append(f"In the drawing, {patches} of the background's color: {told}; {next_step}.")
    return tuple(notes)
