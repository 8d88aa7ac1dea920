"""A maker's mark: something small and of one colour in a corner, beside the drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.drawing.cleanup import islands_of
from pixels_mcp.pixelart.pixels import Rgba

_CORNER_SHARE = 0.22
"""Share of each side that counts as a corner."""

_LARGEST_OF_PICTURE, _LARGEST_OF_DRAWING = 0.015, 0.06
_LEAST_PX = 3
_ONE_COLOR = 0.08
"""OKLab distance from the mean up to which a mark is of one colour."""

_CORNERS = (
    ("lower right", True, True),
    ("lower left", True, False),
    ("upper right", False, True),
    ("upper left", False, False),
)
"""In words, and whether it is below and on the right."""


@dataclass(frozen=True, slots=True, eq=False)
class CornerMark:
    """What stands in a corner.

    Attributes:
        mask: (H, W) bool.
        corner: In which corner, in words.
    """

    mask: np.ndarray
    corner: str

    @property
    def note(self) -> str:
        """What a person should know, a sentence."""
        return (
            f"Something small stands beside the drawing in the {self.corner} corner ({int(self.mask.sum())} px), "
            "perhaps a maker's mark; cleaning takes it away."
        )


def find_corner_mark(pixels: Rgba) -> CornerMark | None:
    """Find a maker's mark beside a drawing that was cut out; a faint star or letters.

    Args:
        pixels: (H, W, 4) uint8 with alpha 0 or 255.
    """
    islands = islands_of(pixels[..., 3] > 0)
    sizes = np.bincount(islands.ravel())
    if len(sizes) < 3:
        return None
    drawing = int(sizes[1:].max())
    height, width = islands.shape
    tall, broad = round(_CORNER_SHARE * height), round(_CORNER_SHARE * width)
    lab = oklab(pixels[..., :3])
    for corner, below, right in _CORNERS:
        rows = slice(height - tall, height) if below else slice(0, tall)
        columns = slice(width - broad, width) if right else slice(0, broad)
        inside = np.bincount(islands[rows, columns].ravel(), minlength=len(sizes))
        whole = (inside == sizes) & (sizes > 0)
        whole[0] = False
        mask = whole[islands]
        count = int(mask.sum())
        if not _LEAST_PX <= count <= min(_LARGEST_OF_PICTURE * mask.size, _LARGEST_OF_DRAWING * drawing):
            continue
        if np.linalg.norm(lab[mask] - lab[mask].mean(axis=0), axis=1).max() <= _ONE_COLOR:
            return CornerMark(mask, corner)
    return None
