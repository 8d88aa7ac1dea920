"""Which commands there are, and where: a module is imported when its command is called, or for the help page."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS: dict[str, str] = {
    "generate": "generate:generate",
    "batch": "batch:batch",
    "pixelize": "pixelize:pixelize",
    "inspect": "inspect:inspect",
    "recolor": "recolor:recolor",
    "sheet": "sheet:sheet",
    "status": "status:status",
    "cancel": "status:cancel",
    "models": "models:app",
    "library": "library:app",
    "regenerate": "regenerate:regenerate",
    "deploy": "deploy:deploy",
    "bevy": "bevy:app",
    "watch": "watch:watch",
    "serve": "serve:serve",
    "worker": "worker:worker",
    "doctor": "doctor:doctor",
    "config": "config:app",
    "train": "train:app",
}
"""Command name -> `module:attribute` below `pixels_mcp.cli`: a function, or a `typer.Typer` with its own commands."""


class CommandShelf(TyperGroup):
    """A group whose commands are imported when they are wanted, so that `serve` does not pay for the others."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update(dict.fromkeys(COMMANDS))  # type: ignore[arg-type]  # names only: for "did you mean"

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """All names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import one command; None where no command has that name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, attribute = place.split(":")
        found = getattr(import_module(f"pixels_mcp.cli.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
            alone.command(cmd_name)(found)
            found = alone
        command = get_command(found)
        command.name = cmd_name
        return command
