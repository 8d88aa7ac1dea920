"""Options that the commands of `pixels-mcp library` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import choice, completing
from pixels_mcp.cli.places import sprite_ids

if TYPE_CHECKING:
    from pixels_mcp.library.entries import EntryKind

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Limit = Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=10_000)]
OneId = Annotated[
    str, typer.Argument(help="For example ruby-potion-0007.1.", metavar="ID", autocompletion=completing(sprite_ids))
]
Ids = Annotated[
    list[str], typer.Argument(help="One or several.", metavar="ID...", autocompletion=completing(sprite_ids))
]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Only with this tag; repeatable.")]
Rating = Annotated[int, typer.Option("--rating", help="Only with so many stars or more.", min=0, max=5)]
Model = Annotated[str | None, typer.Option("--model", help="Only of this model; `imported` for imported ones.")]
Kind = Annotated[str | None, typer.Option("--kind", help="Only sprite, tile, tileset or animation.")]


def entry_kind(word: str | None) -> EntryKind | None:
    """The kind that was named.

    Raises:
        InvalidArgumentError: There is none of that name.
    """
    from pixels_mcp.library.entries import ENTRY_KINDS

    return None if word is None else choice("--kind", word, ENTRY_KINDS)
