"""What an edit by code is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from pydantic import JsonValue

from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.pixelart.drawing.regions import Region
from pixels_mcp.pixelart.pixels import Rgba


@dataclass(frozen=True, eq=False)
class EditInputs:
    """What an edit works on beside its words.

    Attributes:
        sprite: (H, W, 4) uint8.
        where: What of it changes; None for all.
        style: The picture of another sprite whose look is wanted.
        is_ground: It is a tile or a tileset.
    """

    sprite: Rgba
    where: Region | None = None
    style: Rgba | None = None
    is_ground: bool = False

    def within(self, changed: Rgba) -> Rgba:
        """The changed picture where the region is, the sprite elsewhere."""
        return changed if self.where is None else np.where(self.where[..., None], changed, self.sprite)


@dataclass(frozen=True, eq=False)
class Edited:
    """A finished edit.

    Attributes:
        pixels: (H, W, 4) uint8.
        notes: What a person should know of it.
        plan: Every value as decided, for the recipe.
        palette: Name of the palette that it has now; None keeps its parent's.
    """

    pixels: Rgba
    notes: tuple[str, ...] = ()
    plan: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    palette: str | None = None


Edit = Callable[[EditRequest, EditInputs], Edited]
