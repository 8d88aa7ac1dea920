"""Keeping what a file holds: a still picture as a sprite, several frames as one animation on a sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from pixels_mcp import __version__
from pixels_mcp.errors import InvalidArgumentError, PictureTooLargeError, RecipeError
from pixels_mcp.importing.art_files import without_hidden_colors
from pixels_mcp.importing.imported_art import ImportedArt
from pixels_mcp.library.entries import EntryKind, LibraryEntry, NewEntry, check_tags
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import CHUNK, Recipe, encode_png
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.pixelart.sheets.sheet import LARGEST_SIDE_PX, grid_sheet
from pixels_mcp.requests import PROMPT_CHARS_MAX, check_name, make_job_id, make_sprite_id

MODEL = "imported"
"""What stands for the model of a picture that no model drew."""

_MANY_COLORS = 256


@dataclass(frozen=True)
class Kept:
    """An entry, and whether it stood in the library before, from the same file."""

    entry: LibraryEntry
    is_new: bool


def keep_imported(
    art: ImportedArt,
    library: Library,
    *,
    label: str,
    name: str | None = None,
    prompt: str | None = None,
    tags: Sequence[str] = (),
) -> Kept:
    """Keep what a file holds. The same file again, asked for alike, is the entry that stands; it gets the tags too.

    A copy of a sprite of any library keeps its recipe, and so can be drawn again.

    Args:
        label: What the file is called; words that describe it where `prompt` is left out.
        name: The entry's name.
        prompt: Words that describe it.

    Raises:
        InvalidArgumentError: Name, prompt or tags are not what they may be.
        PictureTooLargeError, SheetError: It is larger than a sheet may be.
        DiskFullError, StoreError: It cannot be kept.
    """
    _check(name, prompt)
    tags = check_tags(tags)
    pixels, sheet = _on_a_sheet(art)
    kind: EntryKind = "animation" if sheet else "sprite"
    recipe = _known_recipe(art) or _recipe(art, kind, sheet, name=name, prompt=prompt)
    standing = library.find_file(hashlib.sha256(encode_png(pixels, recipe)).hexdigest())
    if standing is not None:
        return Kept(library.tag([standing.sprite_id], tags)[0] if tags else standing, is_new=False)
    facts = measure_facts(pixels)
    drawn = recipe.plan if recipe.operation == "draw" else {}
    seed = drawn.get("seed")
    words = prompt or str(drawn.get("prompt") or label)
    number = library.reserve_number()
    notes = [] if drawn else [*art.notes]
    if facts.colors > _MANY_COLORS:
        notes.append(f"{facts.colors:,} colors: pixelizing makes pixel art of it")
    new = NewEntry(
        seed=seed if isinstance(seed, int) else 0,
        prompt=words,
        model=str(drawn.get("model") or MODEL),
        facts={**facts.to_dict(), **sheet},
        notes=tuple(notes),
        name=name,
        entry_kind=kind,
        tags=tags,
    )
    sprite_id = make_sprite_id(make_job_id(name or words, number), 1)
    return Kept(library.add(sprite_id, pixels, recipe, new), is_new=True)


def _on_a_sheet(art: ImportedArt) -> tuple[Rgba, dict[str, JsonValue]]:
    """The one picture of an entry, and where its frames stand on it; nothing for a still picture."""
    frames = [without_hidden_colors(frame) for frame in art.frames]
    if len(frames) == 1:
        height_px, width_px = frames[0].shape[:2]
        if max(width_px, height_px) > LARGEST_SIDE_PX:
            raise PictureTooLargeError(
                f"{width_px} x {height_px} px, at most {LARGEST_SIDE_PX} a side are kept", hint="scale it down first"
            )
        return frames[0], {}
    pixels, _ = grid_sheet(frames)
    clips: dict[str, JsonValue] = {
        name: {"frames": list(clip.frames), "ms": list(clip.ms), "play": clip.play} for name, clip in art.clips.items()
    }
    return pixels, {
        "frame_px": [frames[0].shape[1], frames[0].shape[0]],
        "frames": len(frames),
        "clips": clips,
        **({} if art.pivot is None else {"pivot": list(art.pivot)}),
    }


def _known_recipe(art: ImportedArt) -> Recipe | None:
    if len(art.frames) > 1 or CHUNK not in art.texts:
        return None
    try:
        return Recipe.from_json(art.texts[CHUNK])
    except RecipeError:  # of a newer version, or changed by hand: then it is a picture like any other
        return None


def _recipe(
    art: ImportedArt, kind: EntryKind, sheet: dict[str, JsonValue], *, name: str | None, prompt: str | None
) -> Recipe:
    asked: dict[str, JsonValue] = {"name": name, "prompt": prompt}
    return Recipe(
        format_version=2,
        operation=art.operation,
        sources=dict(art.sources),
        request={**art.asked, **{key: value for key, value in asked.items() if value is not None}},
        plan={"entry_kind": kind, **sheet},
        versions={"pixels-mcp": __version__},
    )


def _check(name: str | None, prompt: str | None) -> None:
    if name is not None:
        try:
            check_name(name)
        except ValueError as error:
            raise InvalidArgumentError(f"name: {error}", hint="nothing was kept") from error
    if prompt is not None and not (1 <= len(prompt.strip()) <= PROMPT_CHARS_MAX):
        raise InvalidArgumentError(
            f"prompt: {len(prompt)} characters; 1 to {PROMPT_CHARS_MAX} will do", hint="nothing was kept"
        )
