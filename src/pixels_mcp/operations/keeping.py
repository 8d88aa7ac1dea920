"""Keeping what an operation made: its id, its recipe, its place in the library."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, JsonValue

from pixels_mcp import __version__
from pixels_mcp.errors import RecipeError
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.requests import make_job_id, make_sprite_id

_NO_PARTS: Mapping[str, LibraryEntry] = {}


def recipe_of(entry: LibraryEntry) -> dict[str, JsonValue] | None:
    """What an entry's file tells of its making; None where it tells nothing."""
    try:
        return read_recipe(entry.path).model_dump(mode="json")
    except RecipeError:
        return None


def keep_made(
    library: Library,
    pixels: Rgba,
    new: NewEntry,
    *,
    label: str,
    operation: str,
    request: BaseModel,
    sources: Mapping[str, str],
    plan: Mapping[str, JsonValue],
    left_out: frozenset[str] = frozenset(),
    parent: Mapping[str, JsonValue] | None = None,
    parts: Mapping[str, LibraryEntry] = _NO_PARTS,
) -> LibraryEntry:
    """Keep a picture that an operation made, under an id of its own.

    Args:
        library: Where it goes.
        pixels: (H, W, 4) uint8.
        new: What is told of it.
        label: What the id is made from.
        operation: Its name in the recipe.
        request: As asked.
        sources: sha256 of each file that it was made from, by what it was to it.
        plan: Every value as decided.
        left_out: Words of the request that the recipe does not tell: what a file is called here.
        parent: Recipe of what it is an edit of.
        parts: Entries that it was put together from, by their names in `sources`: their recipes go with it.

    Raises:
        DiskFullError, StoreError: It cannot be written; nothing was kept.
    """
    recipe = Recipe(
        format_version=2,
        operation=operation,
        sources=dict(sources),
        parent=None if parent is None else dict(parent),
        parts={name: recipe for name, entry in parts.items() if (recipe := recipe_of(entry)) is not None},
        request=request.model_dump(mode="json", exclude_unset=True, exclude=set(left_out)),
        plan=dict(plan),
        versions={"pixels-mcp": __version__},
    )
    job_id = make_job_id(label, library.reserve_number())
    return library.add(make_sprite_id(job_id, 1), pixels, recipe, new)
