"""From a picture's place in a pack to what it shows: kind, head noun, words, look, and whose frame it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixels_mcp.exemplars.words import COLOR_OF, split_words, word_set
from pixels_mcp.training.packs.captions import BACKGROUND_KINDS, KIND_WEIGHTS, TileWords
from pixels_mcp.training.packs.pack import Pack, PackPicture

_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("pack_words.toml").read_text(encoding="utf-8"))

STYLES: dict[str, dict[str, str]] = _TABLES["styles"]
"""The looks that one can ask for: `words` as captions have them, and what they mean."""

PACK_SHARES: dict[str, float] = _TABLES["share"]
UNNAMED_PACK_SHARE = 0.1

_PART, _UNTOLD = "part:", "?"
_CELL = re.compile(r"_r\d+c\d+(?=_|$)")
_DIRECTION = re.compile(r"_(?:(?:down|up)(?:_(?:left|right))?|left|right|front)$")
_NUMBER = re.compile(r"(?:_v?\d+|(?<=[a-z])\d+)$")
_LINKS = word_set("of with on in for under from at wearing holding side back view above")
_SPELLED: dict[str, str] = _TABLES["spelled"]
_ACTIONS: dict[str, str] = _TABLES["actions"]
_NAMES: dict[str, str] = _TABLES["names"]
_NOISE, _NOT_HEADS = (word_set(_TABLES["words"][name]) for name in ("noise", "not_heads"))
_KIND_OF_HEAD = {head: kind for kind, heads in _TABLES["heads"].items() for head in heads.split()}
_PEOPLE = word_set(_TABLES["heads"]["character"])
_GROUNDS: dict[str, str] = _TABLES["grounds"]
_SKIPPED = [re.compile(pattern) for pattern in _TABLES["skip"]["patterns"]]
_HALVED = [re.compile(pattern) for pattern in _TABLES["halved"]["patterns"]]
_KINDS = [(re.compile(entry["pattern"]), entry["kind"]) for entry in _TABLES["kinds"]]
_NOUNS = [(re.compile(entry["pattern"]), entry["noun"]) for entry in _TABLES["nouns"]]
_LOOKS = [(re.compile(entry["pattern"]), entry["style"]) for entry in _TABLES["looks"]]
_PLAIN_KINDS = frozenset({"icon", "ui", "portrait", "effect", "space"})
"""Kinds that a head noun does not change: a sword on an icon's plate is an icon."""


@dataclass(frozen=True)
class Shown:
    """What a picture of a pack shows.

    Attributes:
        words: Kind, head and words; `name` is the same for all frames of an actor and for numbered variants.
        pose: Words for what the actor does in this frame, such as (`walking`,) or (`back`,).
        character: The actor whose frame it is, `FOLDERS/NAME` in its pack; empty for a thing that stands still.
        action: Name of its sheet's action, such as `walk`; empty where there is no actor.
        direction: Where the actor looks: `down`, `up_left`, ...; empty where nothing says so.
        frame: Number of the frame.
    """

    words: TileWords
    pose: tuple[str, ...] = ()
    character: str = ""
    action: str = ""
    direction: str = ""
    frame: int = 0


def may_be_halved(path: str) -> bool:
    """Whether things of any kind in a place (PACK/FOLDERS/NAME) stay readable at half their size."""
    return any(pattern.search(path) for pattern in _HALVED)


def style_of(path: str) -> str:
    """Name the look of a picture by its path (PACK/FOLDERS/NAME), a key of `STYLES`; empty where none is known."""
    return next((style for pattern, style in _LOOKS if pattern.search(path)), "")


def describe_picture(pack: Pack, picture: PackPicture) -> Shown | None:
    """Say what a picture of a pack in the common layout shows.

    Returns:
        None where it shows no thing of its own (a fragment, a cell of a sheet on which several things stand), or
        where nobody could tell.
    """
    stem = picture.path.removesuffix(".png")
    path = f"{pack.name}/{stem}"
    folder, _, name = stem.rpartition("/")
    if picture.caption is not None:
        return _captioned(path, picture.caption)
    ground = max((start for start in _GROUNDS if path.startswith(start)), key=len, default=None)
    if ground is not None:
        said = split_words(_GROUNDS[ground])
        return Shown(_words(path, said, "water" if "water" in said else "floor"))
    if any(pattern.search(path) for pattern in _SKIPPED):
        return None
    if folder in pack.sheets_of:
        return _frame(path, folder, name)
    kind = _kind(path)
    if _CELL.search(name) and kind not in BACKGROUND_KINDS:
        return None
    return Shown(_words(path, _cleaned(path, name, folder), kind))


def _captioned(path: str, caption: str) -> Shown | None:
    if caption.startswith(_PART) or caption in ("", _UNTOLD):
        return None
    # The name of a cell lists its whole region; only the folder says something of this one picture.
    kind = _kind(path.rpartition("/")[0] + "/")
    kind = "item" if kind in BACKGROUND_KINDS else kind
    return Shown(_words(path, _spelled(split_words(caption)), kind, may_head=lambda word: word not in COLOR_OF))


def _frame(path: str, folder: str, name: str) -> Shown:
    bare = _NUMBER.sub("", name)
    number = name[len(bare) :].strip("_v")
    action = _DIRECTION.sub("", bare)
    direction = bare[len(action) :].strip("_")
    action = _NUMBER.sub("", action)
    said = _ACTIONS.get(action.split("_")[0], "")
    pose = (*said.split(), *(("back",) if direction.startswith("up") else ()))
    actor = folder.rpartition("/")[2]
    words = _words(path, _cleaned(path, actor, ""), _kind(path))
    return Shown(words, pose, folder, action, direction, int(number) if number.isdigit() else 0)


def _kind(path: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.search(path)), "item")


def _cleaned(path: str, name: str, folder: str) -> list[str]:
    """The words of a name without cells, numbers and noise; of the folder where nothing is left."""
    whole = next((said for start, said in _NAMES.items() if path.startswith(start)), None)
    if whole is not None:
        return split_words(whole)
    words = _spelled(split_words(_NUMBER.sub("", _CELL.sub("", name))))
    if not words and folder:
        above, _, last = folder.rpartition("/")
        return _cleaned(path, last, above)
    return words


def _spelled(words: list[str]) -> list[str]:
    spoken = [part for word in words for part in _SPELLED.get(word, word).split()]
    return [w for w in dict.fromkeys(spoken) if w not in _NOISE and not w.isdigit()]


def _may_head(word: str) -> bool:
    """Whether a word of a file name can be its noun: in names adjectives often stand last (`flask_big_blue`)."""
    return word not in COLOR_OF and word not in _NOT_HEADS


def _words(path: str, words: list[str], kind: str, *, may_head: Callable[[str], bool] = _may_head) -> TileWords:
    noun = next((noun for pattern, noun in _NOUNS if pattern.search(path)), "")
    if noun:
        words = [*(w for w in words if w != noun), noun]
    link = next((n for n, word in enumerate(words) if n and word in _LINKS), len(words))
    body = [w for w in words[:link] if may_head(w)]
    head = body[-1] if body else (words[-1] if words else kind)
    if kind == "character" and head not in _PEOPLE:
        # Who it is rather than what he wears: old_woman_grey_hair.
        head = next((w for w in reversed(body) if w in _PEOPLE), head)
    if kind not in _PLAIN_KINDS and kind not in BACKGROUND_KINDS:
        kind = _KIND_OF_HEAD.get(head, kind)
    rest = [w for w in words if w != head and w not in _LINKS]
    name = f"{path.split('/')[0]} {kind}: " + " ".join(sorted({*rest, head}))
    mirrors = kind not in ("ui", "icon")
    return TileWords(kind, head, (*rest, head), name, KIND_WEIGHTS[kind], mirrors)
