"""A caption out of a picture's name, its folder and its colors: `red potion` for `items/potion_03.png`."""

from __future__ import annotations

from pathlib import PurePosixPath

from pixels_mcp.exemplars.ramps import main_colors
from pixels_mcp.exemplars.words import COLOR_OF, split_words, word_set
from pixels_mcp.pixelart.pixels import Rgba

_NOISE = word_set(
    "frame frames img image icon icons sprite sprites sheet tile tiles tileset pixel pixels art asset assets png gif "
    "copy final new old test untitled export exported render output out layer group ver version px set pack the a "
    "an of dcss rltiles misc various other big small large x v f s default base item items pictures pics graphics "
    "texture textures characters chars objects things sample samples game"
)
_WORDS_MAX = 8


def caption_of_name(name: str, clip: str, pixels: Rgba) -> str:
    """Describe a picture by what it is called; empty where the name says nothing.

    Args:
        name: Path with `/`.
        clip: What an actor does in it, such as `walk`; may be empty.
        pixels: (H, W, 4) uint8; its color goes first where the name has none.
    """
    pure = PurePosixPath(name)
    words = _useful(pure.stem)
    if not words and pure.parent.name:
        words = _useful(pure.parent.name)
    if not words:
        return ""
    words += [word for word in _useful(clip) if word not in words]
    colors = [] if any(word in COLOR_OF for word in words) else main_colors(pixels)[:1]
    return " ".join([*colors, *words[:_WORDS_MAX]])


def without_color(caption: str) -> str:
    """The caption with its color words left out, where something else is left."""
    plain = [word for word in caption.split() if word.strip(",").lower() not in COLOR_OF]
    return " ".join(plain) if plain else caption


def _useful(text: str) -> list[str]:
    words = [word for word in split_words(_apart(text)) if word not in _NOISE and (len(word) > 1)]
    return list(dict.fromkeys(words))


def _apart(text: str) -> str:
    """Put blanks into `RedPotion`."""
    return "".join(
        f" {sign}" if sign.isupper() and at and text[at - 1].islower() else sign for at, sign in enumerate(text)
    )
