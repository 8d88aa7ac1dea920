"""Which folder a game's Bevy reads its assets from: `AssetPlugin`'s `file_path` in the sources, and BEVY_ASSET_ROOT."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.documents import parse_toml
from pixels_mcp.told_apart import is_table

SOURCES_MAX = 400
"""Source files of a game that are looked at."""

# Comments of lines; strings, raw ones too; characters (but not lifetimes); words; whatever else, one by one.
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)|(?P<block>/\*)"""
    r"""|(?P<raw>[bc]?r(?P<hashes>\#*)"(?P<inside>.*?)"(?P=hashes))|(?P<text>[bc]?"(?:\\.|[^"\\])*")"""
    r"""|(?P<character>b?'(?:\\[^']+|[^'\\])')|(?P<word>[A-Za-z_]\w*|\d\w*)|(?P<sign>\S)""",
    re.DOTALL,
)
_CLOSING = {"{": "}", "(": ")", "[": "]"}
_INTO_STRING = (["into"], ["to_string"], ["to_owned"])


@dataclass(frozen=True)
class AssetsFolder:
    """Where assets lie.

    Attributes:
        base: What Bevy reads the folder's name against.
        folder: The assets folder; it may be missing.
        told_by: Where it was read: `BEVY_ASSET_ROOT`, a source file, or `default`.
        unsure: Why the sources' own name for it was not found out, in a sentence; None where nothing is unclear.
    """

    base: Path
    folder: Path
    told_by: str
    unsure: str | None = None


def find_assets_folder(package: Path) -> AssetsFolder:
    """Find the assets folder of the package in a folder, as Bevy's file reader finds it under cargo."""
    base, told_by = package, "default"
    root = os.environ.get("BEVY_ASSET_ROOT") or _configured_root(package)
    if root is not None:
        base, told_by = (package / root).absolute(), "BEVY_ASSET_ROOT"
    names = _names_in_sources(package)
    main = [name for name in names if name.file == "src/main.rs"]
    paths = {name.path for name in main or names}
    if not paths:
        return AssetsFolder(base, base / "assets", told_by)
    (first, *_) = [name for name in main or names if name.path is None] or main or names
    if len(paths) > 1 or first.path is None:
        said = f"is {first.written}, no plain text" if first.path is None else "has several values in the sources"
        unsure = f"file_path of AssetPlugin in {first.file} {said}, so its folder was not found out"
        return AssetsFolder(base, base / "assets", told_by, unsure)
    if Path(first.path).is_absolute():
        return AssetsFolder(Path(first.path).parent, Path(first.path), first.file)
    return AssetsFolder(base, base / first.path, first.file)


def source_files(package: Path) -> Iterator[tuple[Path, str]]:
    """The Rust sources of a package with their text, those that can be read."""
    for number, file in enumerate(sorted((package / "src").rglob("*.rs"))):
        if number >= SOURCES_MAX:
            return
        try:
            yield file, file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue


def _configured_root(package: Path) -> str | None:
    """`BEVY_ASSET_ROOT` of the nearest `.cargo/config.toml`, which cargo sets for the game."""
    for folder in (package, *package.parents):
        try:
            config = parse_toml((folder / ".cargo" / "config.toml").read_text("utf-8"))
        except (OSError, ValueError):
            continue
        value = config.get("env", {}).get("BEVY_ASSET_ROOT")
        if isinstance(value, str):
            return value
        if is_table(value) and isinstance(value.get("value"), str):
            return str(folder / value["value"]) if value.get("relative") else value["value"]
    return None


@dataclass(frozen=True)
class _Name:
    """A `file_path` as a source writes it; `path` is None where it is no text that can be read off."""

    file: str
    path: str | None
    written: str


def _names_in_sources(package: Path) -> list[_Name]:
    tokens_by_file = {
        file.relative_to(package).as_posix(): _without_tests(list(rust_tokens(text)))
        for file, text in source_files(package)
    }
    constants = _text_constants(list(tokens_by_file.values()))
    return [
        _Name(file, _as_text(expression, constants), "".join(expression))
        for file, tokens in tokens_by_file.items()
        for expression in _file_paths(tokens)
    ]


def rust_tokens(text: str) -> Iterator[str]:
    """Words, signs and literals of Rust, without comments; a text literal comes as `"..."` with its escapes undone."""
    at = 0
    while match := _TOKEN.search(text, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "block":
            at = _block_end(text, at)
        elif match["raw"] is not None:
            yield f'"{match["inside"]}"'
        elif kind == "text":
            yield _unescaped(match.group())
        elif kind != "comment":
            yield match.group()


def _block_end(text: str, at: int) -> int:
    """Where a block comment ends; they nest."""
    depth = 1
    for mark in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return at + mark.end()
    return len(text)


def _unescaped(literal: str) -> str:
    plain = re.sub(r"\\\n\s*", "", literal.lstrip("bc"))
    plain = re.sub(r"\\u\{([0-9a-fA-F_]{1,8})\}", lambda code: f"\\U{code[1].replace('_', ''):0>8}", plain)
    try:
        return f'"{ast.literal_eval(plain)}"'
    except (ValueError, SyntaxError):
        return plain


def _without_tests(tokens: list[str]) -> list[str]:
    """The tokens without modules and functions that are built for tests only."""
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        if tokens[at : at + 7] == ["#", "[", "cfg", "(", "test", ")", "]"]:
            while at < len(tokens) and tokens[at] not in {"{", ";"}:
                at += 1
            at += len(_inside(tokens, at)) + 2 if tokens[at : at + 1] == ["{"] else 1
        else:
            kept.append(tokens[at])
            at += 1
    return kept


def _inside(tokens: Sequence[str], opening: int) -> list[str]:
    """What stands between a bracket and the one that closes it."""
    wanted: list[str] = []
    for at in range(opening, len(tokens)):
        if tokens[at] in _CLOSING:
            wanted.append(_CLOSING[tokens[at]])
        elif wanted and tokens[at] == wanted[-1]:
            wanted.pop()
        if not wanted:
            return list(tokens[opening + 1 : at])
    return list(tokens[opening + 1 :])


def _file_paths(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The expressions that sources give to `file_path`: in `AssetPlugin { ... }`, and of a variable that holds one."""
    variables: set[str] = set()
    for at, word in enumerate(tokens):
        before = list(tokens[max(0, at - 2) : at])
        if word == "AssetPlugin" and before[-1:] != ["struct"] and "for" not in before:
            variables |= {tokens[at - 2]} if before[-1:] == ["="] else set()
            if tokens[at + 1 : at + 2] == ["{"]:
                yield from _field(_inside(tokens, at + 1))
        elif word in variables and list(tokens[at + 1 : at + 4]) == [".", "file_path", "="]:
            rest = list(tokens[at + 4 :])
            yield rest[: rest.index(";")] if ";" in rest else rest


def _field(fields: Sequence[str]) -> Iterator[list[str]]:
    depth, start = 0, 0
    for at, word in enumerate([*fields, ","]):
        depth += (word in _CLOSING) - (word in _CLOSING.values())
        if word == "," and depth == 0:
            field = list(fields[start:at])
            if field[:1] == ["file_path"]:
                yield field[2:] or field
            start = at + 1


def _text_constants(sources: Sequence[Sequence[str]]) -> dict[str, str]:
    """Constants of a text by name; a name with several values is none."""
    values: dict[str, set[str]] = {}
    for tokens in sources:
        for at, token in enumerate(tokens):
            end = next((place for place in range(at, min(at + 10, len(tokens))) if tokens[place] == "="), None)
            if token in {"const", "static"} and end is not None and tokens[end + 1][:1] == '"':
                values.setdefault(tokens[at + 1], set()).add(tokens[end + 1][1:-1])
    return {name: next(iter(texts)) for name, texts in values.items() if len(texts) == 1}


def _as_text(expression: list[str], constants: dict[str, str]) -> str | None:
    """The text that an expression is: a literal or a constant, alone, in `String::from(...)`, or with `.into()`."""
    if expression[:5] == ["String", ":", ":", "from", "("] and expression[-1] == ")":
        expression = expression[5:-1]
    elif expression[-2:] == ["(", ")"] and expression[-4:-3] == ["."] and expression[-3:-2] in _INTO_STRING:
        expression = expression[:-4]
    while len(expression) > 1 and expression[1:3] == [":", ":"]:  # a path to a constant
        expression = expression[3:]
    if len(expression) != 1:
        return None
    (token,) = expression
    return token[1:-1] if token.startswith('"') else constants.get(token)
