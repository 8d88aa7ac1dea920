"""A request from an earlier sprite's recipe: the same words, model and seed, unless others are given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import DrawWords
from pixels_mcp.told_apart import Words

if TYPE_CHECKING:
    from pixels_mcp.library.library_folder import Library

_TAKEN = frozenset(DrawWords.model_fields) - {"count", "seed", "model"}
"""Words of the request; seed and model are those of the one sprite, and one sprite is drawn."""


def words_like(library: Library, sprite_id: str) -> Words:
    """The words that draw a sprite again.

    Raises:
        UnknownSpriteError: No such sprite.
        InvalidArgumentError: It was not drawn from words.
        StoreError: Its file is gone or damaged.
    """
    from pixels_mcp.library.recipe import read_recipe

    entry = library.get(sprite_id)
    recipe = read_recipe(Path(entry.path))
    if recipe.operation != "draw":
        raise InvalidArgumentError(
            f"{sprite_id} was not drawn from words ({recipe.operation})", steps=[NextStep("redraw_sprite", sprite_id)]
        )
    words = {word: value for word, value in recipe.request.items() if word in _TAKEN and value is not None}
    return {**words, "model": entry.model, "seed": entry.seed}
