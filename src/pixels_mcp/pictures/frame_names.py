"""What pictures are called on a sheet: telling names, each once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A picture file and what it is called: the file's stem, or the id of a sprite."""

    name: str
    file: Path


def telling_names(pictures: Sequence[NamedPicture]) -> list[str]:
    """Give each picture a name of its own: where several are called alike, with the folders that tell them apart.

    Files that differ in their ending alone keep it; a file that is given twice is numbered.
    """
    names = [one.name for one in pictures]
    folders = [one.file.parent for one in pictures]
    deepest = max((len(one.file.parts) for one in pictures), default=1)
    for depth in range(2, deepest + 1):
        alike = {folders[at] for at in _doubles(names, folders)}
        for at, one in enumerate(pictures):
            if folders[at] in alike:  # all of a folder are called after it, or none
                names[at] = "/".join((*one.file.parts[-depth:-1], one.name))
    for at in _doubles(names, [one.file for one in pictures]):
        names[at] += pictures[at].file.suffix
    taken: set[str] = set()
    for at, name in enumerate(names):
        number, unique = 2, name
        while unique in taken or (unique != name and unique in names):
            unique, number = f"{name}-{number}", number + 1
        names[at] = unique
        taken.add(unique)
    return [os.fsencode(name).decode("utf-8", "backslashreplace") for name in names]


def _doubles(names: Sequence[str], places: Sequence[Path]) -> list[int]:
    """The indices of names that stand for several places."""
    places_of: dict[str, set[Path]] = {}
    for name, place in zip(names, places, strict=True):
        places_of.setdefault(name, set()).add(place)
    return [at for at, name in enumerate(names) if len(places_of[name]) > 1]
