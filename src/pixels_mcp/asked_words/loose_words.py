"""Words as clients and files write them: "", null or "null" for a word left out, JSON text for lists and objects.

The one place where this is read, for every tool and for batch files; `requests.parse_request` then checks strictly.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from pixels_mcp.told_apart import Words, is_mapping, is_row

_NOTHING = frozenset({"", "null", "undefined"})


def read_loosely(kind: type[BaseModel], words: Mapping[str, Any]) -> Words:
    """Read words for what they mean, at any depth; what is not understood stays as it is.

    Args:
        kind: The model that will check them.
        words: As they came.

    Returns:
        The words without those that say nothing; a required word stays, whatever it says.
    """
    read: Words = {}
    for name, value in words.items():
        field = kind.model_fields.get(name)
        if field is None:
            read[name] = value
            continue
        meant = _meant(_annotation(field), value)
        if field.is_required() or not _says_nothing(meant, field):
            read[name] = meant
    return read


def _annotation(field: FieldInfo) -> Any:
    """A field's type with its constraints, which pydantic keeps beside it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _says_nothing(value: object, field: FieldInfo) -> bool:
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    # A word with a default among free texts has its own word for nothing: reference none.
    has_own = isinstance(field.default, str) and not _choices(field.annotation)
    return value.strip().lower() in _NOTHING or (value.strip() == "None" and not has_own)


def _meant(annotation: Any, value: Any) -> Any:
    for kind in _kinds(annotation):
        origin = get_origin(kind)
        if origin in (list, tuple, Sequence):
            return _list(kind, value)
        if origin in (dict, Mapping):
            return _from_json(value)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            value = _from_json(value)
            return read_loosely(kind, value) if is_mapping(value) else value
    if isinstance(value, str):
        said = value.strip().lower()
        return next((choice for choice in _choices(annotation) if choice.lower() == said), value)
    return value


def _list(kind: Any, value: Any) -> Any:
    one = (get_args(kind) or (Any,))[0]
    value = _from_json(value)
    if isinstance(value, str):
        value = _split(one, value)
    if is_mapping(value) and (model := _model(one)) is not None and value.keys() & model.model_fields.keys():
        value = [value]
    if not is_row(value):
        return value
    meant = [_meant(one, item) for item in value]
    blank = (None, "") if _model(one) is not None or _is_code(one) else (None,)
    return [item for item in meant if not any(item is sign or item == sign for sign in blank)]


def _split(one: Any, text: str) -> Any:
    """A text where a list is asked: its lines or words where each of them is one of the list's things."""
    if text.strip().lower() in _NOTHING or text.strip() == "None":
        return None
    if _is_code(one):
        return [word for word in re.split(r"[,;\s]+", text) if word]
    if str in _kinds(one):
        return text.strip("\n").splitlines()
    return text


def _model(annotation: Any) -> type[BaseModel] | None:
    for kind in _kinds(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _choices(annotation: Any) -> list[str]:
    """The texts that a word may be, where it is a choice among some."""
    options = [value for kind in _kinds(annotation) if get_origin(kind) is Literal for value in get_args(kind)]
    return [value for value in options if isinstance(value, str)]


def _is_code(annotation: Any) -> bool:
    """Whether a type takes words without blanks: a choice, or a text of a pattern."""
    if get_origin(annotation) is Literal:
        return True
    if get_origin(annotation) is Annotated:
        inner, *constraints = get_args(annotation)
        return _is_code(inner) or any(isinstance(one, StringConstraints) and one.pattern for one in constraints)
    return False


def _kinds(annotation: Any) -> list[Any]:
    """The types that a value may have, without constraints and null."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [kind for one in get_args(annotation) for kind in _kinds(one) if kind is not types.NoneType]
    return [annotation]


def _from_json(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
