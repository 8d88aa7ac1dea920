"""What people and recipes rely on: which tile each of the 64 prompts takes, and what every command says of itself.

`PIXELS_UPDATE_SNAPSHOTS=1 pytest tests/contracts/test_frozen_choices.py` writes both anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import typer.main

from helpers.toolchains import REPOSITORY
from pixels_mcp.cli import app
from pixels_mcp.exemplars.finder import find_exemplars

GOLDEN = REPOSITORY / "tests" / "golden" / "frozen"
PROMPTS = REPOSITORY / "src" / "pixels_mcp" / "training" / "judging" / "prompts_64.json"


def test_the_64_prompts_take_the_tiles_that_they_took() -> None:
    chosen: list[dict[str, Any]] = []
    for entry in json.loads(PROMPTS.read_text("utf-8"))["prompts"]:
        prompt = entry["prompt"]
        tiles = find_exemplars(prompt, 2)
        taken = [[tile.name, tile.ramp, tile.hue_shift_deg and round(tile.hue_shift_deg, 2)] for tile in tiles]
        chosen.append({"prompt": prompt, "tiles": taken})
    check(GOLDEN / "choices_64.json", "[\n" + ",\n".join(json.dumps(one) for one in chosen) + "\n]\n")


def test_every_command_says_of_itself_what_it_said() -> None:
    check(GOLDEN / "help.txt", "\n".join(_help(typer.main.get_command(app), "pixels-mcp")) + "\n")


def _help(command: Any, path: str) -> list[str]:
    """Names, options and help texts, without the layout of any terminal."""
    lines = [f"== {path}: {' '.join((command.help or '').split())}"]
    for parameter in command.params:
        names = "/".join([*parameter.opts, *parameter.secondary_opts])
        text = " ".join((getattr(parameter, "help", None) or "").split())
        lines.append(f"   {names} {text}".rstrip())
    if hasattr(command, "list_commands"):
        context = command.context_class(command)
        for name in command.list_commands(context):
            lines += _help(command.get_command(context, name), f"{path} {name}")
    return lines


def check(golden: Path, text: str) -> None:
    if os.environ.get("PIXELS_UPDATE_SNAPSHOTS") == "1":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
