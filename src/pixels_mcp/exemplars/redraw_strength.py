"""How strongly a tile of the library is redrawn where nobody asked: as little as makes a picture of its own of it.

Small faces and what stands inside a thing get lost with every step away from the tile, so the first try is a weak one;
what came out as the tile itself (`NEAR_COPY_SHARE`) is tried again, more strongly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixels_mcp.pixelart.near_copies import NEAR_COPY_SHARE, share_different
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha

_SHARES = (0.75, 1.0, 1.25, 1.5)
"""Of the model's strength, one after another. With mini's 0.4, of 50 free-standing sprites of 16 px that were redrawn
with 0.3 eight came out as their tiles, of 102 of 32 px six. Of 394 sprites of four sheets 19 are near-copies in the
end, 12 of them in one color or two."""
_SIGN_COLORS = 2
"""A tile of so few colors is a sign, such as a play button, which more than the model's strength breaks."""
_NEARER_WHEN_FINISHED = 1.5
"""The pixel step brings a render nearer to its tile, whose colors it has: what is just unlike it comes out as it."""


def strengths_in_turn(usual: float) -> tuple[float, ...]:
    """The strengths that are tried, rising.

    Args:
        usual: The model's own, above 0 to 1.
    """
    return tuple(dict.fromkeys(min(1.0, round(share * usual, 3)) for share in _SHARES))


def next_strength(tried: float, more: Sequence[float | None], tile: Rgba) -> float | None:
    """The strength after one that was tried, None where there is no other that the tile bears.

    Args:
        tried: The last render's strength.
        more: What `strengths_in_turn` gave, from the second on, or nothing.
        tile: (S, S, 4) uint8.
    """
    if tried in more and len(np.unique(tile[tile[..., 3] > 0], axis=0)) <= _SIGN_COLORS:
        return None
    return next((strength for strength in more if strength is not None and strength > tried), None)


def is_its_tile_again(render: Rgba, tile: Rgba) -> bool:
    """Whether a render, (S, S, 4) uint8 before the pixel step, shows the tile that it was redrawn from."""
    return share_different(harden_alpha(render), tile) < _NEARER_WHEN_FINISHED * NEAR_COPY_SHARE
