"""Write entries of the library as files of other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pixels_mcp.bevy.formats.manifests import manifest_ending, manifest_of_entry
from pixels_mcp.errors import InvalidArgumentError, StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.library.entries import EntryKind, LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.exports.aseprite_file import AsepriteTag, aseprite_bytes
from pixels_mcp.operations.exports.file_names import check_pattern, file_names
from pixels_mcp.operations.exports.kept_clips import KeptClips, open_clips
from pixels_mcp.operations.exports.ldtk_files import ldtk_project
from pixels_mcp.operations.exports.tiled_files import tmx, tsj, tsx
from pixels_mcp.operations.kept_tileset import KeptTileset, open_tileset
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.sheets.animation import AnimationFormat, animation_bytes
from pixels_mcp.pixelart.sheets.atlas_json import FrameTag, aseprite_json, texture_packer_json
from pixels_mcp.pixelart.sheets.sheet import grid_sheet
from pixels_mcp.pixelart.tiles.maps import lay, random_terrain
from pixels_mcp.png import encode_png

MAP_COLUMNS, MAP_ROWS = 20, 12
"""Of the sample map beside a tileset."""

Files = dict[str, bytes]
"""Contents by file name."""


@dataclass(frozen=True, eq=False)
class ExportItem:
    """One entry on its way into files.

    Attributes:
        entry: As the library keeps it.
        name: What its files are called, without ending.
        library: Where it stands.
    """

    entry: LibraryEntry
    name: str
    library: Library

    @property
    def sheet(self) -> bytes:
        """Its picture without the recipe."""
        return encode_png(open_picture(self.library.path_of(self.entry.sprite_id)))

    def tileset(self) -> KeptTileset:
        """It as a tileset; anything else is refused."""
        return open_tileset(self.entry.sprite_id, self.library)

    def clips(self) -> KeptClips:
        """It as frames and clips; a single sprite is one frame."""
        return open_clips(self.entry, self.library)


def export_entries(
    sprite_ids: Sequence[str],
    library: Library,
    formats: Sequence[str],
    folder: Path,
    *,
    names: str | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write entries as files; all of them or none.

    Args:
        sprite_ids: What is written.
        library: Where it stands.
        formats: Keys of `FORMATS`.
        folder: Where the files go; it is made where it is missing.
        names: What they are called, see `file_names`.
        overwrite: Replace files that exist.

    Returns:
        The files, in order.

    Raises:
        UnknownSpriteError: There is no such entry.
        InvalidArgumentError: A format is unknown or not for this kind; two would have one name; a file of one of those
            names exists and holds something else.
        StoreError: A file cannot be written; those written before it are taken away.
    """
    unknown = [one for one in formats if one not in FORMATS]
    if unknown or not formats:
        raise InvalidArgumentError(
            f"no export format {', '.join(map(repr, unknown)) or 'is named'}", hint=f"give some of {', '.join(FORMATS)}"
        )
    check_pattern(names)
    entries = [library.get(sprite_id) for sprite_id in dict.fromkeys(sprite_ids)]
    files: Files = {}
    for entry, name in zip(entries, file_names(entries, names), strict=True):
        for one in formats:
            files |= FORMATS[one](ExportItem(entry, name, library))
    return _write(files, folder, overwrite=overwrite)


def _write(files: Files, folder: Path, *, overwrite: bool) -> list[Path]:
    there = [name for name in files if (folder / name).exists()]
    others = [name for name in there if not _holds(folder / name, files[name])]
    if others and not overwrite:
        raise InvalidArgumentError(
            f"{folder / others[0]} exists already and holds something else",
            hint="let it be overwritten, or give other names or another folder",
        )
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_whole(folder / name, data)
            written.append(folder / name)
    except OSError as error:
        for file in written:
            if file.name not in there:
                file.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write into {folder}: {error.strerror or error}", hint="name another folder"
        ) from error
    return written


def _holds(file: Path, data: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data


def _png(item: ExportItem) -> Files:
    """The picture, and what is known of it beside."""
    entry = item.entry
    told = {
        key: getattr(entry, key)
        for key in ("sprite_id", "name", "prompt", "seed", "model", "entry_kind", "parent", "parts", "width_px")
    } | {"height_px": entry.height_px, "tags": entry.tags, "rating": entry.rating, "sha256": entry.sha256}
    told["facts"] = entry.facts
    return {f"{item.name}.png": item.sheet, f"{item.name}.json": _json(told)}


def _tiled(item: ExportItem) -> Files:
    kept = item.tileset()
    image = f"{item.name}.png"
    laid = lay(kept.tileset, random_terrain(kept.tileset.kind, MAP_COLUMNS, MAP_ROWS, kept.entry.seed), kept.entry.seed)
    return {
        image: item.sheet,
        f"{item.name}.tsx": tsx(kept, item.name, image),
        f"{item.name}.tsj": tsj(kept, item.name, image),
        f"{item.name}.tmx": tmx(kept, laid, f"{item.name}.tsx"),
    }


def _ldtk(item: ExportItem) -> Files:
    kept = item.tileset()
    laid = lay(kept.tileset, random_terrain(kept.tileset.kind, MAP_COLUMNS, MAP_ROWS, kept.entry.seed), kept.entry.seed)
    image = f"{item.name}.png"
    return {image: item.sheet, f"{item.name}.ldtk": ldtk_project(kept, item.name, image, laid)}


def _bevy(item: ExportItem) -> Files:
    image, entry = f"{item.name}.png", item.entry
    manifest = manifest_of_entry(entry.facts, entry.width_px, entry.height_px, image=image)
    return {image: item.sheet, f"{item.name}{manifest_ending(manifest)}": manifest.to_ron().encode()}


def _aseprite(item: ExportItem) -> Files:
    clips = item.clips()
    tags = [AsepriteTag(name, *clips.span(name), clips.direction(name), clips.repeat(name)) for name in clips.clips]
    return {f"{item.name}.aseprite": aseprite_bytes(clips.frames, clips.durations_ms, tags)}


def _aseprite_json(item: ExportItem, *, as_hash: bool = False) -> Files:
    clips = item.clips()
    sheet, layout = grid_sheet(clips.frames, columns=clips.columns, names=clips.frame_names, pivot=clips.pivot)
    tags = {name: FrameTag(*clips.span(name), clips.direction(name)) for name in clips.clips}
    document = aseprite_json(layout, f"{item.name}.png", durations_ms=clips.durations_ms, tags=tags, as_hash=as_hash)
    return {f"{item.name}.png": encode_png(sheet), f"{item.name}.json": _json(document)}


def _texture_packer(item: ExportItem) -> Files:
    clips = item.clips()
    sheet, layout = grid_sheet(clips.frames, columns=clips.columns, names=clips.frame_names, pivot=clips.pivot)
    document = texture_packer_json(layout, f"{item.name}.png")
    return {f"{item.name}.png": encode_png(sheet), f"{item.name}.json": _json(document)}


def _animated(ending: str, file_format: AnimationFormat) -> Callable[[ExportItem], Files]:
    def write(item: ExportItem) -> Files:
        clips = item.clips()
        if not clips.clips:
            raise InvalidArgumentError(
                f"{item.entry.sprite_id} does not move: it is of kind {item.entry.entry_kind}",
                hint="animate it first, or export it as png",
            )
        return {
            f"{item.name}_{name}.{ending}": animation_bytes(
                [clips.frames[place] for place in clips.played(name)],
                [clips.durations_ms[place] for place in clips.played(name)],
                file_format,
                loops=clips.repeat(name),
            )
            for name in clips.clips
        }

    return write


FORMATS: Mapping[str, Callable[[ExportItem], Files]] = {
    "png": _png,
    "bevy": _bevy,
    "tiled": _tiled,
    "ldtk": _ldtk,
    "aseprite": _aseprite,
    "aseprite-json": _aseprite_json,
    "aseprite-json-hash": lambda item: _aseprite_json(item, as_hash=True),
    "texture-packer": _texture_packer,
    "gif": _animated("gif", "gif"),
    "apng": _animated("png", "png"),
    "webp": _animated("webp", "webp"),
}
"""What can be written, by its name."""


_OF_FRAMES = frozenset({"png", "bevy", "aseprite", "aseprite-json", "aseprite-json-hash", "texture-packer"})
FORMATS_OF: Mapping[EntryKind, frozenset[str]] = {
    "sprite": _OF_FRAMES,
    "tile": _OF_FRAMES,
    "animation": _OF_FRAMES | {"gif", "apng", "webp"},
    "tileset": frozenset({"png", "bevy", "tiled", "ldtk"}),
}
"""Formats that can hold an entry, by its kind."""


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else str(value)
