"""Which commands there are, and where: a module is imported when its command is called, or for the help page."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS_BY_NOUN: dict[str, dict[str, str]] = {
    "Sprites": {
        "generate": "draw.generate_command:generate",
        "batch": "draw.batch_command:batch",
        "compare": "compare.compare_command:compare",
        "comparison": "compare.comparison_commands:app",
        "regenerate": "draw.regenerate_command:regenerate",
        "tileset": "sets.tileset_command:tileset",
        "animate": "sets.animate_command:animate",
        "edit": "sets.edit_command:edit",
        "map": "sets.map_command:draw_map",
        "export": "sets.export_command:export",
        "check": "sets.check_command:check",
        "workflow": "sets.workflow_commands:app",
        "library": "library.library_commands:app",
    },
    "Pictures": {
        "pixelize": "pictures.pixelize_command:pixelize",
        "inspect": "pictures.inspect_command:inspect",
        "recolor": "pictures.recolor_command:recolor",
        "sheet": "pictures.sheet_command:sheet",
    },
    "Game": {
        "deploy": "game.deploy_command:deploy",
        "watch": "game.watch_command:watch",
        "bevy": "game.bevy_commands:app",
    },
    "Models": {
        "models": "models.model_commands:app",
        "warm": "models.warm_command:warm",
        "train": "train.train_commands:app",
        "dataset": "train.dataset_commands:app",
        "exemplars": "train.exemplar_commands:app",
        "measure": "pictures.measure_command:measure",
    },
    "Assistants": {
        "serve": "assistants.serve_command:serve",
        "install": "assistants.install_command:install",
        "token": "assistants.token_commands:app",
    },
    "Screens": {
        "tui": "tui_command:tui",
    },
    "Worker": {
        "status": "worker.status_command:status",
        "queue": "worker.queue_commands:queue",
        "move": "worker.queue_commands:move",
        "retry": "worker.queue_commands:retry",
        "cancel": "worker.status_command:cancel",
        "worker": "worker.worker_command:app",
        "connect": "worker.connect_command:connect",
    },
    "Installation": {
        "doctor": "setup.doctor_command:doctor",
        "hw": "setup.hw_command:hw",
        "config": "setup.config_commands:app",
    },
}
"""Noun -> command name -> `module:attribute` below `pixels_mcp.cli`: a function, or a `typer.Typer` of its own."""

COMMANDS = {name: (noun, place) for noun, commands in COMMANDS_BY_NOUN.items() for name, place in commands.items()}


class CommandShelf(TyperGroup):
    """A group whose commands are imported when they are wanted, so that `serve` does not pay for the others."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update(dict.fromkeys(COMMANDS))  # type: ignore[arg-type]  # names only: for "did you mean"

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # called alike with others
        """All names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # called alike with others
        """Import one command; None where no command has that name."""
        if cmd_name not in COMMANDS:
            return None
        noun, place = COMMANDS[cmd_name]
        module, attribute = place.split(":")
        command_object = getattr(import_module(f"pixels_mcp.cli.{module}"), attribute)
        if not isinstance(command_object, typer.Typer):
            alone = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
            alone.command(cmd_name)(command_object)
            command_object = alone
        command: Any = get_command(command_object)
        command.name = cmd_name
        command.rich_help_panel = noun
        return command
