"""What an export writes: first as a list that can be looked at, then as files, none of which replaces another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.files import write_whole
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.pictures.frame_names import NamedPicture
from pixels_mcp.pictures.sheet_files import SheetFormat, SheetOptions, write_sheet
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.sheets.animation import animation_bytes
from pixels_mcp.pixelart.sheets.preview import enlarge
from pixels_mcp.png import decode_png, encode_png
from pixels_mcp.requests import check_name
from pixels_mcp.told_apart import is_table
from pixels_mcp.tui.entry_frames import clips_of

ExportKind = Literal["png", "texture-packer", "aseprite", "gif", "apng", "recipe"]
EXPORT_KINDS: tuple[ExportKind, ...] = get_args(ExportKind)
ZOOMS = (1, 2, 4, 8)
STILLS_MS = 150


@dataclass(frozen=True)
class ExportWords:
    """What is asked.

    Attributes:
        kind: PNGs, one sheet with its JSON, animated pictures, or recipes.
        folder: Where the files go; made where it is missing.
        zoom: How often each pixel is repeated, in PNG, GIF and APNG.
        name: Of a sheet or of an animation of several sprites.
    """

    kind: ExportKind
    folder: Path
    zoom: int = 1
    name: str = "sprites"


@dataclass(frozen=True)
class ExportFile:
    """One file and what writes it."""

    path: Path
    write: Callable[[Path], None]


def plan_export(entries: Sequence[LibraryEntry], words: ExportWords) -> list[ExportFile]:
    """The files that would be written.

    Raises:
        InvalidArgumentError: The name is none, nothing is chosen, or a file stands there already.
    """
    try:
        check_name(words.name)
    except ValueError as error:
        raise InvalidArgumentError(f"name: {error}", hint="choose another") from error
    if not entries:
        raise InvalidArgumentError("no sprite is chosen", hint="mark some")
    files = list(_files(entries, words))
    there = [file.path for file in files if file.path.exists()]
    if there:
        raise InvalidArgumentError(
            f"{there[0]} exists already" + (f", and {len(there) - 1} more" if there[1:] else ""),
            hint="choose another folder or name",
        )
    return files


def require_whole(library: Library, entries: Sequence[LibraryEntry]) -> None:
    """Look at every file before anything is written.

    Raises:
        StoreError: One is gone, or was changed since it was kept.
    """
    for entry in entries:
        library.read_png(entry.sprite_id)


def write_export(files: Sequence[ExportFile], folder: Path) -> list[Path]:
    """Write them.

    Returns:
        What was written.

    Raises:
        InvalidArgumentError: The folder cannot be made or written.
        PixelsError: A sprite cannot be read, or the frames do not fit.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            file.write(file.path)
    except OSError as error:
        raise InvalidArgumentError(f"cannot write {folder}: {error.strerror}", hint="choose another folder") from error
    return [file.path for file in files]


def _files(entries: Sequence[LibraryEntry], words: ExportWords) -> list[ExportFile]:
    folder = words.folder
    if words.kind in ("texture-packer", "aseprite"):
        sheet = ExportFile(folder / f"{words.name}.png", partial(_write_sheet, entries, words.kind))
        # The JSON is written with its sheet, and stands in the list for itself.
        return [sheet, ExportFile(folder / f"{words.name}.json", lambda _: None)]
    if words.kind in ("gif", "apng"):
        ending = "gif" if words.kind == "gif" else "png"
        moving = [entry for entry in entries if "clips" in entry.facts]
        if moving:
            return [
                ExportFile(folder / f"{entry.sprite_id}-{clip}.{ending}", partial(_write_clip, entry, clip, words))
                for entry in moving
                for clip in _clip_names(entry)
            ]
        return [ExportFile(folder / f"{words.name}.{ending}", partial(_write_stills, entries, words))]
    if words.kind == "recipe":
        return [ExportFile(folder / f"{entry.sprite_id}.json", partial(_write_recipe, entry)) for entry in entries]
    return [ExportFile(folder / f"{entry.sprite_id}.png", partial(_write_png, entry, words.zoom)) for entry in entries]


def _clip_names(entry: LibraryEntry) -> list[str]:
    clips = entry.facts["clips"]
    return list(map(str, clips)) if is_table(clips) else []


def _pixels(entry: LibraryEntry) -> Rgba:
    return decode_png(Path(entry.path).read_bytes(), label=entry.sprite_id)[0]


def _write_png(entry: LibraryEntry, zoom: int, path: Path) -> None:
    # At its own size the file is the library's, with its recipe in it.
    data = Path(entry.path).read_bytes() if zoom == 1 else encode_png(enlarge(_pixels(entry), zoom))
    write_whole(path, data)


def _write_sheet(entries: Sequence[LibraryEntry], file_format: SheetFormat, path: Path) -> None:
    named = [NamedPicture(entry.sprite_id, Path(entry.path)) for entry in entries]
    packed = len({(entry.width_px, entry.height_px) for entry in entries}) > 1
    write_sheet(named, path, SheetOptions(packed=packed, file_format=file_format), overwrite=False)


def _write_clip(entry: LibraryEntry, name: str, words: ExportWords, path: Path) -> None:
    clip = next((one for one in clips_of(_pixels(entry), entry.facts) if one.name == name), None)
    if clip is None:
        raise InvalidArgumentError(f"{entry.sprite_id} has no clip {name!r}", hint="look at it: Enter")
    file_format = "gif" if words.kind == "gif" else "png"
    write_whole(path, animation_bytes(clip.frames, list(clip.frame_ms), file_format, scale=words.zoom))


def _write_stills(entries: Sequence[LibraryEntry], words: ExportWords, path: Path) -> None:
    file_format = "gif" if words.kind == "gif" else "png"
    frames = [_pixels(entry) for entry in entries]
    write_whole(path, animation_bytes(frames, STILLS_MS, file_format, scale=words.zoom))


def _write_recipe(entry: LibraryEntry, path: Path) -> None:
    recipe = read_recipe(Path(entry.path))
    write_whole(path, (recipe.model_dump_json(indent=1) + "\n").encode())
