"""docs/commands.md and docs/tools.md are made from the program: this file fails when one is older than it.

`PIXELS_UPDATE_SNAPSHOTS=1 pytest tests/contracts/test_generated_pages.py` writes them anew.
"""

from __future__ import annotations

import html
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.mcp_faces import run_async, server_here
from helpers.toolchains import REPOSITORY

DOCS = REPOSITORY / "docs"


def compare_or_write(page: Path, text: str) -> None:
    """Hold a page against what it should say, or write it where that is asked."""
    if os.environ.get("PIXELS_UPDATE_SNAPSHOTS") == "1":
        page.write_text(text, "utf-8")
    assert page.read_text("utf-8") == text, f"{page.name} is older than the program; see the head of this file"


@pytest.mark.usefixtures("home")
def test_the_page_of_commands_is_that_of_the_program() -> None:
    command = [sys.executable, "-m", "typer", "pixels_mcp.cli", "utils", "docs", "--name", "pixels-mcp"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    text = (
        html.unescape(made.stdout)
        .replace(os.environ["PIXELS_HOME"], "PIXELS_HOME")
        .replace("$ pixels-mcp", "pixels-mcp")
    )
    compare_or_write(DOCS / "commands.md", text.replace("# `pixels-mcp`", "# Every command", 1).rstrip() + "\n")


@pytest.mark.usefixtures("home")
@run_async
async def test_the_page_of_tools_is_that_of_the_server() -> None:
    async with server_here() as client:
        tools = (await client.list_tools()).tools
    parts = ["# Every tool\n\nWhat an assistant reads of each, and the arguments that it takes.\n"]
    for tool in tools:
        schema: dict[str, Any] = tool.input_schema
        rows = [
            f"| `{name}` | {kind_of(value)} | {needed(name, schema)} | {in_a_cell(value.get('description', ''))} |"
            for name, value in schema["properties"].items()
        ]
        table = ["| argument | kind | needed | meaning |", "|---|---|---|---|", *rows]
        parts.append(
            "\n".join([f"## `{tool.name}`", "", (tool.description or "").strip(), "", *(table if rows else []), ""])
        )
    compare_or_write(DOCS / "tools.md", "\n".join(parts).rstrip() + "\n")


def needed(name: str, schema: dict[str, Any]) -> str:
    """Whether an argument must be given."""
    return "yes" if name in schema.get("required", []) else ""


def kind_of(value: dict[str, Any]) -> str:
    """A schema's kind in a few words."""
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    bounds = [str(value[bound]) for bound in ("minimum", "maximum") if bound in value]
    kind = f"list of {kind_of(value['items'])}" if "items" in value else str(value.get("type", "any"))
    return f"{kind} {' to '.join(bounds)}".strip()


def in_a_cell(text: str) -> str:
    """Text that does not end its table's cell."""
    return " ".join(text.split()).replace("|", "\\|")
