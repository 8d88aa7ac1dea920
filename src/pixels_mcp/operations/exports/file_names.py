"""What exported files are called: a pattern with places for what is known of an entry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.requests import make_slug

PLACES = ("id", "name", "prompt", "number", "seed", "model", "kind")
_PLACE = re.compile(r"\{(\w*)\}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def check_pattern(pattern: str | None) -> None:
    """Refuse a pattern of names that cannot be followed.

    Raises:
        InvalidArgumentError: A place in it is unknown, or it leaves the folder.
    """
    if pattern is None:
        return
    unknown = [place for place in _PLACE.findall(pattern) if place not in PLACES]
    if unknown or not pattern:
        raise InvalidArgumentError(
            f"--names {pattern!r}: " + (f"nothing is called {{{unknown[0]}}}" if unknown else "it is empty"),
            hint=f"write it with {', '.join(f'{{{place}}}' for place in PLACES)}: items/{{name}} is written items_name",
        )
    if "/" in pattern or "\\" in pattern or pattern.startswith("."):
        raise InvalidArgumentError(
            f"--names {pattern!r} names a folder", hint="give the folder with -o, and a name without / and \\"
        )


def file_names(entries: Sequence[LibraryEntry], pattern: str | None) -> list[str]:
    """Name the files of entries, without ending.

    Args:
        entries: In order.
        pattern: With `{name}` (the prompt in short where an entry has none), `{id}`, `{prompt}`, `{number}` (from 1,
            as many digits as the last one has), `{seed}`, `{model}`, `{kind}`. None takes the name, and the id where
            two have one name.

    Raises:
        InvalidArgumentError: Two would be called alike.
    """
    digits = len(str(len(entries)))
    if pattern is None:
        names = [_named(entry) for entry in entries]
        count = Counter(names)
        return [name if count[name] == 1 else entry.sprite_id for name, entry in zip(names, entries, strict=True)]
    filled: list[str] = []
    for number, entry in enumerate(entries, start=1):
        words = {
            "id": entry.sprite_id,
            "name": _named(entry),
            "prompt": make_slug(entry.prompt),
            "number": f"{number:0{digits}d}",
            "seed": str(entry.seed),
            "model": entry.model,
            "kind": entry.entry_kind,
        }
        filled.append(_UNSAFE.sub("_", _PLACE.sub(lambda place, words=words: words[str(place[1])], pattern)))
    (name, count), *_ = Counter(name.casefold() for name in filled).most_common(1) or [("", 0)]
    if count > 1:
        raise InvalidArgumentError(
            f"{count} of them would be called {name!r}", hint="put {number} or {id} into --names"
        )
    return filled


def _named(entry: LibraryEntry) -> str:
    return entry.name or make_slug(entry.prompt)
