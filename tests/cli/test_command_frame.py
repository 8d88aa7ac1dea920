"""The frame of the command: help, version, errors, exit codes, the log file."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.commands import pixels
from pixels_mcp.cli.commands import COMMANDS, CommandShelf
from pixels_mcp.cli.draw.batch_command import batch
from pixels_mcp.cli.draw.generate_command import generate
from pixels_mcp.cli.logs import FILE_BYTES_MAX, SharedLogFile
from pixels_mcp.requests import DrawWords, SpriteRequest

pytestmark = pytest.mark.usefixtures("home")


def test_help_names_every_command_and_says_that_serve_waits() -> None:
    done = pixels("--help")

    assert done.returncode == 0
    assert "waits silently" in " ".join(done.stdout.split())
    for name in COMMANDS:
        assert re.search(rf"[|│]\s+{name}\s", done.stdout), name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_it_does(name: str) -> None:
    command = CommandShelf(name="pixels-mcp").get_command(None, name)

    assert command.name == name
    assert command.help
    assert "Typer" not in command.help


def test_version_is_printed_alone() -> None:
    done = pixels("--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"pixels-mcp \d+\.\d+\.\d+\n", done.stdout)


def test_a_misspelt_command_is_a_usage_error_with_the_right_one() -> None:
    done = pixels("genrate")

    assert done.returncode == 2
    assert "generate" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("generate", ""), "prompt"),
        (("generate", "x" * 10_000), "1000 characters"),
        (("generate", "potion", "--width-px", "0"), "width_px"),
        (("generate", "potion", "--width-px", "17", "--height-px", "4000"), "height_px"),
        (("generate", "potion", "--count", "0"), "count"),
        (("generate", "potion", "--seed", "4294967296"), "seed"),
        (("generate", "potion", "--seed", "many"), "seed"),
        (("generate", "potion", "--color", "red"), "--color"),
        (("generate", "potion", "--max-colors", "257"), "max_colors"),
        (("generate", "potion", "--lora", "shiny:much"), "NAME:0.8"),
        (("generate", "potion", "--reference", "none.png"), "not a file"),
        (("generate", "potion", "--name", "../x"), "name"),
        (("generate",), "PROMPT"),
        (("config", "get", "color"), "known settings"),
        (("config", "set", "threads", "-1"), "threads"),
        (("batch", "none.txt"), "cannot read"),
        (("batch", "none.doc"), ".txt, .csv, .tsv, .json, .yaml, .yml or .toml"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_wrong_words_are_refused_by_name_with_exit_code_2(words: tuple[str, ...], named: str) -> None:
    done = pixels(*words)

    assert done.returncode == 2
    assert named in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_every_word_of_a_request_is_an_option() -> None:
    def options(command: object) -> set[str]:
        return {{"lora": "loras"}.get(name, name) for name in inspect.signature(command).parameters}  # type: ignore[arg-type]  # words of a test

    assert set(SpriteRequest.model_fields) <= options(generate)
    assert set(DrawWords.model_fields) <= options(batch)


def test_settings_are_written_read_and_taken_back(home: Path) -> None:
    assert pixels("config", "set", "threads", "3").returncode == 0
    assert pixels("config", "get", "threads").stdout == "3\n"
    assert pixels("config", "get", "threads", extra={"PIXELS_THREADS": "5"}).stdout == "5\n"
    assert json.loads(pixels("config", "list", "--json").stdout)["threads"] == 3
    assert pixels("config", "unset", "threads").returncode == 0
    assert pixels("config", "get", "threads").stdout == "0\n"
    assert pixels("config", "path").stdout.strip() == str(home / "config" / "settings.toml")


def test_a_broken_settings_file_is_named_and_can_be_mended(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("threads = 'many'\n")

    done = pixels("generate", "a ruby potion")
    assert done.returncode == 2
    assert "settings.toml" in done.stderr
    assert "threads" in done.stderr

    assert pixels("config", "unset", "threads").returncode == 0
    assert pixels("config", "get", "threads").stdout == "0\n"


def test_doctor_reports_without_starting_anything(home: Path) -> None:
    done = pixels("doctor", "--json")
    report = json.loads(done.stdout)
    by_check = {finding["check"]: finding for finding in report["findings"]}

    assert by_check["log file"]["found"] == str(home / "state" / "pixels-mcp.log")
    assert by_check["worker"]["found"].startswith("none runs")
    assert {"drawing", "driver", "memory", "disk", "models", "sockets", "job store", "library", "game"} <= set(by_check)
    assert all(finding["next"] for finding in report["findings"] if finding["level"] == "fail")
    assert not (home / "run" / "calls.sock").exists()


def test_doctor_says_how_to_install_what_drawing_needs(home: Path) -> None:
    """An interpreter that does not see the packages: what `pip install pixels-mcp` alone gives."""
    blind = home / "blind"
    blind.mkdir()
    (blind / "sitecustomize.py").write_text(
        "from importlib import metadata\n"
        "real = metadata.version\n"
        "def version(name):\n"
        "    if name in ('torch', 'diffusers'): raise metadata.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "metadata.version = version\n"
    )
    done = pixels("doctor", extra={"PYTHONPATH": str(blind)})
    assert done.returncode == 1
    assert "pip install '.[worker]' in its checkout" in done.stdout

    started = pixels("generate", "a ruby potion", extra={"PYTHONPATH": str(blind)})
    assert started.returncode == 1
    assert "pip install '.[worker]' in its checkout" in started.stderr


def test_a_damaged_job_store_is_found_by_doctor(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "jobs.sqlite").write_bytes(b"this is no database" * 400)

    done = pixels("doctor")

    assert done.returncode == 1
    assert "jobs.sqlite" in done.stdout
    assert "move it away" in done.stdout


def test_a_full_log_file_is_moved_aside_and_every_process_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "pixels-mcp.log"
    file.write_bytes(b"x" * FILE_BYTES_MAX)
    mine, other = SharedLogFile(file), SharedLogFile(file)
    for handler, text in ((mine, "first"), (other, "second"), (mine, "third")):
        handler.emit(logging.LogRecord("a", logging.INFO, "", 0, text, None, None))
    mine.close()
    other.close()

    assert file.read_text().split() == ["first", "second", "third"]
    assert (tmp_path / "pixels-mcp.log.1").stat().st_size == FILE_BYTES_MAX


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("pixels-mcp gen", "generate"),
        ("pixels-mcp generate potion --palette pico", "pico-8"),
        ("pixels-mcp generate potion --model mi", "mini"),
        ("pixels-mcp config set idle", "idle_exit_s"),
    ],
)
def test_the_shell_completes_commands_and_names(typed: str, offered: str) -> None:
    script = Path(sys.executable).with_name("pixels-mcp")
    request = {
        "_PIXELS_MCP_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    done = subprocess.run([script], env={**os.environ, **request}, capture_output=True, text=True, timeout=60)

    assert offered in done.stdout.split()
