"""What a file or an answer says, read as the type that it must have."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter

Wanted = TypeVar("Wanted")


def typed(kind: type[Wanted], value: object) -> Wanted:
    """Give a JSON value as what it is; fails where it is something else. A list may be read as a tuple."""
    return TypeAdapter(kind).validate_python(value)
