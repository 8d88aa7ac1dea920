"""Words from outside, checked against what they may be; what is wrong is said plainly, with a right value beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from pixels_mcp.errors import InvalidArgumentError

Request = TypeVar("Request", bound=BaseModel)


def parse_request(kind: type[Request], words: Mapping[str, Any]) -> Request:
    """Check words that came from outside.

    Raises:
        InvalidArgumentError: Names every word that is wrong, unknown or missing, and what it may be.
    """
    try:
        return kind.model_validate(words)
    except ValidationError as error:
        raise InvalidArgumentError(explain(error), hint=_hint(kind, error)) from error


def explain(error: ValidationError) -> str:
    """Say in one line what a validation found: `seed: must be ... (got -1)`."""
    told = error.errors(include_url=False, include_context=False)
    places = [item["loc"] for item in told]
    lines: list[str] = []
    for item in told:
        if any(len(place) > len(item["loc"]) and place[: len(item["loc"])] == item["loc"] for place in places):
            continue  # a list that is empty only because its items are wrong
        where = ".".join(str(step) for step in item["loc"]) or "request"
        message = _PLAINLY.get(item["type"], item["msg"].removeprefix("Value error, "))
        if item["type"] not in ("extra_forbidden", "missing") and not isinstance(item["input"], dict | list):
            message = f"{message} (got {_short(item['input'])})"
        lines.append(f"{where}: {message}")
    return "; ".join(lines[:6])


_PLAINLY = {
    "extra_forbidden": "unknown argument",
    "missing": "is missing",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "mapping_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "string_type": "must be text",
    "too_short": "must have at least one",
}
"""In plain words what pydantic says in Python's."""


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:50]}... ({len(str(value))} characters)"


def _hint(kind: type[BaseModel], error: ValidationError) -> str:
    told = error.errors(include_url=False, include_context=False)
    unknown = next((item for item in told if item["type"] == "extra_forbidden"), None)
    if unknown is not None:
        place = [step for step in unknown["loc"][:-1] if isinstance(step, str)]
        known = ", ".join(_kind_at(kind, place).model_fields)
        return f"known words of {place[-1]}: {known}" if place else f"known arguments: {known}"
    for item in told:
        words = [str(step) for step in item["loc"] if not isinstance(step, int)]
        if item["type"] in _SHAPES and (example := _example(kind, words)):
            return f"write for example {example}; nothing was queued"
    return "correct it and ask again; nothing was queued"


_SHAPES = frozenset({"missing", "tuple_type", "list_type", "model_type", "model_attributes_type", "string_type"})
"""Errors at which a right value says more than a rule."""


def _example(kind: type[BaseModel], words: Sequence[str]) -> str:
    """A right value of the word that a path of names leads to, or of one that holds it; empty where none is known."""
    example = ""
    for word in words:
        field = kind.model_fields.get(word)
        if field is None:
            break
        if field.examples:
            example = f"{word}: {json.dumps(field.examples[0], ensure_ascii=False)}"
        kind = next(iter(_models(field.annotation)), kind)
    return example


def _kind_at(kind: type[BaseModel], place: Sequence[str]) -> type[BaseModel]:
    """The model of what a path of names leads to."""
    for word in place:
        field = kind.model_fields.get(word)
        kind = next(iter(_models(field.annotation)), kind) if field else kind
    return kind


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for one in get_args(annotation) for model in _models(one)]
