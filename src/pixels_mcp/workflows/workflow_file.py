"""A workflow file, `format = 1`: typed inputs, a list of steps, what is shown. Data alone: no code, no expressions.

format = 1
title = "Item set"
description = "Items of one look"
[inputs.items]
type = "prompts"                      # see INPUT_TYPES; default, choices, min, max, optional
[[steps]]
id = "drawn"
do = "draw"                           # an operation; its words are those of the request
each = "$items"                       # one run an entry, $item is the entry
prompt = "$item, worn"                # inside a prompt a reference may stand among words, elsewhere alone
when = "$worn"                        # left out where a bool input is false
[output]
show = "$drawn"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.documents import parse_toml
from pixels_mcp.errors import WorkflowError
from pixels_mcp.told_apart import Words, is_list, is_mapping, is_row

STEPS_MAX, EACH_MAX, INPUTS_MAX = 64, 64, 32
_BYTES_MAX = 256 * 1024

InputType: TypeAlias = Literal[
    "prompt", "prompts", "text", "int", "float", "bool", "choice", "color", "palette", "sprite", "sprites", "size"
]
InputValue: TypeAlias = str | int | float | bool | tuple[str, ...]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
REFERENCE = re.compile(r"\$([a-z][a-z0-9_]*)(?:\.([0-9]+))?")
OWN_WORDS = frozenset({"id", "do", "each", "when"})
"""Words of a step that are the workflow's own, not its operation's."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class WorkflowInput(_Table):
    """One input: its type, and what it may be."""

    type: InputType
    description: str = ""
    default: str | int | float | bool | list[str] | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None


class WorkflowOutput(_Table):
    """What is shown at the end."""

    show: Annotated[str, StringConstraints(pattern=r"^\$[a-z][a-z0-9_]*$")]


class _File(_Table):
    format: Literal[1]
    title: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    needs: dict[Literal["model", "lora"], str] = {}
    inputs: dict[Name, WorkflowInput] = Field(default={}, max_length=INPUTS_MAX)
    steps: list[Words] = Field(min_length=1)
    output: WorkflowOutput | None = None


@dataclass(frozen=True)
class WorkflowStep:
    """One step.

    Attributes:
        id: Its name, by which later steps mean its results.
        do: The operation.
        each: A reference, or values: one run an entry. None runs once.
        when: A bool input; None always runs.
        words: Of the operation, references not yet replaced.
    """

    id: str
    do: str
    each: str | tuple[Any, ...] | None
    when: str | None
    words: Mapping[str, Any]


@dataclass(frozen=True)
class Workflow:
    """A workflow as it stands in its file.

    Attributes:
        name: Of the file, without ending.
        file: Where it lies.
        needs: A model and a LoRA that must be installed.
        show: The step whose results are shown: the last where the file says none.
    """

    name: str
    file: Path
    title: str
    description: str
    needs: Mapping[str, str]
    inputs: Mapping[str, WorkflowInput]
    steps: tuple[WorkflowStep, ...]
    show: str


def read_workflow(file: Path) -> Workflow:
    """Read one file and check that it holds together; the words of its operations are checked by what runs them.

    Raises:
        WorkflowError: Names file, step and word.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WorkflowError(f"cannot read {file}: {error.strerror}", hint="check the path") from error
    return parse_workflow(data, file)


def parse_workflow(data: bytes, file: Path) -> Workflow:
    """Check that the bytes of a workflow file hold together; as `read_workflow`.

    Args:
        data: TOML, UTF-8.
        file: Where they lie, or would; its name is the workflow's.

    Raises:
        WorkflowError: Names file, step and word.
    """
    if len(data) > _BYTES_MAX:
        raise WorkflowError(f"{file} has {len(data)} bytes, {_BYTES_MAX} are read", hint="split it")
    try:
        document = parse_toml(data.decode("utf-8-sig"))
    except ValueError as error:
        hint = "graphs of ComfyUI are not read; a workflow is TOML" if data.lstrip()[:1] == b"{" else "correct it"
        raise WorkflowError(f"{file}: it is not TOML: {error}", hint=hint) from error
    try:
        written = _File.model_validate(document)
    except ValidationError as error:
        raise WorkflowError(
            f"{file}: {explain(error)}", hint=f"a workflow has: {', '.join(_File.model_fields)}"
        ) from error
    if len(written.steps) > STEPS_MAX:
        raise WorkflowError(f"{file}: {len(written.steps)} steps, at most {STEPS_MAX}", hint="split it into several")
    steps: list[WorkflowStep] = []
    for number, step in enumerate(written.steps, start=1):
        steps.append(_step(step, number, file, written.inputs, tuple(one.id for one in steps)))
    _check_references(file, written.inputs, steps)
    show = written.output.show.removeprefix("$") if written.output else steps[-1].id
    if show not in {step.id for step in steps}:
        raise WorkflowError(f"{file}: output.show: there is no step {show!r}", hint=f"steps: {_listed(steps)}")
    return Workflow(
        name=file.stem,
        file=file,
        title=written.title,
        description=written.description,
        needs=MappingProxyType({str(kind): name for kind, name in written.needs.items()}),
        inputs=MappingProxyType(dict(written.inputs)),
        steps=tuple(steps),
        show=show,
    )


def _step(
    words: Words, number: int, file: Path, inputs: Mapping[str, WorkflowInput], before: tuple[str, ...]
) -> WorkflowStep:
    step_id, operation = words.get("id"), words.get("do")
    where = f"{file}: step {number}" + (f" ({step_id})" if isinstance(step_id, str) else "")
    if not isinstance(step_id, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", step_id):
        raise WorkflowError(f"{where}: id: {step_id!r} is no name", hint="write a-z, 0-9 and '_', such as `drawn`")
    if step_id in before or step_id in inputs or step_id == "item":
        raise WorkflowError(f"{where}: id: the name {step_id!r} is taken", hint="give each step and input its own")
    if not isinstance(operation, str):
        raise WorkflowError(f"{where}: do: an operation is missing", hint='such as do = "draw"')
    each: Any = words.get("each")
    when = words.get("when")
    if each is not None and not is_list(each) and not _is_reference(each):
        raise WorkflowError(f"{where}: each: {each!r} is neither a list nor a reference", hint='each = "$items"')
    if is_list(each) and not 1 <= len(each) <= EACH_MAX:
        raise WorkflowError(f"{where}: each: {len(each)} entries, 1 to {EACH_MAX} are run", hint="split the step")
    if when is not None and not (_is_reference(when) and _type_of(when, inputs) == "bool"):
        raise WorkflowError(f"{where}: when: {when!r} is no input of type bool", hint='when = "$worn"')
    own = {name: value for name, value in words.items() if name not in OWN_WORDS}
    return WorkflowStep(step_id, operation, tuple(each) if is_list(each) else cast("str | None", each), when, own)


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def _type_of(reference: str, inputs: Mapping[str, WorkflowInput]) -> str | None:
    name = reference.removeprefix("$")
    return inputs[name].type if name in inputs else None


def _check_references(file: Path, inputs: Mapping[str, WorkflowInput], steps: list[WorkflowStep]) -> None:
    """Every reference means an input or a step before; one among other words stands in a prompt alone."""
    all_ids = [step.id for step in steps]
    for number, step in enumerate(steps):
        known = {*inputs, *all_ids[:number]}
        for word, value in {**step.words, "each": step.each}.items():
            for text in _texts(value):
                where = f"{file}: step {number + 1} ({step.id}): {word}"
                for match in REFERENCE.finditer(text):
                    _check_reference(where, match[1], known, step, all_ids, number)
                    if match[0] != text and not _may_join(word, match[1], inputs, step):
                        raise WorkflowError(
                            f"{where}: {match[0]} stands among other words", hint="join words in a prompt alone"
                        )


def _check_reference(
    where: str, name: str, known: set[str], step: WorkflowStep, all_ids: list[str], number: int
) -> None:
    if name == "item":
        if step.each is None:
            raise WorkflowError(f"{where}: $item needs `each`", hint='add each = "$items" to the step')
    elif name == all_ids[number]:
        raise WorkflowError(f"{where}: the step needs its own result", hint="name a step before it")
    elif name in all_ids[number:]:
        raise WorkflowError(f"{where}: ${name} is a later step", hint="a step takes results of steps before it")
    elif name not in known:
        raise WorkflowError(
            f"{where}: there is no input or step {name!r}", hint=f"known: {', '.join(sorted(known)) or 'none'}"
        )


def _may_join(word: str, name: str, inputs: Mapping[str, WorkflowInput], step: WorkflowStep) -> bool:
    """Words may be joined where a prompt is made, out of what is words itself."""
    if word not in ("prompt", "upper", "lower", "band", "style"):
        return False
    of = step.each.removeprefix("$").split(".")[0] if name == "item" and isinstance(step.each, str) else name
    if name == "item" and isinstance(step.each, tuple):
        return True
    return of in inputs and inputs[of].type in ("prompt", "prompts", "text", "choice")


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if is_row(value):
        return [text for one in value for text in _texts(one)]
    if is_mapping(value):
        return [text for one in value.values() for text in _texts(one)]
    return []


def _listed(steps: list[WorkflowStep]) -> str:
    return ", ".join(step.id for step in steps)
