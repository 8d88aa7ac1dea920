"""How far a sprite is from a person's own style, where one is set: by an own exemplar, or a LoRA of an added set."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.events import ReferenceInfo
from pixels_mcp.exemplars.own_libraries import own_sets, set_hash_of, stamps
from pixels_mcp.models.entry import ModelEntry

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

_OWN = "own/"


def style_facts(pixels: Rgba, reference: ReferenceInfo | None, loras: Sequence[ModelEntry]) -> dict[str, float]:
    """`style_distance`, and `style_own_distance` as its yardstick; empty where no style is set."""
    folder = _set_of(reference, loras)
    if folder is None:
        return {}
    from pixels_mcp.errors import PixelsError
    from pixels_mcp.pixelart.drawing.canvas import trim

    try:
        told = _style(stamps([folder])[0]).distance_of(trim(pixels))
    except PixelsError:  # an empty sprite, or exemplars that were removed just now
        return {}
    return {"style_distance": round(told.distance, 3), "style_own_distance": round(told.own_distance, 3)}


def _set_of(reference: ReferenceInfo | None, loras: Sequence[ModelEntry]) -> Path | None:
    """The folder of the set whose style is meant."""
    folders = own_sets()
    if reference is not None and reference.kind == "exemplar" and reference.name.startswith(_OWN):
        name = reference.name.split("/")[1]
        return next((folder for folder in folders if folder.name == name), None)
    hashes = {lora.trained_on for lora in loras if lora.trained_on}
    return next((folder for folder in folders if hashes and set_hash_of(folder) in hashes), None)


@lru_cache(maxsize=4)
def _style(stamped: tuple[Path, int]) -> StyleOfSet:
    from pixels_mcp.exemplars.tile_index import TileIndex
    from pixels_mcp.pixelart.drawing.canvas import trim
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

    index = TileIndex(stamped[0])
    return StyleOfSet([trim(index.pixels(number)) for number in range(len(index.entries))])
