"""`pixels-mcp library`: the finished sprites; no worker is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import completing, note, print_json, print_result
from pixels_mcp.cli.places import open_library, sprite_ids

if TYPE_CHECKING:
    from pixels_mcp.events import SpriteInfo

app = typer.Typer(
    help="List, find, show and remove finished sprites.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_Limit = Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=10_000)]
_Id = Annotated[
    str, typer.Argument(help="For example ruby-potion-0007.1.", metavar="ID", autocompletion=completing(sprite_ids))
]


@app.command("list")
def list_sprites(limit: _Limit = 50, as_json: _Json = False) -> None:
    """List the newest sprites."""
    library = open_library()
    sprites = library.search(limit=limit)
    _print(sprites, as_json=as_json)
    if not as_json:
        count = library.count()
        rest = f" of {count}" if count > len(sprites) else ""
        note(f"{len(sprites)}{rest} sprites in {library.root}")


@app.command("find")
def find_sprites(
    words: Annotated[list[str], typer.Argument(help="All must occur in id, name, prompt, model or palette.")],
    limit: _Limit = 50,
    as_json: _Json = False,
) -> None:
    """Find sprites by words; exit code 1 where there are none."""
    sprites = open_library().search(" ".join(words), limit=limit)
    _print(sprites, as_json=as_json)
    if not sprites:
        note(f"no sprite has {' and '.join(repr(word) for word in words)}")
        raise typer.Exit(1)


@app.command("show")
def show_sprite(
    sprite_id: _Id,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Draw it in the terminal (auto: where it can).")
    ] = None,
    as_json: _Json = False,
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


@app.command("remove")
def remove_sprites(
    sprite_ids: Annotated[
        list[str], typer.Argument(help="One or several.", metavar="ID...", autocompletion=completing(sprite_ids))
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Remove sprites and their files for good; copies in games stay."""
    library = open_library()
    found = [library.get(sprite_id) for sprite_id in sprite_ids]
    if not yes:
        typer.confirm(f"Remove {', '.join(sprite.sprite_id for sprite in found)} for good?", abort=True, err=True)
    removed = [library.remove(sprite.sprite_id) for sprite in found]
    if as_json:
        print_json(removed)
    else:
        note(f"removed {', '.join(sprite.sprite_id for sprite in removed)}")


@app.command("rebuild")
def rebuild_index(as_json: _Json = False) -> None:
    """Make the index again from the files; this happens by itself where it is lost or damaged."""
    library = open_library()
    count = library.rebuild()
    if as_json:
        print_json({"sprites": count, "root": str(library.root)})
    else:
        note(f"{count} sprites in {library.root}")


def _print(sprites: Sequence[SpriteInfo], *, as_json: bool) -> None:
    if as_json:
        print_json(list(sprites))
        return
    if not sprites:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "size", "colors", "model", "prompt"):
        table.add_column(heading, no_wrap=heading in ("id", "size", "colors"), overflow="fold")
    for sprite in sprites:
        size = f"{sprite.width_px}x{sprite.height_px}"
        prompt = sprite.prompt if len(sprite.prompt) <= 80 else f"{sprite.prompt[:77]}..."
        table.add_row(sprite.sprite_id, size, str(sprite.facts.get("colors", "")), sprite.model, prompt)
    Console(highlight=False, markup=False).print(table)


def _facts(sprite: SpriteInfo) -> list[tuple[str, object]]:
    facts = [(word, _short(value)) for word, value in sprite.facts.items()]
    reference = sprite.reference
    told: list[tuple[str, object]] = [
        ("id", sprite.sprite_id),
        ("file", sprite.path),
        ("sha256", sprite.sha256),
        ("prompt", sprite.prompt),
        ("model", sprite.model),
        ("seed", sprite.seed),
        ("size", f"{sprite.width_px} x {sprite.height_px} px"),
    ]
    if reference is not None:
        told.append(("redrawn from", f"{reference.kind} {reference.name}, strength {reference.strength:g}"))
    return [*told, *[("note", text) for text in sprite.notes], *facts]


def _short(value: object) -> object:
    return " ".join(str(one) for one in value) if isinstance(value, list | tuple) else value
