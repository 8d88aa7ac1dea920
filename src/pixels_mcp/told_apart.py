"""Values from files and other programs, told apart by kind: after these the type check knows what they hold.

`isinstance(value, dict)` says nothing of keys; what JSON, TOML, YAML and msgpack read has texts as keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard

JsonObject: TypeAlias = dict[str, Any]
"""An object as JSON, TOML or YAML hold it: a document of another program's form, or a result in its last shape."""

Words: TypeAlias = dict[str, Any]
"""Words of a request by name, as they were asked; `parse_request` checks them."""


def is_table(value: object) -> TypeGuard[JsonObject]:
    """Whether it is a dictionary, as a document's reader makes them."""
    return isinstance(value, dict)


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it has names and values, of whatever class."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def is_row(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether it is a list or a tuple."""
    return isinstance(value, list | tuple)


def tables_in(value: object) -> list[JsonObject]:
    """The dictionaries of a list; none where it is no list."""
    return [one for one in value if is_table(one)] if is_list(value) else []
