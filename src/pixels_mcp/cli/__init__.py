"""The command `pixels-mcp`: one file for each command, loaded when it is called.

Results go to stdout (`--json` prints one JSON document), everything else to stderr. Exit codes: 0 done, 1 failed,
2 the words of the command are wrong, 3 a part of a batch failed, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pixels_mcp.cli.commands import CommandShelf

app = typer.Typer(
    name="pixels-mcp",
    cls=CommandShelf,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Game art for Bevy: an MCP server with an embedded diffusion worker and true pixel art.\n\n"
    "`pixels-mcp generate 'a ruby potion'` draws a sprite. `pixels-mcp serve` is what an assistant starts: it speaks "
    "MCP over stdin and stdout and waits silently. `pixels-mcp doctor` says what is missing.",
)


def _print_version(asked: bool) -> None:
    if asked:
        from pixels_mcp import __version__

        typer.echo(f"pixels-mcp {__version__}")
        raise typer.Exit


@app.callback()
def frame(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step on stderr.")] = False,
    version: Annotated[  # noqa: ARG001  # its callback acts
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Set up the log file before a command runs."""
    from pixels_mcp.cli.logs import start_logging

    start_logging(face=context.invoked_subcommand or "", verbose=verbose)


def main() -> None:
    """Run a command; every error that pixels-mcp raises on purpose ends here.

    Raises:
        SystemExit: Always, with the exit code.
    """
    from pixels_mcp.errors import PixelsError

    try:
        if sys.argv[1:] == ["tui"]:
            # Nothing is to be parsed, and the parser would import pydantic (0.2 s) before the first screen.
            from pixels_mcp.cli.tui_command import open_screens

            open_screens(logs=False)
            return
        app()
    except PixelsError as error:
        from pixels_mcp.cli.output import exit_code, show_error

        show_error(error)
        sys.exit(exit_code(error))
    except BrokenPipeError:
        sys.exit(1)
