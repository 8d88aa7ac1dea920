"""`pixels-mcp library`: the finished sprites; no worker is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.library.archive_commands import backup, restore_backup
from pixels_mcp.cli.library.entry_options import Ids, Json, Kind, Limit, Model, OneId, Rating, Tags, Yes, entry_kind
from pixels_mcp.cli.library.import_command import import_files
from pixels_mcp.cli.output import note, print_json, print_result
from pixels_mcp.cli.places import open_library
from pixels_mcp.told_apart import is_row

if TYPE_CHECKING:
    from pixels_mcp.library.entries import LibraryEntry

app = typer.Typer(
    help="List, find, show, rate, tag, import, remove and back up finished sprites.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_entries(
    tag: Tags = None,
    rating: Rating = 0,
    model: Model = None,
    kind: Kind = None,
    trash: Annotated[bool, typer.Option("--trash", help="What was removed instead, the last first.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the newest sprites."""
    library = open_library()
    if trash:
        removed = library.removed()[:limit]
        _print(removed, as_json=as_json)
        if not as_json:
            note(f"{len(removed)} sprites in the trash; `pixels-mcp library restore ID` brings one back")
        return
    entries = library.search(tags=tag or (), rating_min=rating, model=model, entry_kind=entry_kind(kind), limit=limit)
    _print(entries, as_json=as_json)
    if not as_json:
        count = library.count()
        rest = f" of {count}" if count > len(entries) else ""
        note(f"{len(entries)}{rest} sprites in {library.root}")


@app.command("find")
def find_entries(
    words: Annotated[list[str], typer.Argument(help="All must occur in id, name, prompt, model, palette or tags.")],
    tag: Tags = None,
    rating: Rating = 0,
    model: Model = None,
    kind: Kind = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """Find sprites by words; exit code 1 where there are none."""
    entries = open_library().search(
        " ".join(words), tags=tag or (), rating_min=rating, model=model, entry_kind=entry_kind(kind), limit=limit
    )
    _print(entries, as_json=as_json)
    if not entries:
        note(f"no sprite has {' and '.join(repr(word) for word in words)}")
        raise typer.Exit(1)


@app.command("show")
def show_entry(
    sprite_id: OneId,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Draw it in the terminal (auto: where it can).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw a sprite and print its facts and its recipe."""
    from pathlib import Path

    from pixels_mcp.cli.terminal_pictures import can_draw, draw_files
    from pixels_mcp.library.recipe import read_recipe

    library = open_library()
    sprite = library.get(sprite_id)
    recipe = read_recipe(library.read_png(sprite_id))
    if as_json:
        print_json({**sprite.model_dump(mode="json"), "recipe": recipe.model_dump(mode="json")})
        return
    if can_draw() if show is None else show:
        draw_files([Path(sprite.path)])
    for word, value in _facts(sprite):
        print_result(f"{word:<22}{value}")
    print_result("recipe")
    print_result(json.dumps(recipe.model_dump(mode="json"), indent=2, ensure_ascii=False))


@app.command("rate")
def rate_entries(
    sprite_ids: Ids,
    stars: Annotated[int, typer.Argument(help="1 to 5; 0 takes the rating away.", metavar="STARS")],
    as_json: Json = False,
) -> None:
    """Give sprites 1 to 5 stars."""
    rated = open_library().rate(sprite_ids, stars)
    _tell(rated, f"rated {stars}" if stars else "took the rating from", as_json=as_json)


@app.command("tag")
def tag_entries(
    sprite_ids: Ids,
    add: Annotated[list[str] | None, typer.Option("--add", "-a", help="A tag to give; repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", "-r", help="A tag to take away.")] = None,
    as_json: Json = False,
) -> None:
    """Give sprites tags, or take tags away."""
    from pixels_mcp.errors import InvalidArgumentError

    if not add and not remove:
        raise InvalidArgumentError("no tag is named", hint="give --add TAG or --remove TAG, each as often as needed")
    tagged = open_library().tag(sprite_ids, add or (), remove or ())
    if as_json:
        print_json(list(tagged))
    for entry in () if as_json else tagged:
        print_result(f"{entry.sprite_id}  {', '.join(entry.tags) or '(no tags)'}")


@app.command("remove")
def remove_entries(sprite_ids: Ids, yes: Yes = False, as_json: Json = False) -> None:
    """Move sprites into the trash; copies in games stay."""
    library = open_library()
    entries = [library.get(sprite_id) for sprite_id in dict.fromkeys(sprite_ids)]
    if not yes:
        names = ", ".join(entry.sprite_id for entry in entries)
        typer.confirm(f"Move {names} into the trash?", abort=True, err=True)
    _tell([library.remove(entry.sprite_id) for entry in entries], "removed", as_json=as_json)


@app.command("restore")
def restore_entries(
    sprite_ids: Annotated[list[str], typer.Argument(help="From `library list --trash`.", metavar="ID...")],
    as_json: Json = False,
) -> None:
    """Bring removed sprites back from the trash."""
    library = open_library()
    for sprite_id in sprite_ids:
        library.trash.get(sprite_id)
    _tell([library.restore(sprite_id) for sprite_id in dict.fromkeys(sprite_ids)], "restored", as_json=as_json)


@app.command("empty-trash")
def empty_trash(
    older_than_days: Annotated[
        float, typer.Option("--older-than-days", help="Only what was removed so long ago.", min=0.0)
    ] = 0.0,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete removed sprites for good."""
    library = open_library()
    if not yes:
        typer.confirm(f"Delete what lies in {library.root / 'trash'} for good?", abort=True, err=True)
    deleted = library.empty_trash(older_than_days * 86_400)
    if as_json:
        print_json({"deleted": deleted})
    else:
        note(f"deleted {len(deleted)} sprites for good")


@app.command("rebuild")
def rebuild_index(as_json: Json = False) -> None:
    """Make the index again from the files; this happens by itself where it is lost or damaged."""
    library = open_library()
    count = library.rebuild()
    if as_json:
        print_json({"sprites": count, "root": str(library.root)})
    else:
        note(f"{count} sprites in {library.root}")


app.command("import")(import_files)
app.command("backup")(backup)
app.command("restore-backup")(restore_backup)


def _tell(entries: Sequence[LibraryEntry], done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(list(entries))
    else:
        note(f"{done} {', '.join(entry.sprite_id for entry in entries)}")


def _print(entries: Sequence[LibraryEntry], *, as_json: bool) -> None:
    if as_json:
        print_json(list(entries))
        return
    if not entries:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    has_ratings = any(entry.rating for entry in entries)
    has_kinds = any(entry.entry_kind != "sprite" for entry in entries)
    headings = ("id", "size", "colors", *["stars"] * has_ratings, *["kind"] * has_kinds, "model", "prompt")
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in ("model", "prompt"), overflow="fold")
    for entry in entries:
        cells = {
            "id": entry.sprite_id,
            "size": f"{entry.width_px}x{entry.height_px}",
            "colors": str(entry.facts.get("colors", "")),
            "stars": "*" * entry.rating,
            "kind": entry.entry_kind,
            "model": entry.model,
            "prompt": entry.prompt if len(entry.prompt) <= 80 else f"{entry.prompt[:77]}...",
        }
        table.add_row(*[cells[heading] for heading in headings])
    Console(highlight=False, markup=False).print(table)


def _facts(entry: LibraryEntry) -> list[tuple[str, object]]:
    reference = entry.reference
    told: list[tuple[str, object]] = [
        ("id", entry.sprite_id),
        ("file", entry.path),
        ("sha256", entry.sha256),
        ("prompt", entry.prompt),
        ("model", entry.model),
        ("seed", entry.seed),
        ("size", f"{entry.width_px} x {entry.height_px} px"),
    ]
    said = {
        "kind": entry.entry_kind if entry.entry_kind != "sprite" else None,
        "parts": " ".join(entry.parts),
        "edit of": entry.parent,
        "rating": f"{entry.rating} of 5" if entry.rating else None,
        "tags": ", ".join(entry.tags),
        "redrawn from": reference and f"{reference.kind} {reference.name}, strength {reference.strength:g}",
    }
    told += [(word, value) for word, value in said.items() if value]
    facts = [(word, _short(value)) for word, value in entry.facts.items()]
    return [*told, *[("note", text) for text in entry.notes], *facts]


def _short(value: object) -> object:
    return " ".join(str(one) for one in value) if is_row(value) else value
