"""Making an entry again from the recipe in its file; it blocks, and belongs on a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixels_mcp.errors import RecipeError
from pixels_mcp.library.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from pixels_mcp.library.entries import LibraryEntry
    from pixels_mcp.tui.session import Session


def made_again(session: Session, sprite_id: str) -> str:
    """Ask for what a model drew, or make a set again at once; returns what to say.

    Raises:
        UnknownSpriteError: There is no such entry.
        RecipeError: Its recipe cannot be followed here.
        PixelsError: As the worker gave it.
    """
    from pixels_mcp.operations.follow_recipe import follow

    link, library = session.link, session.library
    recipe = read_recipe(library.read_png(sprite_id))
    if recipe.model_sha256 is not None:
        return f"{link.regenerate(recipe.model_dump(mode='json')).job_id} makes it again"

    def draw(source: Recipe) -> LibraryEntry:
        (part,) = link.parts_drawn(link.regenerate(source.model_dump(mode="json"))).parts
        if part.error is not None:
            raise part.error.as_error()
        if not part.sprites:
            raise RecipeError(f"what {sprite_id} was made from was not drawn again", hint="make it again once more")
        return library.get(part.sprites[0].sprite_id)

    return f"{sprite_id} is made again: {follow(recipe, library, draw).sprite_id}"
