"""Which commands there are, and where: a module is imported when its command is called, or for the help page."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS: dict[str, str] = {
    "generate": "draw.generate_command:generate",
    "tileset": "sets.tileset_command:tileset",
    "animate": "sets.animate_command:animate",
    "batch": "draw.batch_command:batch",
    "pixelize": "pictures.pixelize_command:pixelize",
    "inspect": "pictures.inspect_command:inspect",
    "recolor": "pictures.recolor_command:recolor",
    "sheet": "pictures.sheet_command:sheet",
    "status": "worker.status_command:status",
    "cancel": "worker.status_command:cancel",
    "models": "models.model_commands:app",
    "library": "library.library_commands:app",
    "regenerate": "draw.regenerate_command:regenerate",
    "deploy": "game.deploy_command:deploy",
    "bevy": "game.bevy_commands:app",
    "watch": "game.watch_command:watch",
    "serve": "worker.serve_command:serve",
    "worker": "worker.worker_command:worker",
    "doctor": "setup.doctor_command:doctor",
    "config": "setup.config_commands:app",
    "train": "train.train_commands:app",
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
