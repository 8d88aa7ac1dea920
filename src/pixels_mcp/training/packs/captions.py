"""From a tile's path to what it shows: kind, head noun and words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pixels_mcp.exemplars.words import COLOR_OF, split_words, word_set


@dataclass(frozen=True)
class TileWords:
    """What a tile's path says.

    Attributes:
        kind: One of the kinds of `KIND_WEIGHTS`.
        head: The noun that names the thing (`sword` for a katana).
        words: All words in the order of speech, the head last.
        name: Normalised name, the same for a thing in both releases and for its numbered variants.
        weight: How often it is drawn in training, 1 for an ordinary tile.
        mirrors: Whether its mirror picture is as good.
    """

    kind: str
    head: str
    words: tuple[str, ...]
    name: str
    weight: float
    mirrors: bool


_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("tile_words.toml").read_text(encoding="utf-8"))

KIND_WEIGHTS: dict[str, float] = _TABLES["weights"]
"""Every kind and its weight in training."""

BACKGROUND_KINDS = frozenset({"floor", "wall", "water"})
"""Kinds that fill their square and repeat."""

_FOLDER_KINDS: list[tuple[str, str]] = [(entry["pattern"], entry["kind"]) for entry in _TABLES["folder_kinds"]]
_SPELLED: dict[str, str] = _TABLES["spelled"]
_FAMILY_OF = {member: family for family, members in _TABLES["families"].items() for member in members.split()}
_ARMOUR_PARTS = frozenset({"helmet", "boots", "gloves", "cloak", "shield"})
_KIND_NOUNS: dict[str, str] = _TABLES["kind_nouns"]
_FOLDER_NOUNS: dict[str, str] = _TABLES["folder_nouns"]
_NAMED_BY_WORDS = frozenset({"plant", "food", "icon"})
"""Kinds whose things have names of their own."""
_NOISE, _NOT_HEADS, _KEEP_SHORT = (word_set(_TABLES["words"][name]) for name in ("noise", "not_heads", "short"))


def describe_tile(path: str) -> TileWords:
    """Read a tile's kind, head noun and words from its path.

    Args:
        path: Such as `Nov-2015/mon/undead/skeletal_warrior.png`; the first folder is the release.
    """
    pure = PurePosixPath(path)
    folders, stem = [folder.removeprefix("dc-") for folder in pure.parts[1:-1]], pure.stem.lower()
    kind = kind_of_place(folders, stem)
    words = words_of_name(folders, stem)
    place = f"{'/'.join(folders)} {stem.rstrip('0123456789')}"
    name = f"{kind}: {' '.join(sorted(words)) or place}"
    kind, head = head_noun(kind, words)
    nouns = [_FOLDER_NOUNS[folder] for folder in folders if folder in _FOLDER_NOUNS]
    ordered = [w for w in words if w != head] + [n for n in nouns if n not in words and n != head] + [head]
    head, ordered = order_words(kind, stem, head, ordered)
    return TileWords(kind, head, tuple(dict.fromkeys(ordered)), name, KIND_WEIGHTS[kind], kind not in ("mark", "icon"))


def kind_of_place(folders: Sequence[str], stem: str) -> str:
    """The kind that the folders say; marks and lava are told by the file's name.

    Args:
        folders: Without the release.
        stem: The file's name without its ending, in small letters.
    """
    if stem.startswith("i-"):
        return "mark"
    where = "/".join(folders)
    kind = next((kind for pattern, kind in _FOLDER_KINDS if re.search(pattern, where)), "item")
    return "water" if kind == "feature" and "lava" in stem else kind


def words_of_name(folders: Sequence[str], stem: str) -> list[str]:
    """The words of a file's name that say how the thing looks, spelled as people say them, each once."""
    words: list[str] = []
    for raw in _telling(folders, split_words(stem)):
        for word in _SPELLED.get(raw, raw).split():
            useful = len(word) > 3 or word in _KEEP_SHORT or word in COLOR_OF
            if useful and word not in _NOISE and word not in words:
                words.append(word)
    return [_plain_color(word) for word in words]


def _telling(folders: Sequence[str], spoken: list[str]) -> list[str]:
    # An artefact is named for a legend; of its name only the family of the thing says how it looks.
    if "artefact" in folders or spoken[:1] in (["urand"], ["spwpn"]):
        return [word for word in spoken if word in _FAMILY_OF or word in COLOR_OF]
    if "nonliving" in folders and spoken[:1] == ["spectral"]:
        return ["floating", *spoken[1:]]
    return spoken


def _plain_color(word: str) -> str:
    for shade in ("light", "dark"):
        if word.removeprefix(shade) in COLOR_OF:
            word = word.removeprefix(shade)
    return word


def head_noun(kind: str, words: Sequence[str]) -> tuple[str, str]:
    """The kind, which a part of an armour is of its own, and the noun that names the thing.

    Args:
        kind: By its place.
        words: In the order of speech.
    """
    if kind in ("armour", "weapon"):
        family = next((_FAMILY_OF[word] for word in reversed(words) if word in _FAMILY_OF), kind)
        return (family if family in _ARMOUR_PARTS else kind), family
    if kind in _KIND_NOUNS and kind not in _NAMED_BY_WORDS:
        return kind, _KIND_NOUNS[kind]
    own = (word for word in reversed(words) if word not in COLOR_OF and word not in _NOT_HEADS)
    return kind, next(own, _KIND_NOUNS.get(kind, kind))


def order_words(kind: str, stem: str, head: str, ordered: list[str]) -> tuple[str, list[str]]:
    """The head and the words where people say them in another way: lava, wands of a gem, piles of coins.

    Args:
        kind: Of the thing.
        stem: The file's name without its ending.
        head: As `head_noun` says.
        ordered: All words, the head last.
    """
    if kind in BACKGROUND_KINDS and "lava" in ordered:
        return "lava", [word for word in ordered if word not in ("water", "lava")] + ["lava"]
    if kind == "wand" and stem.startswith("gem"):
        return "wand", [word for word in ordered if word not in ("gem", head)] + ["wand"]
    if kind == "coin":
        return head, ["gold", "coin"] + (["pile"] if stem.isdigit() and int(stem) > 4 else [])
    return head, ordered
