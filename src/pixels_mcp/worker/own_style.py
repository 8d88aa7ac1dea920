"""How far a sprite is from a person's own style, where one is set: by an own exemplar, or a LoRA trained here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.events import ReferenceInfo
from pixels_mcp.exemplars.own_libraries import own_sets
from pixels_mcp.exemplars.tile_index import INDEX_FILE
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.previous import style_file

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

_OWN = "own/"


def style_facts(pixels: Rgba, reference: ReferenceInfo | None, loras: Sequence[ModelEntry]) -> dict[str, float]:
    """`style_distance`, and `style_own_distance` as its yardstick; empty where no style is set."""
    source = _source_of(reference, loras)
    if source is None:
        return {}
    from pixels_mcp.errors import PixelsError
    from pixels_mcp.pixelart.drawing.canvas import trim

    try:
        told = _style(source, source.stat().st_mtime_ns).distance_of(trim(pixels))
    except (PixelsError, OSError):  # an empty sprite, or what was removed or damaged just now
        return {}
    return {"style_distance": round(told.distance, 3), "style_own_distance": round(told.own_distance, 3)}


def style_of_lora(lora: ModelEntry) -> StyleOfSet | None:
    """The style of the set that a LoRA was trained on; None where it was not trained here."""
    from pixels_mcp.errors import PixelsError

    source = style_file(lora.path)
    try:
        return _style(source, source.stat().st_mtime_ns)
    except (PixelsError, OSError):  # not trained here, or damaged
        return None


def style_sha256(lora: ModelEntry) -> str | None:
    """Content hash of the file that holds a LoRA's style; None where there is none."""
    try:
        return hashlib.sha256(style_file(lora.path).read_bytes()).hexdigest()
    except OSError:
        return None


def _source_of(reference: ReferenceInfo | None, loras: Sequence[ModelEntry]) -> Path | None:
    """The file that holds the style that is meant: exemplars of a set, or what a LoRA was trained on, as measured."""
    if reference is not None and reference.kind == "exemplar" and reference.name.startswith(_OWN):
        name = reference.name.split("/")[1]
        return next((folder / INDEX_FILE for folder in own_sets() if folder.name == name), None)
    files = (style_file(lora.path) for lora in loras)
    return next((file for file in files if file.is_file()), None)


@lru_cache(maxsize=4)
def _style(source: Path, _changed_ns: int) -> StyleOfSet:
    from pixels_mcp.documents import parse_json
    from pixels_mcp.errors import PixelArtError
    from pixels_mcp.exemplars.tile_index import TileIndex
    from pixels_mcp.pixelart.drawing.canvas import trim
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
    from pixels_mcp.told_apart import is_table

    if source.name == INDEX_FILE:
        index = TileIndex(source.parent)
        return StyleOfSet([trim(index.pixels(number)) for number in range(len(index.entries))])
    try:
        told = parse_json(source.read_text("utf-8"))
    except ValueError as error:
        raise PixelArtError(f"{source} cannot be read: {error}", hint="train it again") from error
    return StyleOfSet.from_dict(told if is_table(told) else {})
