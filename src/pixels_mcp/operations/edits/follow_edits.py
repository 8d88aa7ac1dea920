"""Make an edit again from its recipe: its parent first, where that is not in the library any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pixels_mcp.errors import RecipeError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.next_steps import NextStep
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.pixel_edit import PIXEL_EDITS, edit_pixels
from pixels_mcp.requests import parse_request

Draw = Callable[[Recipe], LibraryEntry]
"""Draws what a recipe of a model tells of."""


def follow(recipe: Recipe, library: Library, draw: Draw) -> LibraryEntry:
    """Make again what a recipe tells of.

    An edit by code is worked out on its parent; the parent is found by its content, else made again from its own
    recipe, and so on to what a model drew.

    Args:
        recipe: Of the picture.
        library: Where parents are looked for, and where the result goes.
        draw: What a model drew is drawn by this.

    Raises:
        RecipeError: A parent or style is neither here nor can it be made again; or the operation cannot be followed.
    """
    if recipe.model_sha256 is not None:
        return draw(recipe)
    if recipe.operation not in PIXEL_EDITS:
        raise RecipeError(
            f"this picture was not drawn but made by the operation '{recipe.operation}'",
            hint="drawn sprites and edits are made again from their recipes; make this one anew from its parts",
        )
    words: dict[str, Any] = {**recipe.request, "sprite_id": _parent_of(recipe, library, draw).sprite_id}
    if "style" in recipe.sources:
        words["style"] = _standing(recipe.sources["style"], "the sprite whose style it took", library).sprite_id
    return edit_pixels(parse_request(EditRequest, words), library)


def _parent_of(recipe: Recipe, library: Library, draw: Draw) -> LibraryEntry:
    sha256 = recipe.sources.get("parent", "")
    standing = library.find_file(sha256)
    if standing is not None:
        return standing
    if recipe.parent is None:
        return _standing(sha256, "what it is an edit of", library)
    made = follow(Recipe.model_validate(recipe.parent), library, draw)
    if made.sha256 != sha256:
        raise RecipeError(
            f"what it is an edit of comes out as another file here ({made.sha256[:12]}..., not {sha256[:12]}...)",
            hint="make it again on the machine and with the version that made it",
        )
    return made


def _standing(sha256: str, what: str, library: Library) -> LibraryEntry:
    entry = library.find_file(sha256)
    if entry is None:
        raise RecipeError(
            f"{what} (sha256 {sha256[:12]}...) is not in the library",
            hint="import its file first, or bring it back from the trash",
            steps=[NextStep("list_trash")],
        )
    return entry
