"""Pictures that a workflow's steps name: files of the game's folder and no others, for a workflow is not trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pixels_mcp.errors import PathNotAllowedError, WorkflowError
from pixels_mcp.requests import SPRITE_ID_PATTERN
from pixels_mcp.told_apart import Words, is_mapping

_FILE_WORDS = frozenset({"reference", "mask", "upper", "lower", "band", "views"})
_WORDS_OF_A_TERRAIN = frozenset({"upper", "lower", "band"})
_NO_FILES = ("auto", "none")
_PICTURE_ENDING = re.compile(r"\.\w{3,4}$")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def files_of_game(words: Mapping[str, Any], game: Path | None) -> Words:
    """The words of a step with each file that they name where it lies in the game's folder, absolute.

    Args:
        words: Of a request, references replaced.
        game: The folder; None refuses every file.

    Raises:
        WorkflowError: A file lies elsewhere, also through a link; names the word.
    """
    return {name: _placed(name, value, game) if name in _FILE_WORDS else value for name, value in words.items()}


def _placed(word: str, value: Any, game: Path | None) -> Any:
    if is_mapping(value):
        return {name: _placed(word, one, game) for name, one in value.items()}
    if not isinstance(value, str) or not _is_file(word, value):
        return value
    try:
        file = _inside(value, game)
    except PathNotAllowedError as error:
        raise WorkflowError(f"{word}: {error.message}", hint=error.hint) from error
    return str(file)


def _is_file(word: str, text: str) -> bool:
    if text in _NO_FILES or re.fullmatch(SPRITE_ID_PATTERN, text) or _SHA256.fullmatch(text):
        return False
    return word not in _WORDS_OF_A_TERRAIN or _PICTURE_ENDING.search(text) is not None


def _inside(text: str, game: Path | None) -> Path:
    hint = "name a picture of the game's folder, or import it into the library and give its sprite_id"
    if game is None:
        raise PathNotAllowedError(f"{text[:200]!r} is a file, and there is no game's folder", hint=hint)
    root = game.resolve()
    try:
        file = (root / text).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise PathNotAllowedError(f"{text[:200]!r} is no path", hint=hint) from error
    if not file.is_relative_to(root):
        raise PathNotAllowedError(f"{text[:200]!r} lies outside the game's folder {root}", hint=hint)
    return file
