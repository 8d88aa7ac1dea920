"""`pixels-mcp token`: who may call a server over the network."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import completing, note, print_json, print_result

if TYPE_CHECKING:
    from pixels_mcp.mcp_server.transports.tokens import TokenShelf

app = typer.Typer(
    help="Tokens of clients that call `serve --http` from other machines.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _shelf() -> TokenShelf:
    from pixels_mcp.mcp_server.transports.tokens import TokenShelf
    from pixels_mcp.paths import find_paths

    return TokenShelf(find_paths())


_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("new")
def new_token(
    name: Annotated[str, typer.Argument(help="Whose it is: a-z, 0-9, _ and -.", metavar="NAME")], as_json: _Json = False
) -> None:
    """Make a token and print it; it cannot be shown again."""
    token = _shelf().new(name)
    if as_json:
        print_json({"name": name, "token": token})
        return
    print_result(token)
    note("it is shown this once; clients send it as `Authorization: Bearer TOKEN`")


@app.command("list")
def list_tokens(as_json: _Json = False) -> None:
    """Show which tokens there are, never the tokens themselves."""
    tokens = _shelf().list()
    if as_json:
        print_json([{"name": one.name, "created_s": one.created_s} for one in tokens])
        return
    for one in tokens:
        print_result(f"{one.name:<32}  {time.strftime('%Y-%m-%d', time.localtime(one.created_s))}")
    if not tokens:
        note("no tokens yet; `pixels-mcp token new NAME` makes one")


@app.command("revoke")
def revoke_token(
    name: Annotated[
        str,
        typer.Argument(
            help="As `token list` shows it.",
            metavar="NAME",
            autocompletion=completing(lambda: [one.name for one in _shelf().list()]),
        ),
    ],
) -> None:
    """Take a token away; a running server refuses it at once."""
    _shelf().revoke(name)
    note(f"{name} is revoked")
