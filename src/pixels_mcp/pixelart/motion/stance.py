"""How a figure stands before it moves: what body it is, and where it looks."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.set_words import Body, Facing


@dataclass(frozen=True)
class Stance:
    """What a motion must know of a figure beside its pixels.

    Attributes:
        body: See `anatomy.guess_body`.
        facing: Where it looks; None for a single front view, whose blows go to the right. What looks to the west is
            mirrored before it moves and after, so a motion meets the east side alone.
    """

    body: Body
    facing: Facing | None = None

    @property
    def is_side_view(self) -> bool:
        """Whether one leg stands before the other instead of beside it."""
        return self.facing == "east"

    @property
    def forward(self) -> tuple[int, int]:
        """Steps down and to the right of one step forward."""
        match self.facing:
            case None | "east":
                return 0, 1
            case "south_east":
                return 1, 1
            case "north_east":
                return -1, 1
            case "north":
                return -1, 0
            case _:
                return 1, 0
