"""A sprite's manifest or a tileset's: which files of a game they are, and what stands in the library as one of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from pixels_mcp.bevy.formats.atlas import SheetFile, parse_sheet
from pixels_mcp.bevy.formats.entry_sheet import sheet_of_entry
from pixels_mcp.bevy.formats.tileset_file import TilesetFile, parse_tileset, tileset_file_of

Manifest: TypeAlias = SheetFile | TilesetFile
ENDINGS = (".sprite.ron", ".tileset.ron")


def manifest_ending(manifest: Manifest) -> str:
    """How its file's name ends."""
    return ENDINGS[isinstance(manifest, TilesetFile)]


def read_manifest(file: Path) -> Manifest:
    """Read a manifest of either kind.

    Raises:
        OSError, UnicodeDecodeError: It cannot be read.
        SheetFileError: It is not what it should be.
    """
    parse = parse_tileset if file.name.endswith(ENDINGS[1]) else parse_sheet
    return parse(file.read_text("utf-8"), label=file.name)


def manifest_of_entry(facts: Mapping[str, object], width_px: int, height_px: int, *, image: str) -> Manifest:
    """The manifest of what stands in the library.

    Args:
        facts: Its facts.
        width_px, height_px: Of its picture.
        image: File name of the picture.

    Raises:
        SheetFileError: The facts do not fit the picture, or a tileset has more tiles than a game can draw.
    """
    if "tiles" in facts and "tileset_kind" in facts:
        return tileset_file_of(facts, height_px, image=image)
    return sheet_of_entry(facts, width_px, height_px, image=image)
