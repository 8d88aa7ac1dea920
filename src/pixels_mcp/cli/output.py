"""Where a command's words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import typer
from pydantic import BaseModel

from pixels_mcp.advice import said_with
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.errors import InvalidArgumentError, PixelsError, SettingsError
from pixels_mcp.next_steps import in_words
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from rich.console import Console

_LONE = re.compile("[\ud800-\udfff]")
"""Halves of characters: what Python makes of bytes in a file's name that are no UTF-8."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PARTIAL = 3
EXIT_INTERRUPTED = 130


@lru_cache(maxsize=1)
def notes() -> Console:
    """The console on stderr, for progress and messages."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def note(text: str) -> None:
    """Say something to the person that is not a result."""
    typer.echo(printable(text), err=True)


def print_result(text: str) -> None:
    """Print a line of the result."""
    typer.echo(printable(text))


def printable(text: str, *, backslash: str = "\\") -> str:
    """A text in which bytes of file names that are no characters stand as hexadecimal escapes."""
    return _LONE.sub(lambda match: f"{backslash}x{ord(match[0]) & 0xFF:02x}", text)


def print_json(document: BaseModel | Mapping[str, Any] | list[Any]) -> None:
    """Print the one JSON document of `--json`."""
    plain = tell(document) if isinstance(document, BaseModel) else document
    written = json.dumps(plain, indent=2, ensure_ascii=False, default=_plain)
    typer.echo(printable(written, backslash="\\\\"))


def tell(answer: BaseModel) -> JsonObject:
    """An answer as JSON, its next steps as commands."""
    return answer.model_dump(mode="json", context=said_with(COMMAND_PHRASES))


def _plain(value: object) -> Any:
    return tell(value) if isinstance(value, BaseModel) else str(value)


def show_error(error: PixelsError) -> None:
    """Print what happened and the next step."""
    note(f"error: {error.message}")
    note_next(in_words(error.hint, error.steps, COMMAND_PHRASES))


def note_next(words: str) -> None:
    """Say the next step, where there is one."""
    if words:
        note(f"next:  {words}")


def exit_code(error: PixelsError) -> int:
    """2 where the words of the command are wrong, else 1."""
    return EXIT_USAGE if isinstance(error, InvalidArgumentError | SettingsError) else EXIT_FAILED


def draws_well() -> bool:
    """Whether stderr is a terminal that progress can be drawn on."""
    return sys.stderr.isatty()


def choice(option: str, word: str, words: tuple[Any, ...]) -> Any:
    """A word that must be one of a few, as it is.

    Raises:
        InvalidArgumentError: It is another; those that there are are named.
    """
    if word not in words:
        raise InvalidArgumentError(f"{option} {word}", hint=f"give one of {', '.join(words)}")
    return word


def describe(kind: type[BaseModel], word: str) -> str:
    """The help text of a word, from the one place that describes it."""
    return kind.model_fields[word].description or ""


def completing(find: Callable[[], list[str]]) -> Callable[[str], list[str]]:
    """Make a shell completion out of a function that lists what there is; a failure completes nothing."""

    def complete(incomplete: str) -> list[str]:
        try:
            return [one for one in find() if one.startswith(incomplete)]
        except Exception:
            return []  # a traceback in the middle of typing would be worse than no suggestion

    return complete
