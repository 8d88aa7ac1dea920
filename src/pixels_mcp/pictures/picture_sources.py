"""Which picture files a person means, and where the result of each goes."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import expand_home

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".tga", ".ppm", ".ico")
"""What a picture file's name ends in."""

COMPARISON_ENDING = ".compare.png"
"""What the name of a before-and-after picture ends in, beside the result of the same stem."""


@dataclass(frozen=True, slots=True)
class PictureTask:
    """One picture to work on.

    Attributes:
        source: The picture.
        target: The PNG to write.
        comparison: A before-and-after PNG to write as well, or None.
        all_frames: Recover every frame of an animated picture, onto one sheet and into a GIF.
    """

    source: Path
    target: Path
    comparison: Path | None
    all_frames: bool


def find_sources(words: Sequence[str]) -> list[Path]:
    """The pictures that files, folders and patterns name, each once, sorted within each word by the numbers in names.

    Before-and-after pictures that a command wrote beside its results are taken only where they are named themselves.

    Raises:
        InvalidArgumentError: A word names nothing, or a folder without pictures.
    """
    picture_files: dict[Path, None] = {}
    for word in words:
        path = expand_home(word)
        if path.is_file():
            matches = [path]
        elif path.is_dir():
            matches = _in_order(one for one in path.iterdir() if one.suffix.lower() in ENDINGS and one.is_file())
        else:
            names = glob.glob(str(expand_home(word)), recursive=True)  # noqa: PTH207  # patterns may be absolute
            matches = _in_order(Path(one) for one in names if one.lower().endswith(ENDINGS) and Path(one).is_file())
        if not matches:
            raise InvalidArgumentError(
                f"{word}: no picture there", hint="give a picture file, a folder of pictures, or a quoted pattern"
            )
        picture_files.update(dict.fromkeys(matches))
    return list(picture_files)


def natural_key(path: Path) -> tuple[list[list[str | int]], str]:
    """What to sort paths by so that numbers in names count by their value: step_2 before step_10."""
    parts = [re.split("([0-9]+)", part.casefold()) for part in path.parts]
    keys: list[list[str | int]] = [[int(word) if at % 2 else word for at, word in enumerate(words)] for words in parts]
    return keys, str(path)


def _in_order(paths: Iterable[Path]) -> list[Path]:
    return sorted((path for path in paths if not _is_comparison(path)), key=natural_key)


def _is_comparison(path: Path) -> bool:
    whole = path.name.removesuffix(COMPARISON_ENDING)
    return whole != path.name and path.with_name(f"{whole}.png").exists()


def plan_tasks(
    sources: Sequence[Path],
    output_dir: Path | None,
    *,
    compare: bool,
    all_frames: bool,
    overwrite: bool,
    beside: str = "pixelized",
) -> list[PictureTask]:
    """Decide where each result goes: by default into a folder called `beside` beside the picture.

    Raises:
        InvalidArgumentError: A result exists already and `overwrite` is False.
    """
    stems = [source.stem.lower() for source in sources]
    tasks: list[PictureTask] = []
    for source in sources:
        folder = output_dir or source.parent / beside
        double = output_dir is not None and stems.count(source.stem.lower()) > 1
        alike = [one for one in sources if one.parent == source.parent and one.stem.lower() == source.stem.lower()]
        name = f"{source.stem}-{source.suffix.lstrip('.').lower()}" if double or len(alike) > 1 else source.stem
        target = folder / f"{name}.png"
        tasks.append(PictureTask(source, target, folder / (name + COMPARISON_ENDING) if compare else None, all_frames))
    targets = [task.target for task in tasks]
    if len(set(targets)) < len(targets):
        raise InvalidArgumentError(
            "two pictures would be written to one file", hint="rename one, or take the folders one by one"
        )
    there = [task.target for task in tasks if task.target.exists()]
    if any(task.target.resolve() == task.source.resolve() for task in tasks):
        raise InvalidArgumentError("a result would replace its own picture", hint="give another --output-dir")
    if there and not overwrite:
        raise InvalidArgumentError(
            f"{len(there)} of {len(tasks)} results exist already, such as {there[0]}",
            hint="give --overwrite to replace them, or another --output-dir",
        )
    return tasks
