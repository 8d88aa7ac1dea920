"""What a sprite was made from: the entry that it is an edit of, the tile or picture that it was redrawn from."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.errors import PixelsError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import decode_png


@dataclass(frozen=True, eq=False)
class SpriteOrigin:
    """A picture, (H, W, 4) uint8, and what it is."""

    words: str
    pixels: Rgba


@dataclass(frozen=True, eq=False)
class SeenSprite:
    """A sprite with its picture."""

    entry: LibraryEntry
    pixels: Rgba


def read_sprite(library: Library, sprite_id: str) -> SeenSprite:
    """Read a sprite of the library.

    Raises:
        UnknownSpriteError, StoreError, UnreadablePictureError: It is not there, or damaged.
    """
    entry = library.get(sprite_id)
    return SeenSprite(entry, decode_png(library.read_png(sprite_id), label=sprite_id)[0])


def find_origin(library: Library, entry: LibraryEntry) -> SpriteOrigin | None:
    """What a sprite was made from; None where that is not known, or gone since."""
    try:
        return _origin(library, entry)
    except PixelsError:
        return None


def _origin(library: Library, entry: LibraryEntry) -> SpriteOrigin | None:
    if entry.parent is not None:
        pixels, _ = decode_png(library.read_png(entry.parent), label=entry.parent)
        return SpriteOrigin(f"edited from {entry.parent}", pixels)
    reference = entry.reference
    if reference is None:
        return None
    words = f"redrawn from {reference.kind} {reference.name}, strength {reference.strength:g}"
    if reference.kind == "exemplar":
        from pixels_mcp.exemplars.recall import recall_tile  # reads the library of exemplars: 0.3 s

        tile = recall_tile(reference.name, reference.sha256, reference.hue_shift_deg, reference.ramp)
        return None if tile is None else SpriteOrigin(words, tile)
    kept = read_recipe(library.read_png(entry.sprite_id)).plan.get("reference_sha256")
    return SpriteOrigin(words, library.reference(kept)) if isinstance(kept, str) else None
