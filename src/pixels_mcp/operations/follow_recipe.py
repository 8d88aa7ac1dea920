"""Make an entry again from its recipe: what it was made from first, where that is not in the library any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from pydantic import JsonValue

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import RecipeError, StoreError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.next_steps import NextStep
from pixels_mcp.operations.animation_operation import keep_animation
from pixels_mcp.operations.character_clips import make_clips
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.pixel_edit import PIXEL_EDITS, edit_pixels
from pixels_mcp.operations.given_picture import GivenPicture, open_given
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.operations.sheet_operation import KeptSheetRequest, lay_sheet
from pixels_mcp.operations.terrains import ROLES, Role
from pixels_mcp.operations.tileset_operation import build_tileset
from pixels_mcp.set_words import FACINGS
from pixels_mcp.told_apart import Words

Draw = Callable[[Recipe], LibraryEntry]
"""Draws what a recipe of a model tells of."""


def follow(recipe: Recipe, library: Library, draw: Draw) -> LibraryEntry:
    """Make again what a recipe tells of.

    An edit by code, a tileset, an animation or a sheet is worked out from what it was made from; each of these is found
    by its content, else made again from its own recipe, and so on to what a model drew.

    Args:
        recipe: Of the picture.
        library: Where sources are looked for, and where the result goes.
        draw: What a model drew is drawn by this.

    Raises:
        RecipeError: A source is neither here nor can it be made again; or the operation cannot be followed.
    """
    if recipe.model_sha256 is not None:
        return draw(recipe)
    again = _edit if recipe.operation in PIXEL_EDITS else _SETS.get(recipe.operation)
    if again is None:
        raise RecipeError(
            f"this picture was not drawn but made by the operation '{recipe.operation}'",
            hint="drawn sprites, edits, tilesets, animations and sheets are made again from their recipes; "
            "import the file of this one again",
        )
    return again(recipe, _Sources(recipe, library, draw))


@dataclass(frozen=True)
class _Sources:
    """What a recipe names by its content."""

    recipe: Recipe
    library: Library
    draw: Draw

    def entry(self, name: str, what: str) -> LibraryEntry:
        """The entry that was `name` to it, made again where the library has it no more."""
        sha256 = self.recipe.sources.get(name, "")
        standing = self.library.find_file(sha256)
        if standing is not None:
            return standing
        own = self._recipe_of(name)
        if own is None:
            raise RecipeError(
                f"{what} (sha256 {sha256[:12]}...) is not in the library",
                hint="import its file first, or bring it back from the trash",
                steps=[NextStep("list_trash")],
            )
        made = follow(Recipe.model_validate(own), self.library, self.draw)
        if made.sha256 != sha256:
            raise RecipeError(
                f"{what} comes out as another file here ({made.sha256[:12]}..., not {sha256[:12]}...)",
                hint="make it again on the machine and with the version that made it",
            )
        return made

    def picture(self, name: str, what: str) -> GivenPicture:
        """The picture that was `name` to it: an entry, or a person's own that is kept in the library."""
        sha256 = self.recipe.sources[name]
        if self._recipe_of(name) is None and self.library.find_file(sha256) is None:
            try:
                return GivenPicture(self.library.reference(sha256), sha256, None)
            except StoreError:  # told below as what is missing
                pass
        return open_given(what, self.entry(name, what).sprite_id, self.library, hint="give the file")

    def name_of(self, picture: GivenPicture) -> str:
        """What a picture is called in this library."""
        return picture.sprite_id or str(self.library.reference_file(picture.sha256))

    def numbered(self, name: str, start: int) -> list[str]:
        """The names that begin so and end in a number, counted from one."""
        names: list[str] = []
        for number in count(start):
            if f"{name}_{number}" not in self.recipe.sources:
                return names
            names.append(f"{name}_{number}")
        return names

    def _recipe_of(self, name: str) -> Mapping[str, JsonValue] | None:
        return self.recipe.parent if name == "parent" else self.recipe.parts.get(name)


def _edit(recipe: Recipe, sources: _Sources) -> LibraryEntry:
    words: Words = {
        **recipe.request,
        "sprite_id": sources.entry("parent", "what it is an edit of").sprite_id,
    }
    if "style" in recipe.sources:
        words["style"] = sources.entry("style", "the sprite whose style it took").sprite_id
    return edit_pixels(parse_request(EditRequest, words), sources.library)


def _tileset(recipe: Recipe, sources: _Sources) -> LibraryEntry:
    roles: list[Role] = [role for role in ROLES if role in recipe.sources]
    terrains: dict[Role, GivenPicture] = {role: sources.picture(role, f"its terrain {role}") for role in roles}
    if any(sources.numbered(role, 2) for role in roles):
        raise RecipeError(
            "a model drew the variants of its grounds, which are cut from the grounds by now",
            hint="make it again with the version that made it, or ask for a new set of the same words",
        )
    words: Words = dict(recipe.request)
    words.update({role: sources.name_of(one) for role, one in terrains.items() if _is_kept(words[role])})
    return build_tileset(parse_request(TilesetRequest, words), terrains, sources.library).entry


def _animate(recipe: Recipe, sources: _Sources) -> LibraryEntry:
    views = {facing: sources.picture(facing, f"its view {facing}") for facing in FACINGS[8] if facing in recipe.sources}
    library = sources.library
    words: Words = {
        **recipe.request,
        "sprite_id": sources.entry("sprite", "the sprite that moves").sprite_id,
        "views": {facing: sources.name_of(one) for facing, one in views.items()},
    }
    if not views:
        del words["views"]
    made = make_clips(parse_request(AnimateRequest, words), library)
    if made.body != recipe.plan.get("body"):  # its words, by which it was guessed, are others here
        made = make_clips(parse_request(AnimateRequest, {**words, "body": recipe.plan.get("body")}), library)
    redrawn: dict[str, Sequence[str]] = {
        name: [sources.entry(frame, f"a frame of its {name}").sprite_id for frame in frames]
        for name in made.clips
        if (frames := sources.numbered(f"frame_{name}", 1))
    }
    return keep_animation(made, redrawn, library).entry


def _sheet(recipe: Recipe, sources: _Sources) -> LibraryEntry:
    frames = [sources.entry(name, "a sprite of its sheet") for name in sources.numbered("frame", 0)]
    words: Words = {**recipe.request, "sprite_ids": [one.sprite_id for one in frames]}
    return lay_sheet(parse_request(KeptSheetRequest, words), sources.library)


def _is_kept(text: object) -> bool:
    """Whether a terrain is told by the content of its file."""
    return isinstance(text, str) and len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)


_SETS: Mapping[str, Callable[[Recipe, _Sources], LibraryEntry]] = {
    "tileset": _tileset,
    "animate": _animate,
    "sheet": _sheet,
}
"""Operation -> how its recipe is followed."""
