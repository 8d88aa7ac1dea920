"""From a tile's path to what it shows: kind, head noun and words."""

from __future__ import annotations

import re
import tomllib
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
_NOISE, _NOT_HEADS, _KEEP_SHORT = (word_set(_TABLES["words"][name]) for name in ("noise", "not_heads", "short"))


def describe_tile(path: str) -> TileWords:
    """Read a tile's kind, head noun and words from its path.

    Args:
        path: Such as `Nov-2015/mon/undead/skeletal_warrior.png`; the first folder is the release.
    """
    pure = PurePosixPath(path)
    folders = [f.removeprefix("dc-") for f in pure.parts[1:-1]] if len(pure.parts) > 1 else []
    where, stem = "/".join(folders), pure.stem.lower()
    kind = next((kind for pattern, kind in _FOLDER_KINDS if re.search(pattern, where)), "item")
    if stem.startswith("i-"):
        kind = "mark"
    if kind == "feature":
        kind = "water" if "lava" in stem else kind
    nouns = [_FOLDER_NOUNS[f] for f in folders if f in _FOLDER_NOUNS]
    words: list[str] = []
    # An artefact is named for a legend; of its name only the family of the thing says how it looks.
    spoken = split_words(stem)
    if "artefact" in folders or spoken[:1] in (["urand"], ["spwpn"]):
        spoken = [w for w in spoken if w in _FAMILY_OF or w in COLOR_OF]
    if "nonliving" in folders and spoken[:1] == ["spectral"]:
        spoken = ["floating", *spoken[1:]]
    for raw in spoken:
        for word in _SPELLED.get(raw, raw).split():
            useful = len(word) > 3 or word in _KEEP_SHORT or word in COLOR_OF
            if useful and word not in _NOISE and word not in words:
                words.append(word)
    for prefix in ("light", "dark"):
        words = [w.removeprefix(prefix) if w.removeprefix(prefix) in COLOR_OF else w for w in words]
    name = kind + ": " + (" ".join(sorted(words)) or f"{where} {stem.rstrip('0123456789')}")
    if kind in ("armour", "weapon"):
        family = next((_FAMILY_OF[w] for w in reversed(words) if w in _FAMILY_OF), kind)
        kind = family if family in _ARMOUR_PARTS else kind
        head = family
    elif kind in _KIND_NOUNS and kind not in ("plant", "food", "icon"):
        head = _KIND_NOUNS[kind]
    else:
        head = next(
            (w for w in reversed(words) if w not in COLOR_OF and w not in _NOT_HEADS), _KIND_NOUNS.get(kind, kind)
        )
    ordered = [w for w in words if w != head] + [n for n in nouns if n not in words and n != head] + [head]
    if kind in BACKGROUND_KINDS and "lava" in words:
        head = "lava"
        ordered = [w for w in ordered if w not in ("water", "lava")] + ["lava"]
    if kind == "wand" and stem.startswith("gem"):
        ordered = [w for w in ordered if w not in ("gem", head)] + ["wand"]
        head = "wand"
    if kind == "coin":
        ordered = ["gold", "coin"] + (["pile"] if stem.isdigit() and int(stem) > 4 else [])
    return TileWords(kind, head, tuple(dict.fromkeys(ordered)), name, KIND_WEIGHTS[kind], kind not in ("mark", "icon"))
