"""The pages that a person reads: every command in them is one, and every file in them can be read."""

# Where a command's words end and its inner command begins is known to its context alone.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import cast

import pytest
import typer
import typer.main
from typer.core import TyperGroup

from helpers.toolchains import REPOSITORY, need_program
from pixels_mcp.bevy.formats.ron import parse_ron
from pixels_mcp.cli import app

PAGES = sorted(
    page
    for folder in (REPOSITORY, REPOSITORY / "docs", REPOSITORY / "bevy_bridge", REPOSITORY / "bench")
    for page in folder.glob("*.md")
    if page.name not in ("CHANGELOG.md", "commands.md", "tools.md")  # history; made from the program
)
FENCE = re.compile(r"^```(\w+)?[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:pixels-mcp|make) [^`\n]+)`")
PLACEHOLDER = re.compile(r"\[[^\]]*\]|\.\.\.|…|<[^>]*>")
"""A line that holds one is a form, such as `edit ID OPERATION ...`, not a command that is run as it stands."""

UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""The base of all that a wrong word raises; its own module has another name in each version of Typer."""


def commands_of(page: Path) -> list[str]:
    """Every shell command of a page that stands there to be run: in code blocks and between backticks."""
    text = page.read_text("utf-8")
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    lines += [
        line.strip() for language, body in FENCE.findall(text) if language in ("", "sh") for line in body.splitlines()
    ]
    lines += INLINE.findall(text)
    commands = [line.split("#")[0].strip() for line in lines]
    return [line for line in commands if line.startswith(("pixels-mcp ", "make ")) and not PLACEHOLDER.search(line)]


def wrong_words(command: str) -> str | None:
    """What the program would say to these words, None where it takes them; a file need not be there."""
    shelf = typer.main.get_command(app)
    try:
        context = shelf.make_context("pixels-mcp", shlex.split(command)[1:])
        while isinstance(context.command, TyperGroup) and context._protected_args + context.args:
            words = context._protected_args + context.args
            name, inner, rest = context.command.resolve_command(context, words)
            assert inner is not None
            context = inner.make_context(name, rest, parent=context)
    except UsageError as error:
        said = error.format_message()
        named_alone = said.startswith("Missing") and not re.search(r" (-|\S*[A-Z./0-9])", command)
        return None if named_alone or "does not exist" in said else said
    except (typer.Exit, SystemExit):  # --help and the like end at once
        return None
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_command_of_a_page_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    problems: dict[str, str] = {}
    for command in commands_of(page):
        if command.startswith("make "):
            asked = {word for word in shlex.split(command)[1:] if "=" not in word}
            if not asked <= targets:
                problems[command] = "no such target"
        elif (problem := wrong_words(command)) is not None:
            problems[command] = problem
    assert problems == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_snippet_of_a_page_can_be_read(page: Path) -> None:
    readers = {"json": json.loads, "toml": tomllib.loads, "ron": parse_ron, "rust": parse_rust}
    for language, body in FENCE.findall(page.read_text("utf-8")):
        if language in readers:
            readers[language](body)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    near = [link for link in links if not link.startswith(("http://", "https://"))]

    assert [link for link in near if not (page.parent / link).exists()] == []


def parse_rust(text: str) -> None:
    """Let rustfmt read the lines, as a program or as the inside of a function."""
    rustfmt = need_program("rustfmt", "install Rust from rustup.rs")
    shown = "\n".join(line.removeprefix("# ") for line in text.splitlines())
    for program in (shown, f"fn main() {{\n{shown}\n}}"):
        done = subprocess.run([rustfmt, "--edition", "2024"], input=program, capture_output=True, text=True, timeout=60)
        if done.returncode == 0:
            return
    pytest.fail(f"rustfmt cannot read:\n{text}\n{done.stderr}")


def test_the_messages_that_people_look_up_are_those_that_the_program_says() -> None:
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text("utf-8")
    quoted = re.findall(r"\*\*`([^`]+)`\*\*", page)
    source = "\n".join(file.read_text("utf-8") for file in (REPOSITORY / "src" / "pixels_mcp").rglob("*.py"))
    said = re.sub(r'"\s*\n\s*f?"', "", source)  # a message over several lines of code is one

    assert len(quoted) > 10
    assert [message for message in quoted if message not in said] == []
