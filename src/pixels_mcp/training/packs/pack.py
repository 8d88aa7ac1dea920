"""Read a pack of pictures: a zip or folder of PNG files, with the captions and sheets that lie beside it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from pixels_mcp.errors import TrainingError
from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.training.packs.pack_wholes import told_captions, whole_things

CAPTIONS_FILE, SHEETS_FILE, PICTURES_FOLDER = "captions.json", "frames.json", "tiles/"


@dataclass(frozen=True)
class PackPicture:
    """One picture of a pack as it lies there.

    Attributes:
        path: Inside the zip or folder, with `/`; in a pack of the common layout without the leading `tiles/`.
        pixels: (H, W, 4) uint8, zero colour under alpha 0.
        caption: What `captions.json` says it shows, or None.
    """

    path: str
    pixels: Rgba
    caption: str | None


@dataclass(frozen=True)
class Pack:
    """Pictures of one source.

    Attributes:
        name: Name of the folder that the zip lies in, or of the folder itself.
        is_common_layout: Whether its pictures stand under `tiles/`, beside sheets that are not pictures of things;
            otherwise it is laid out as the dungeon tiles are.
        pictures: Sorted by path.
        sheets_of: The sheets of each animated actor, by the folder that its frames lie in.
    """

    name: str
    is_common_layout: bool
    pictures: list[PackPicture]
    sheets_of: dict[str, tuple[str, ...]]


def read_pack(source: Path) -> Pack:
    """Read all pictures of a zip or a folder.

    `captions.json` ({pack: {file: caption}}) is taken from the folder of the zip or from the one above, `frames.json`
    (one entry a sheet) from the folder of the zip.

    Raises:
        TrainingError: The path is missing, holds no pictures, or a file in or beside it cannot be read.
    """
    files = dict(_read_files(source))
    if not files:
        raise TrainingError(f"{source} holds no PNG pictures", hint="name a zip or folder of PNG tiles")
    home = source if source.is_dir() else source.resolve().parent
    is_common = any(name.startswith(PICTURES_FOLDER) for name in files)
    told = {f"{PICTURES_FOLDER}{path}": caption for path, caption in told_captions(home.name).items()}
    captions = {**_captions(home), **told} if is_common else {}
    pictures = [
        PackPicture(name.removeprefix(PICTURES_FOLDER), _decode(data, f"{source}:{name}"), captions.get(name))
        for name, data in sorted(files.items())
        if not is_common or name.startswith(PICTURES_FOLDER)
    ]
    if is_common:
        things = whole_things(home.name, [(picture.path, picture.pixels) for picture in pictures])
        pictures += [PackPicture(path, pixels, caption) for path, pixels, caption in things]
    return Pack(home.name, is_common, pictures, _sheets(home) if is_common else {})


def _read_files(source: Path) -> Iterator[tuple[str, bytes]]:
    if not source.exists():
        raise TrainingError(f"there is no {source}", hint="give --tiles the zip or folder of your tiles")
    if source.is_dir():
        for path in sorted(source.rglob("*.png")):
            yield path.relative_to(source).as_posix(), path.read_bytes()
        return
    try:
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if name.lower().endswith(".png"):
                    yield name, archive.read(name)
    except zipfile.BadZipFile as error:
        raise TrainingError(f"{source} is neither a folder nor a zip", hint="zip the folder of tiles") from error


def _decode(data: bytes, name: str) -> Rgba:
    try:
        with Image.open(io.BytesIO(data)) as image:
            pixels = np.array(image.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise TrainingError(f"{name} is not a picture that can be read", hint="remove it and start again") from error
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def _captions(home: Path) -> dict[str, str]:
    for folder in (home, home.parent):
        if (folder / CAPTIONS_FILE).is_file():
            said = _json(folder / CAPTIONS_FILE).get(home.name, {})
            return {str(name): str(caption) for name, caption in said.items()}
    return {}


def _sheets(home: Path) -> dict[str, tuple[str, ...]]:
    """Group the sheets by actor: `sheets/monster/bat_walk.png` of the actor `bat` belongs to `monster/bat`."""
    if not (home / SHEETS_FILE).is_file():
        return {}
    sheets_of: dict[str, list[str]] = {}
    for entry in _json(home / SHEETS_FILE):
        folder = PurePosixPath(entry["sheet"]).parent.as_posix().removeprefix("sheets/").removeprefix("sheets")
        actor = re.sub(r"[^a-z0-9]+", "_", str(entry["name"]).lower()).strip("_")
        sheets_of.setdefault(f"{folder}/{actor}".lstrip("/"), []).append(entry["sheet"])
    return {actor: tuple(sheets) for actor, sheets in sheets_of.items()}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} is no JSON document: {error}", hint="mend it, or move it away") from error
