"""A reader of RON, Rust's object notation, as far as `*.sprite.ron` uses it.

Structs become dicts, tuples and lists become lists, enum variants become `Tagged` (a bare word alone becomes a str),
`Some(x)` becomes x, `None` None.

Source: the grammar in the RON repository (docs/grammar.md), read for its rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pixels_mcp.told_apart import is_table

DEPTH_MAX = 32

_TOKEN = re.compile(
    r"""(?P<space>(?:\s+|//[^\n]*|/\*.*?\*/)+)
    |(?P<number>[+-]?(?:\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+))
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<mark>[()\[\]{},:])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'", "0": "\0"}


class RonError(ValueError):
    """The text is not RON; says the line."""


@dataclass(frozen=True)
class Tagged:
    """An enum variant with content: `Grid(tile: ...)` has fields, `Rects([...])` has items."""

    tag: str
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    items: tuple[Any, ...] = ()


def parse_ron(text: str) -> Any:
    """Read one value.

    Raises:
        RonError: The text is not RON of the kind that this reads.
    """
    reader = _Reader(text)
    value = reader.value(0)
    if reader.kind != "end":
        raise reader.error("something follows the end")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.kind, self.piece, self.start = "", "", 0
        self.next()

    def error(self, what: str) -> RonError:
        line = self.text.count("\n", 0, self.start) + 1
        return RonError(f"line {line}: {what}")

    def next(self) -> None:
        """Step to the next token that means something."""
        while True:
            self.start = self.place
            if self.place >= len(self.text):
                self.kind, self.piece = "end", ""
                return
            token = _TOKEN.match(self.text, self.place)
            if token is None:
                raise self.error(f"unexpected {self.text[self.place]!r}")
            self.place = token.end()
            if token.lastgroup != "space":
                self.kind, self.piece = str(token.lastgroup), token.group()
                return

    def take(self, mark: str) -> bool:
        if self.kind == "mark" and self.piece == mark:
            self.next()
            return True
        return False

    def value(self, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise self.error(f"nested more than {DEPTH_MAX} deep")
        kind, piece = self.kind, self.piece
        if kind == "mark" and piece in "([{":
            return self.group(depth)
        if kind == "end":
            raise self.error("the file ends in the middle")
        self.next()
        if kind == "number":
            return self.number(piece)
        if kind == "text":
            return self.unescape(piece[1:-1])
        if kind == "word":
            return self.word(piece, depth)
        raise self.error(f"unexpected {piece!r}")

    def number(self, token: str) -> int | float:
        digits = token.replace("_", "")
        return int(digits) if re.fullmatch(r"[+-]?\d+", digits) else float(digits)

    def unescape(self, text: str) -> str:
        def one(escape: re.Match[str]) -> str:
            if escape.group(1) is not None:
                return chr(int(escape.group(1), 16))
            if escape.group(2) not in _ESCAPES:
                raise self.error(f"unknown escape \\{escape.group(2)}")
            return _ESCAPES[escape.group(2)]

        return re.sub(r"\\(?:u\{([0-9a-fA-F]{1,5})\}|(.))", one, text, flags=re.DOTALL)

    def word(self, word: str, depth: int) -> Any:
        if word in ("true", "false"):
            return word == "true"
        if self.kind == "mark" and self.piece == "(":
            content = self.group(depth)
            if is_table(content):
                return Tagged(word, fields=content)
            return content[0] if word == "Some" and len(content) == 1 else Tagged(word, items=tuple(content))
        return None if word == "None" else word

    def group(self, depth: int) -> Any:
        """A struct, tuple, list or map."""
        opener = self.piece
        closer = {"(": ")", "[": "]", "{": "}"}[opener]
        self.next()
        items: list[Any] = []
        fields: dict[Any, Any] = {}
        while not self.take(closer):
            named = self.kind == "word"
            item = self.value(depth + 1)
            if opener == "{" or (opener == "(" and named and isinstance(item, str) and self.piece == ":"):
                if not self.take(":"):
                    raise self.error("expected ':'")
                if not isinstance(item, str | int) or item in fields:
                    raise self.error(f"{item!r} stands twice or is no name")
                fields[item] = self.value(depth + 1)
            else:
                items.append(item)
            if not self.take(",") and not (self.kind == "mark" and self.piece == closer):
                raise self.error(f"expected ',' or {closer!r}" if self.kind != "end" else "the file ends in the middle")
        if fields and items:
            raise self.error("named and unnamed values are mixed")
        return fields if opener == "{" or fields else items
