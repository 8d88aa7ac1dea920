"""Which picture files a person means, and where the result of each goes."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import expand_home

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".tga", ".ppm", ".ico")
"""What a picture file's name ends in."""


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
    """The pictures that files, folders and patterns name, each once, sorted within each word.

    Raises:
        InvalidArgumentError: A word names nothing, or a folder without pictures.
    """
    found: dict[Path, None] = {}
    for word in words:
        path = expand_home(word)
        if path.is_file():
            matches = [path]
        elif path.is_dir():
            matches = sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS and one.is_file())
        else:
            names = glob.glob(str(expand_home(word)), recursive=True)  # noqa: PTH207  # patterns may be absolute
            matches = sorted(Path(one) for one in names if one.lower().endswith(ENDINGS) and Path(one).is_file())
        if not matches:
            raise InvalidArgumentError(
                f"{word}: no picture there", hint="give a picture file, a folder of pictures, or a quoted pattern"
            )
        found.update(dict.fromkeys(matches))
    return list(found)


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
    tasks = []
    for source in sources:
        folder = output_dir or source.parent / beside
        double = output_dir is not None and stems.count(source.stem.lower()) > 1
        alike = [one for one in sources if one.parent == source.parent and one.stem.lower() == source.stem.lower()]
        name = f"{source.stem}-{source.suffix.lstrip('.').lower()}" if double or len(alike) > 1 else source.stem
        target = folder / f"{name}.png"
        tasks.append(PictureTask(source, target, folder / f"{name}.compare.png" if compare else None, all_frames))
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
