"""JSON schemas as an assistant should see them: strict, and short, since every client pays for them in tokens."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_SHAPE = frozenset({"type", "items", "$ref", "anyOf", "enum"})


def input_schema(words: type[BaseModel], *, brief: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Write a tool's input schema: unknown arguments refused, required words first, no null for a word left out.

    Args:
        words: The model that checks the arguments.
        brief: Names of nested models whose words need no more than their type, because the tool's own words of the
            same name are described.
    """
    schema = _tidy(words.model_json_schema())
    schema.pop("description", None)
    for name, nested in schema.get("$defs", {}).items():
        nested.pop("description", None)
        if name in brief:
            nested["properties"] = {word: _brief(shape) for word, shape in _required_first(nested).items()}
    schema["properties"] = _required_first(schema)
    schema["additionalProperties"] = False
    return schema


def output_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """Write a tool's output schema; what an answer does not know it leaves out, so there are no nulls and defaults."""
    schema = _tidy(answer.model_json_schema())
    for nested in schema.get("$defs", {}).values():
        nested.pop("required", None)
    for one in (schema, *schema.get("$defs", {}).values()):
        one.pop("description", None)
        one.pop("additionalProperties", None)
        one["properties"] = {word: _brief(shape) for word, shape in one["properties"].items()}
    return schema


def _brief(shape: dict[str, Any]) -> dict[str, Any]:
    """The type alone; names of answers speak for themselves."""
    return {key: value for key, value in shape.items() if key in _SHAPE}


def _required_first(schema: dict[str, Any]) -> dict[str, Any]:
    words, required = schema.get("properties", {}), schema.get("required", [])
    return {word: words[word] for word in [*required, *(word for word in words if word not in required)]}


def _tidy(node: Any) -> Any:
    """Drop titles, empty defaults and the null of optional words."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    kinds = tidy.get("anyOf")
    if isinstance(kinds, list) and {"type": "null"} in kinds:
        rest = [kind for kind in kinds if kind != {"type": "null"}]
        del tidy["anyOf"]
        tidy = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **tidy}
    if "default" in tidy and tidy["default"] in (None, [], ""):
        del tidy["default"]
    return tidy
