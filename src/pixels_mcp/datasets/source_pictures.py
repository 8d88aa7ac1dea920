"""Read the pictures of a folder or zip: stills, the frames of animated ones, the frames of sheets with their data."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pixels_mcp.datasets.dataset import PICTURES_MAX
from pixels_mcp.errors import DatasetError, PixelsError
from pixels_mcp.importing.art_files import read_art
from pixels_mcp.pictures.picture_sources import ENDINGS, natural_key
from pixels_mcp.pixelart.pixels import Rgba

ZIP_BYTES_MAX = 2 * 2**30
_SIDECARS = (".txt", ".caption", ".jsonl", ".csv", ".json")


@dataclass(frozen=True, eq=False)
class SourcePicture:
    """A picture as it lies in a folder.

    Attributes:
        name: Its path relative to the folder, with `/`.
        frame: Of an animated file or a sheet, from 1; 0 for a still.
        clip: Name of the animation that the frame belongs to, empty without.
        pixels: (H, W, 4) uint8; None where it could not be read.
        problem: Why not.
    """

    name: str
    frame: int
    clip: str
    pixels: Rgba | None
    problem: str = ""

    @property
    def label(self) -> str:
        """Name and frame."""
        return f"{self.name}#{self.frame}" if self.frame else self.name


@contextmanager
def opened_source(source: Path) -> Generator[Path]:
    """Give the folder itself, or what lies in a zip as a folder that is gone afterwards.

    Raises:
        DatasetError: There is none, or the zip is damaged or too large.
    """
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise DatasetError(f"there is no {source}", hint="name a folder or a zip of pictures")
    with tempfile.TemporaryDirectory(prefix="pixels-mcp-set-") as folder:
        _unpack(source, Path(folder))
        yield Path(folder)


def read_sources(folder: Path) -> Iterator[SourcePicture]:
    """Read every picture below a folder, by name with numbers by their value.

    Raises:
        DatasetError: There are none, or more than a set may have.
    """
    files = picture_files(folder)
    if not files:
        raise DatasetError(
            f"{folder.name} holds no pictures", hint=f"a set is made of files that end in {', '.join(ENDINGS[:5])}, ..."
        )
    if len(files) > PICTURES_MAX:
        raise DatasetError(
            f"{len(files)} pictures, a set has at most {PICTURES_MAX}", hint="choose the ones that show the style best"
        )
    for file in files:
        yield from _read(folder, file)


def picture_files(folder: Path) -> list[Path]:
    """Pictures and sheets' data below a folder; a sheet's picture is read through its data alone."""
    every = sorted(
        (file for file in folder.rglob("*") if file.is_file() and not _is_hidden(folder, file)), key=natural_key
    )
    sheets = [file for file in every if file.suffix.lower() == ".json" and _looks_like_sheet(file)]
    of_sheets = {file.with_suffix(ending) for file in sheets for ending in ENDINGS}
    return [file for file in every if file in sheets or (file.suffix.lower() in ENDINGS and file not in of_sheets)]


def _read(folder: Path, file: Path) -> Iterator[SourcePicture]:
    name = file.relative_to(folder).as_posix()
    try:
        art = read_art(file)
    except PixelsError as error:
        yield SourcePicture(name, 0, "", None, str(error))
        return
    clip_of = {frame: clip for clip, told in art.clips.items() for frame in told.frames if clip != "all"}
    for number, pixels in enumerate(art.frames):
        yield SourcePicture(name, number + 1 if len(art.frames) > 1 else 0, clip_of.get(number, ""), pixels)


def _looks_like_sheet(file: Path) -> bool:
    if not any(file.with_suffix(ending).is_file() for ending in ENDINGS):
        return False
    with file.open("rb") as stream:
        return b'"frames"' in stream.read(4_096)


def _is_hidden(folder: Path, file: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in file.relative_to(folder).parts)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            wanted = [one for one in archive.infolist() if _is_wanted(one)]
            size_bytes = sum(one.file_size for one in wanted)
            if size_bytes > ZIP_BYTES_MAX or len(wanted) > 4 * PICTURES_MAX:
                raise DatasetError(
                    f"{source.name} holds {len(wanted)} files of {size_bytes / 2**20:,.0f} MiB",
                    hint=f"a set has at most {PICTURES_MAX} pictures and {ZIP_BYTES_MAX // 2**20} MiB",
                )
            for one in wanted:
                target = folder.joinpath(*PurePosixPath(one.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(one) as packed, target.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise DatasetError(
            f"{source.name} is neither a folder nor a whole zip: {error}", hint="zip the folder anew"
        ) from error
    except OSError as error:
        raise DatasetError(
            f"cannot unpack {source.name}: {error.strerror}", hint="make room in the temporary folder"
        ) from error


def _is_wanted(one: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(one.filename).parts
    safe = (
        bool(parts)
        and not one.is_dir()
        and not any(part in ("..", "/") or "\\" in part or ":" in part for part in parts)
    )
    return safe and one.filename.lower().endswith((*ENDINGS, *_SIDECARS))
