"""`pixels-mcp train`: a group of commands for each recipe that makes models."""

from __future__ import annotations

import typer

from pixels_mcp.cli.train import lora_command, mini_commands

app = typer.Typer(no_args_is_help=True, help="Train a model of your own, or the embedded one again.")
app.add_typer(mini_commands.app, name="mini")
app.command("lora")(lora_command.train_lora)

# As they were called before there was a group for each recipe.
app.command("exemplars", hidden=True)(mini_commands.exemplars)
app.command("measure", hidden=True)(mini_commands.measure)
app.command("sheet", hidden=True)(mini_commands.sheet)
app.command("score", hidden=True)(mini_commands.score)
