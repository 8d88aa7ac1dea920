"""How strongly a tile of the library is redrawn where nobody asked: as little as makes a picture of its own of it.

Small faces and what stands inside a thing get lost with every step away from the tile, and walls lose their joints, so
the first try is a weak one; what came out as the tile itself (`NEAR_COPY_SHARE`) is tried again, more strongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pixels_mcp.pixelart.near_copies import NEAR_COPY_SHARE, share_different
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha

_SHARES = ((0.75, 1.0), (1.0, 1.0), (1.25, 1.0), (1.5, 1.0))
"""Of the model's strength and of its steps, one try after another."""
_SMALL_SIDE_PX, _SMALL_SHARES = 16, ((0.7, 3 / 5), (1.0, 2 / 5), (1.25, 1 / 3), (1.4, 3 / 5))
"""What has few pixels loses more of what it shows, so that it begins more weakly (with 0.7 of the strength a third
comes out as it was, with 0.63 half), and looks the same after half of the steps: six of twelve change 7 to 8 % of its
pixels. Of 93 tiles that had come out as they were, two blind readers named 57 in the mean when redrawn with 1.0 in
five steps, 55 in seven; 57 with 1.25 in four, 53 in six."""
_GROUND_SHARES = ((0.67, 1.0), (1.0, 1.0), (1.23, 1.0))
"""Of the strength for grounds. Of 61 grounds of 16 px twelve came out as their tiles with 0.75 alone; plain ones do
until another shade of them is drawn."""
_SIGN_COLORS, _SIGN_STRENGTH = 2, 0.5
"""A tile of so few colors that stands free is a sign, such as a play button, whose lines break with more strength."""


class RedrawTry(NamedTuple):
    """One way to redraw a tile: how strongly (above 0 to 1) and in how many steps."""

    strength: float
    steps: int


def tries_in_turn(
    usual: RedrawTry, side_px: int, *, fills: bool, are_steps_asked: bool = False
) -> tuple[RedrawTry, ...]:
    """The ways that are tried, ever more strongly.

    Args:
        usual: The model's own for such a tile.
        side_px: The longer side of the render.
        fills: Whether the tile fills its square, as a ground does.
        are_steps_asked: Every try takes the usual steps, because somebody asked for them.
    """
    shares = _GROUND_SHARES if fills else _SMALL_SHARES if side_px <= _SMALL_SIDE_PX else _SHARES
    tries = {
        min(1.0, round(strength * usual.strength, 2)): usual.steps
        if are_steps_asked
        else max(1, round(steps * usual.steps))
        for strength, steps in shares
    }
    return tuple(RedrawTry(strength, steps) for strength, steps in tries.items())


def next_try(tried: float, tries: Sequence[RedrawTry], tile: Rgba) -> RedrawTry | None:
    """The first way that is stronger than the last, None where there is none that the tile bears.

    Args:
        tried: The last render's strength.
        tries: What `tries_in_turn` gave, or nothing.
        tile: (S, S, 4) uint8.
    """
    most = _SIGN_STRENGTH if _is_sign(tile) else 1.0
    return next((one for one in tries if tried < one.strength <= most), None)


def is_its_tile_again(render: Rgba, tile: Rgba) -> bool:
    """Whether the sprite of a render would be a near-copy of the tile that it was redrawn from.

    Args:
        render: (S, S, 4) uint8, before the pixel step, which brings near colors together.
        tile: (S, S, 4) uint8.
    """
    from pixels_mcp.pixelart.colors.quantize import merge_colors  # SciPy takes a second

    return share_different(merge_colors(harden_alpha(render)), merge_colors(tile)) < NEAR_COPY_SHARE


def _is_sign(tile: Rgba) -> bool:
    seen = tile[..., 3] > 0
    return not bool(seen.all()) and len(np.unique(tile[seen], axis=0)) <= _SIGN_COLORS
