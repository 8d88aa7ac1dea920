"""What a prompt leaves unsaid and captions say: told to the model where it draws without a tile to redraw."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pixels_mcp.exemplars.finder import Exemplar, is_background_kind, library
from pixels_mcp.exemplars.likeness import CONFIDENT_THING, GROUND_WORDS
from pixels_mcp.exemplars.prompt_words import PromptWords, read_prompt
from pixels_mcp.exemplars.ramps import main_colors
from pixels_mcp.exemplars.style_words import known_style
from pixels_mcp.exemplars.words import COLOR_OF, ELEMENT_COLORS, NATURAL_COLORS, singular, split_words

_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_SPOKEN_WORDS_MAX = 10
"""The text encoder of `mini` reads 14 pieces of words; what is typed must not be pushed out."""


def as_captions_say(
    prompt: str, likest: Exemplar | None, *, fills: bool, style: str = "", ground_only: bool = False
) -> str:
    """Say what the captions that the model learned from say of such a thing, and the prompt leaves unsaid.

    Nearly every caption names the main color, so that a prompt without one asks for any: `pumpkin` alone is drawn in
    red as often as in orange. `light green grass` is drawn as a tuft unless it is a floor.

    Args:
        prompt: As the text encoder would read it, without a style.
        likest: The tile that fits it best, if any.
        fills: The sprite fills its square.
        style: What is said after it; a color or a look in it holds.
        ground_only: Say nothing of the thing itself, where a LoRA brings colors and a look of its own.

    Returns:
        Such as `orange straw hat farmer tiny style` for `farmer`, `green grass floor` for `grass`; the prompt and its
        ground where it says all, or is long.
    """
    asked = read_prompt(prompt)
    ground = _unsaid_ground(asked, likest) if fills else ""
    plainly = f"{prompt} {ground}".rstrip()
    if ground_only:
        return plainly
    tile = likest if likest is not None and likest.of_thing >= CONFIDENT_THING else None
    color = None if _names_color(style) else _unsaid_color(asked, tile)
    # Of a ground the other words name what lies on it.
    words = _unsaid_words(prompt, tile.words) if tile and not is_background_kind(tile.kind) else []
    before = " ".join([*([color] if color else []), *words])
    after = f"{ground} {_unsaid_look(tile, style)}".strip()
    spoken = f"{before} {_ARTICLE.sub('', prompt) if before else prompt} {after}".strip()
    return spoken if len(spoken.split()) <= _SPOKEN_WORDS_MAX else plainly


def _unsaid_ground(asked: PromptWords, likest: Exemplar | None) -> str:
    """`floor` or `wall`, or empty for what fills its square by its own name, and for things."""
    if asked.background or asked.head in ("water", "lava", "sea", "ocean"):
        return ""
    kind = likest.kind if likest else ""
    if kind in ("floor", "wall"):
        return kind
    return "floor" if asked.head in GROUND_WORDS else ""


def _unsaid_words(prompt: str, words: Sequence[str]) -> list[str]:
    said = {singular(word) for word in split_words(prompt)}
    return [word for word in words if word not in said and word not in COLOR_OF]


def _unsaid_color(asked: PromptWords, tile: Exemplar | None) -> str | None:
    """The color that everybody knows of the thing, else the tile's; None where one is asked, or an element or a
    material says it."""
    if asked.color is not None or _names_color(" ".join(asked.rest)):
        return None
    natural = NATURAL_COLORS.get(asked.head)
    if natural is not None or tile is None:
        return natural
    return next(iter(main_colors(tile.pixels)), None)


def _unsaid_look(tile: Exemplar | None, style: str) -> str:
    """The words for the tile's look, where no other is asked: which of a house's many looks is drawn decides its
    shape."""
    styles = library().index.styles
    return styles.get(tile.style, "") if tile and known_style(style, styles) is None else ""


def _names_color(words: str) -> bool:
    return any(word in COLOR_OF or word in ELEMENT_COLORS for word in split_words(words))
