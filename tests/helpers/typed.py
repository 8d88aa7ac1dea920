"""What a file or an answer says, read as the type that it must have."""

from __future__ import annotations

from typing import Any, TypeGuard, TypeVar

from pydantic import TypeAdapter

Wanted = TypeVar("Wanted")


def typed(kind: type[Wanted], value: object) -> Wanted:
    """Give a JSON value as what it is; fails where it is something else. A list may be read as a tuple."""
    return TypeAdapter(kind).validate_python(value)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list of JSON."""
    return isinstance(value, list)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is an object of JSON."""
    return isinstance(value, dict)
