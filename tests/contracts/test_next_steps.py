"""Next steps are values: every face has words for each, and no station knows a command or a tool by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer
import typer.main
from typer.core import TyperGroup

from helpers.toolchains import REPOSITORY
from pixels_mcp.advice import said_with
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.cli import app
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.errors import StoreError, UnknownModelError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.next_steps import NextStep, Phrases, StepKind, in_words
from pixels_mcp.tui.lines.screen_phrases import SCREEN_PHRASES
from pixels_mcp.wire.answers import ErrorAnswer
from pixels_mcp.wire.codec import decode_reply, encode
from pixels_mcp.wire.messages import Reply

SOURCE = REPOSITORY / "src" / "pixels_mcp"
FACES = {"cli": COMMAND_PHRASES, "mcp_server": TOOL_PHRASES, "tui": SCREEN_PHRASES}
PLACES = [SOURCE / "cli", SOURCE / "mcp_server" / "tool_phrases.py", SOURCE / "tui" / "lines" / "screen_phrases.py"]


@pytest.mark.parametrize("phrases", FACES.values(), ids=FACES)
def test_every_face_has_words_for_every_step_and_for_nothing_else(phrases: Phrases) -> None:
    assert sorted(phrases) == sorted(get_args(StepKind))
    assert all(phrase.strip() for phrase in phrases.values())


@pytest.mark.parametrize("phrases", [COMMAND_PHRASES, TOOL_PHRASES], ids=["cli", "mcp_server"])
def test_every_command_that_is_advised_is_one(phrases: Phrases) -> None:
    advised = [words for phrase in phrases.values() for words in re.findall(r"`pixels-mcp ([^`]+)`", phrase)]

    assert advised
    for words in advised:
        command = typer.main.get_command(app)
        for word in words.split():
            if word.startswith("-") or not isinstance(command, TyperGroup):
                known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
                assert not word.startswith("-") or word in known, words
                continue
            inner = command.get_command(typer.Context(command), word)
            assert inner is not None, words
            command = inner


def test_every_tool_that_is_advised_is_one() -> None:
    schemas = (REPOSITORY / "tests" / "contracts" / "tool_schemas.json").read_text("utf-8")
    tools = set(re.findall(r'"name": "(\w+)"', schemas))
    named = {word for phrase in TOOL_PHRASES.values() for word in re.findall(r"\b[a-z]+_[a-z_]+\b", phrase)}

    assert named - {"job_id", "sprite_id", "sprite_ids", "wait_s", "in_trash"} <= tools
    assert "get_status" in named


def test_no_station_tells_a_command_or_a_tool() -> None:
    """Docstrings may speak of them; what a person or an assistant is told goes through the tables."""
    files = [file for file in SOURCE.rglob("*.py") if not any(file.is_relative_to(place) for place in PLACES)]
    told = [
        f"{file.relative_to(SOURCE)}:{line}: {text}"
        for file in files
        for line, text in _texts(file)
        if re.search(
            r"`pixels-mcp [a-z-]|(see|run|use|call|try|first:) pixels-mcp [a-z]|^(get_status|list_models) ", text
        )
    ]
    assert told == []


def test_a_step_keeps_its_word_and_shows_a_place_where_it_has_none() -> None:
    assert in_words("", [NextStep("view_sprite", "key-0001.1")], COMMAND_PHRASES).startswith(
        "`pixels-mcp library show key-0001.1` shows"
    )
    assert "library show ID`" in in_words("", [NextStep("view_sprite")], COMMAND_PHRASES)
    assert in_words("free some room", [], TOOL_PHRASES) == "free some room"
    assert (
        in_words("", [NextStep("follow_job", "key-0001"), NextStep("cancel_job", "key-0001")], TOOL_PHRASES)
        == 'get_status with job_id "key-0001" and wait_s 25 waits for it, or '
        'cancel_job with job_id "key-0001" stops it'
    )


def test_an_error_travels_with_its_step_and_comes_back_as_itself() -> None:
    error = UnknownModelError("no model is called 'sdxl'", hint="there is mini", steps=[NextStep("list_models")])

    sent = encode(Reply(number=7, answer=ErrorAnswer(error=ErrorInfo.of(error))))
    answer = decode_reply(sent).answer
    assert isinstance(answer, ErrorAnswer)
    back = answer.error.as_error()

    assert type(back) is UnknownModelError
    assert (back.message, back.hint, back.steps) == (error.message, error.hint, error.steps)


def test_an_error_without_a_step_is_on_the_wire_what_it_was() -> None:
    told = ErrorInfo.of(StoreError("no room", hint="free some")).model_dump()

    assert told == {"code": "StoreError", "message": "no room", "hint": "free some"}


def test_each_face_dumps_an_answer_in_its_own_words_and_without_the_values() -> None:
    result = DeployResult(
        state="unconfirmed",
        name="hero",
        project="game",
        asset="sprites/hero.sprite.ron",
        next="correct it",
        steps=(NextStep("undo_deploy", "hero"),),
    )

    command = result.model_dump(mode="json", context=said_with(COMMAND_PHRASES))
    tool = result.model_dump(mode="json", context=said_with(TOOL_PHRASES))

    assert command["next"] == "correct it; `pixels-mcp deploy --undo hero` brings back what stood there before"
    assert tool["next"].startswith('correct it; deploy_to_bevy with undo "hero" brings')
    assert command.keys() == tool.keys() == DeployResult.model_fields.keys() - {"steps"}


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    """Every string of a file but its docstrings, whole also where it is put together."""
    tree = ast.parse(file.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
