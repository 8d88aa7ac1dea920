"""What is shipped beside the package agrees with it: versions, tool names, commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import jsonschema
import pytest
import typer.main
from typer.core import TyperGroup

from helpers.toolchains import REPOSITORY
from pixels_mcp import __version__
from pixels_mcp.cli import app

OPS = REPOSITORY / "ops"
JSON_FILES = ("mcpb/manifest.json", "registry/server.json", "claude-code/.claude-plugin/plugin.json")


def read(name: str) -> dict[str, Any]:
    return json.loads((OPS / name).read_text("utf-8"))


@pytest.mark.parametrize("name", JSON_FILES)
def test_every_file_names_the_version_of_the_package(name: str) -> None:
    assert read(name)["version"] == __version__


def test_the_registry_entry_is_one() -> None:
    schema = json.loads((REPOSITORY / "tests" / "data" / "registry_server.schema.json").read_text("utf-8"))
    entry = read("registry/server.json")

    jsonschema.validate(entry, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**entry, "name": "without-a-slash"}, schema)
    assert "packages" not in entry, "it has no address yet"


@pytest.mark.parametrize(
    "arguments",
    [
        read("mcpb/manifest.json")["server"]["mcp_config"]["args"][4:],
        read("claude-code/.mcp.json")["mcpServers"]["pixels"]["args"],
    ],
)
def test_the_commands_that_are_written_down_are_commands(arguments: list[str]) -> None:
    shelf = typer.main.get_command(app)
    assert isinstance(shelf, TyperGroup)
    command = shelf.get_command(typer.Context(shelf), arguments[0])
    assert command is not None
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in arguments[1:] if word.startswith("-")} <= known


def test_the_skill_names_tools_that_there_are() -> None:
    text = (OPS / "claude-code" / "skills" / "sprites" / "SKILL.md").read_text("utf-8")
    schemas = json.loads((REPOSITORY / "tests" / "contracts" / "tool_schemas.json").read_text("utf-8"))
    _, head, body = text.split("---\n", 2)
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", body))
    words = {name for tool in schemas for name in tool["inputSchema"]["properties"]}
    told = {"on_grid", "alpha_levels"}

    assert re.search(r"^name: sprites$", head, re.MULTILINE)
    assert 40 < len(re.findall(r"^description: (.*)$", head, re.MULTILINE)[0]) <= 1_024
    assert named - words - told <= {tool["name"] for tool in schemas}
    assert {"generate_sprite", "batch_generate", "deploy_to_bevy", "view_game"} <= named


@pytest.mark.network
def test_other_peoples_tools_find_nothing_wrong_with_the_server() -> None:
    """`make gates`: conformance, inspector, tdqs, bundle and registry entry."""
    from helpers.toolchains import skip_or_fail

    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "gates" / "run.py")], capture_output=True, text=True, timeout=290
    )
    last = done.stdout.strip().splitlines()[-1]

    assert re.fullmatch(r"\d+ passed, 0 failed, \d+ skipped", last), done.stdout + done.stderr[-2_000:]
    if not last.endswith(" 0 skipped"):
        skip_or_fail(f"a registry could not be reached:\n{done.stdout}")
    assert last.startswith("7 passed")


def test_the_bundle_holds_all_that_the_package_is_built_from() -> None:
    recipe = (REPOSITORY / "Makefile").read_text("utf-8").split("bundle: setup")[1].split("\n\n")[0]
    (archived,) = re.findall(r"git archive HEAD (.*) \|", recipe)
    built = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    needed = {name.strip("/") for name in built["sdist"]["include"]} - {"CHANGELOG.md"}

    assert set(archived.split()) == needed
