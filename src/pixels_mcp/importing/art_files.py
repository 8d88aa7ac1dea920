"""Reading a file from elsewhere, whatever its kind: a picture, an animated one, or a sheet with its data."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from pixels_mcp.bevy.formats.atlas import parse_sheet
from pixels_mcp.bevy.frames import cut_frames
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.importing.aseprite_sheet import read_aseprite_sheet
from pixels_mcp.importing.imported_art import (
    CLIP_NAME,
    FRAME_MS,
    SHORTEST_MS,
    Admit,
    ImportedArt,
    ImportedClip,
    cut,
    of_one_size,
    read_text,
    sha256_of,
    shown_ms,
)
from pixels_mcp.importing.sketch import draw_sketch
from pixels_mcp.importing.sketch_words import read_sketch
from pixels_mcp.pixelart.pictures import open_frames, open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.told_apart import is_table


def read_art(
    file: Path,
    *,
    tile_px: tuple[int, int] | None = None,
    frame_ms: int | None = None,
    admit: Admit = lambda picture: picture,
) -> ImportedArt:
    """Read a PNG, GIF, WebP or another picture, a sheet's JSON, a drawing in letters (JSON), or a `*.sprite.ron`.

    Args:
        file: A sheet's picture lies beside its data.
        tile_px: The picture is a sheet of frames of this width and height.
        frame_ms: How long each of those is shown; 100 by default.
        admit: Asked for each picture that a sheet names.

    Raises:
        UnreadablePictureError, PictureTooLargeError, SheetFileError: It is not what it should be.
        InvalidArgumentError: A frame reaches out of the picture, or a word does not go with this file.
    """
    is_data = file.suffix.lower() in (".json", ".ron")
    if is_data and (tile_px or frame_ms):
        raise InvalidArgumentError(f"{file} says itself where its frames are", hint="leave out tile and frame time")
    if frame_ms is not None and (tile_px is None or not SHORTEST_MS <= frame_ms <= 60_000):
        raise InvalidArgumentError(
            f"a frame time of {frame_ms} ms", hint=f"{SHORTEST_MS} to 60000, and together with the size of a tile"
        )
    if file.suffix.lower() == ".json":
        document = _document(file)
        if is_table(document) and "legend" in document:
            return draw_sketch(read_sketch(document, label=file.name))
        return read_aseprite_sheet(file, admit)
    if file.suffix.lower() == ".ron":
        return _read_ron(file, admit)
    sources = {"file": sha256_of(file)}
    if tile_px is not None:
        frames = tuple(cut_frames(open_picture(file), tile_px))
        return ImportedArt(frames, sources, _one_clip([frame_ms or FRAME_MS] * len(frames)))
    frames, told_ms = open_frames(file)
    return ImportedArt(tuple(frames), sources, _one_clip(told_ms), texts=_texts(file))


def _read_ron(file: Path, admit: Admit) -> ImportedArt:
    text, sha256 = read_text(file)
    told = parse_sheet(text, label=file.name)
    picture = admit(file.parent / told.image)
    sheet = open_picture(picture)
    pivot = told.pivot or (0.5, 0.5)
    frames: list[Rgba] = [cut(sheet, rect, f"frame {number}") for number, rect in enumerate(told.rects())]
    clips = {name: ImportedClip(clip.frames, clip.ms, clip.play) for name, clip in told.animations.items()}
    sources = {"file": sha256, "image": sha256_of(picture)}
    return ImportedArt(of_one_size(frames, pivot), sources, clips or _one_clip([0] * len(frames)), told.pivot)


def _document(file: Path) -> object:
    try:
        return parse_json(read_text(file)[0])
    except ValueError:
        return None  # the sheet's reader says what is wrong


def _one_clip(told_ms: list[int]) -> dict[str, ImportedClip]:
    if len(told_ms) < 2:
        return {}
    return {CLIP_NAME: ImportedClip(tuple(range(len(told_ms))), shown_ms(told_ms))}


def _texts(file: Path) -> dict[str, str]:
    """The text chunks of a PNG that was readable just now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(file) as picture:
            picture.load()
            return {key: str(text) for key, text in getattr(picture, "text", {}).items()}


def without_hidden_colors(pixels: Rgba) -> Rgba:
    """A copy whose wholly transparent pixels have no colour."""
    clean = np.array(pixels)
    clean[clean[..., 3] == 0] = 0
    return clean
