"""The inputs of a run: what a person gives, checked by type, and what is put in for references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pixels_mcp.errors import WorkflowError
from pixels_mcp.requests import COLOR_PATTERN, PROMPT_CHARS_MAX, SPRITE_ID_PATTERN
from pixels_mcp.told_apart import is_mapping, is_row
from pixels_mcp.workflows.workflow_file import EACH_MAX, REFERENCE, InputValue, Workflow, WorkflowInput

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def read_inputs(workflow: Workflow, given: Mapping[str, Any]) -> dict[str, InputValue | None]:
    """Bring what was given to the inputs' types; what is left out takes its default.

    Args:
        workflow: What the inputs are of.
        given: By name; text is read as the type wants it, so that a command line can give all of them.

    Raises:
        WorkflowError: Names the input, and what it may be.
    """
    unknown = sorted(set(given) - set(workflow.inputs))
    if unknown:
        raise WorkflowError(
            f"{workflow.name} has no input {', '.join(unknown)}", hint=f"inputs: {', '.join(workflow.inputs) or 'none'}"
        )
    values: dict[str, InputValue | None] = {}
    for name, one in workflow.inputs.items():
        value = given.get(name)
        value = one.default if value is None or value == "" else value
        if value is None and not one.optional:
            raise WorkflowError(f"{workflow.name}: the input {name} is missing", hint=_wanted(one))
        try:
            values[name] = None if value is None else _typed(one, value)
        except (ValueError, TypeError) as error:
            raise WorkflowError(f"{workflow.name}: {name} = {str(value)[:60]!r}: {error}", hint=_wanted(one)) from error
    return values


def _typed(one: WorkflowInput, value: Any) -> InputValue:
    match one.type:
        case "int" | "float":
            return _number(one, value)
        case "bool":
            return _flag(value)
        case "prompts" | "sprites":
            return _many(one, value)
        case _:
            return _text(one, str(value).strip())


def _number(one: WorkflowInput, value: Any) -> int | float:
    number = int(str(value)) if one.type == "int" else float(str(value))
    if (one.min is not None and number < one.min) or (one.max is not None and number > one.max):
        raise ValueError(f"it is not {one.min:g} to {one.max:g}" if one.min is not None and one.max is not None else
                         f"it is not {'at least' if one.min is not None else 'at most'} "
                         f"{one.min if one.min is not None else one.max:g}")  # fmt: skip
    return number


def _flag(value: Any) -> bool:
    text = str(value).lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueError("it is neither true nor false")
    return text in _TRUE


def _many(one: WorkflowInput, value: Any) -> tuple[str, ...]:
    entries = re.split(r"[,\n]", value) if isinstance(value, str) else list(value)
    texts = tuple(_text(one, str(entry).strip()) for entry in entries if str(entry).strip())
    if not 1 <= len(texts) <= EACH_MAX:
        raise ValueError(f"{len(texts)} entries, 1 to {EACH_MAX} are run")
    return texts


def _text(one: WorkflowInput, text: str) -> str:
    patterns = {
        "color": (COLOR_PATTERN, "it is no color"),
        "sprite": (SPRITE_ID_PATTERN, "it is no sprite_id"),
        "sprites": (SPRITE_ID_PATTERN, "it is no sprite_id"),
        "size": (r"[1-9]\d{0,3}x[1-9]\d{0,3}", "it is no size"),
    }
    if one.choices and text not in one.choices:
        raise ValueError("it is none of the choices")
    if one.type in patterns and not re.fullmatch(patterns[one.type][0], text):
        raise ValueError(patterns[one.type][1])
    if not text or len(text) > PROMPT_CHARS_MAX:
        raise ValueError(f"it has {len(text)} characters, 1 to {PROMPT_CHARS_MAX} are read")
    return text


def _wanted(one: WorkflowInput) -> str:
    if one.choices:
        return f"give one of {', '.join(one.choices)}"
    wanted = {"color": "#1a1c2c", "sprite": "knight-0007.1", "sprites": "knight-0007.1,bat-0008.1", "size": "32x32",
              "prompts": "a ruby potion,an iron sword", "bool": "true or false"}  # fmt: skip
    bounds = f", {one.min:g} to {one.max:g}" if one.min is not None and one.max is not None else ""
    return f"give {one.type}{bounds}" + (f", such as {wanted[one.type]}" if one.type in wanted else "")


def put_in(value: Any, known: Mapping[str, Any]) -> Any:
    """Replace the references of a word: a whole one by its value, one among words by its text; lists go through.

    A word whose whole value is an optional input that was not given becomes None.
    """
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value)
        if whole:
            return _meant(whole[1], whole[2], known)
        return REFERENCE.sub(lambda match: str(_meant(match[1], match[2], known)), value)
    if is_mapping(value):
        return {name: put_in(one, known) for name, one in value.items()}
    if is_row(value):
        return [put_in(one, known) for one in value]
    return value


def _meant(name: str, place: str | None, known: Mapping[str, Any]) -> Any:
    value = known[name]
    if place is None:
        return value[0] if is_row(value) and len(value) == 1 and name != "item" else value
    if not is_row(value) or not 1 <= int(place) <= len(value):
        count = len(value) if is_row(value) else 1
        raise WorkflowError(f"${name}.{place}: {name} has {count} results", hint="count from 1")
    return value[int(place) - 1]
