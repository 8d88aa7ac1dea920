"""JSON with comments, as editors keep their settings: read with places, so that one entry is put in or taken out and
everything else keeps its bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_LINE_NOTE = re.compile(r"[ \t]*//[^\r\n]*")
"""What is said of a member behind it stays behind it."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BARE = re.compile(r"[^\s,\]}/]+")
_DEPTH_MAX = 100

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class NotJson(ValueError):
    """The text is no JSON with comments; says where."""


@dataclass(frozen=True)
class Member:
    """A key of an object, from `start` (its quote) to `value.end`."""

    key: str
    start: int
    value: Node


@dataclass(frozen=True)
class Node:
    """A value and where it stands: `text[start:end]`."""

    start: int
    end: int
    value: Json
    members: tuple[Member, ...] = field(default=())

    def member(self, key: str) -> Member | None:
        """The last member of that name, which is the one that counts."""
        return next((one for one in reversed(self.members) if one.key == key), None)


def read_jsonc(text: str) -> Node:
    """Read a document; an empty one is an empty object.

    Raises:
        NotJson: It is something else.
    """
    start = _skip(text, 0)
    if start == len(text):
        return Node(start, start, {})
    node = _value(text, start, 0)
    if (rest := _skip(text, node.end)) != len(text):
        raise _broken(text, rest)
    return node


def put_member(text: str, path: Sequence[str], value: Json) -> str:
    """Put a member into the object at `path[:-1]`; objects on the way that are missing are made.

    Args:
        text: A document whose member at `path` does not exist.
        path: Keys from the top.
        value: Of the member.

    Raises:
        NotJson: The document cannot be read, or something on the way is no object.
    """
    node = read_jsonc(text)
    if node.start == node.end:
        return text + json.dumps(_nested(path, value), indent=2, ensure_ascii=False) + "\n"
    depth = 0
    while depth < len(path) - 1 and (member := node.member(path[depth])) is not None:
        node, depth = member.value, depth + 1
    if not isinstance(node.value, dict):
        raise NotJson(f"{'.'.join(path[:depth]) or 'the document'} is no object")
    return _insert(text, node, path[depth], _nested(path[depth + 1 :], value))


def drop_member(text: str, path: Sequence[str]) -> str:
    """Take the member at `path` out, with its comma; it must be there.

    Raises:
        NotJson: The document cannot be read.
    """
    node = read_jsonc(text)
    for key in path[:-1]:
        member = node.member(key)
        node = member.value if member else node
    member = node.member(path[-1])
    if member is None:
        return text
    place = node.members.index(member)
    start, end = len(text[: member.start].rstrip()), member.value.end
    following = _skip_plain(text, end)
    if text[following : following + 1] == ",":
        return text[:start] + text[following + 1 :]
    if place == 0:
        return text[:start] + text[end:]
    comma = _skip(text, node.members[place - 1].value.end)
    return text[:comma] + text[comma + 1 : start] + text[end:]


def _insert(text: str, node: Node, key: str, value: Json) -> str:
    outer = _indent_of(text, node.start)
    inner = _indent_of(text, node.members[-1].start) if node.members else outer + "  "
    newline = "\r\n" if "\r\n" in text else "\n"
    written = json.dumps({key: value}, indent=2, ensure_ascii=False).splitlines()[1:-1]
    lines = newline.join(inner + line[2:] for line in written)
    if not node.members:
        return text[: node.start] + "{" + newline + lines + newline + outer + "}" + text[node.end :]
    after = node.members[-1].value.end
    comma = _skip(text, after)
    trailing = text[comma : comma + 1] == ","  # which stays one
    before, place = (text[: comma + 1], comma + 1) if trailing else (text[:after] + ",", after)
    note = _LINE_NOTE.match(text, place)
    rest = note.end() if note else place
    return before + text[place:rest] + newline + lines + text[rest:]


def _indent_of(text: str, place: int) -> str:
    line = text[text.rfind("\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip())]


def _nested(path: Sequence[str], value: Json) -> Json:
    for key in reversed(path):
        value = {key: value}
    return value


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _skip_plain(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _value(text: str, place: int, depth: int) -> Node:
    if depth > _DEPTH_MAX:
        raise NotJson("it is nested too deeply")
    opening = text[place : place + 1]
    if opening == "{":
        return _object(text, place, depth)
    if opening == "[":
        return _array(text, place, depth)
    match = (_STRING if opening == '"' else _BARE).match(text, place)
    try:
        return Node(place, match.end(), json.loads(match[0])) if match else _raise(text, place)
    except ValueError as error:
        raise _broken(text, place) from error


def _object(text: str, start: int, depth: int) -> Node:
    members: list[Member] = []
    place = _skip(text, start + 1)
    while text[place : place + 1] != "}":
        key = _value(text, place, depth + 1)
        colon = _skip(text, key.end)
        if not isinstance(key.value, str) or text[colon : colon + 1] != ":":
            raise _broken(text, colon)
        value = _value(text, _skip(text, colon + 1), depth + 1)
        members.append(Member(key.value, place, value))
        place = _after_comma(text, value.end, "}")
    return Node(start, place + 1, {one.key: one.value.value for one in members}, tuple(members))


def _array(text: str, start: int, depth: int) -> Node:
    values: list[Json] = []
    place = _skip(text, start + 1)
    while text[place : place + 1] != "]":
        item = _value(text, place, depth + 1)
        values.append(item.value)
        place = _after_comma(text, item.end, "]")
    return Node(start, place + 1, values)


def _after_comma(text: str, place: int, closing: str) -> int:
    """The place of the next item, or of the closing mark."""
    place = _skip(text, place)
    if text[place : place + 1] == ",":
        return _skip(text, place + 1)
    if text[place : place + 1] != closing:
        raise _broken(text, place)
    return place


def _raise(text: str, place: int) -> Node:
    raise _broken(text, place)


def _broken(text: str, place: int) -> NotJson:
    line = text.count("\n", 0, place) + 1
    return NotJson(f"it is no JSON at line {line}, column {place - text.rfind(chr(10), 0, place)}")
