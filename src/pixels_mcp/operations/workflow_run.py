"""Run a workflow: step after step, each result kept under a hash, so that a run that broke goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pixels_mcp import __version__
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import InvalidArgumentError, PixelsError, UnknownSpriteError, WorkflowError
from pixels_mcp.files import refused_by_disk
from pixels_mcp.game_style.style_file import GameStyle
from pixels_mcp.operations.workflow_paths import files_of_game
from pixels_mcp.operations.workflow_steps import (
    Delivery,
    StepOperation,
    StepTools,
    explained,
    operation_of,
    seeds_itself,
)
from pixels_mcp.requests import SEED_MAX
from pixels_mcp.told_apart import Words, is_list
from pixels_mcp.workflows.input_values import put_in, read_inputs
from pixels_mcp.workflows.workflow_file import EACH_MAX, Workflow, WorkflowStep

_SAMPLE_ID = "sample-0001.1"
_SAMPLES: Mapping[str, Any] = {
    "prompt": "sample", "text": "sample", "int": 2, "float": 0.5, "bool": True, "color": "#1a1c2c",
    "palette": "pico-8", "sprite": _SAMPLE_ID, "sprites": [_SAMPLE_ID, _SAMPLE_ID], "size": "32x32",
    "prompts": ["sample", "sample"],
}  # fmt: skip


@dataclass(frozen=True)
class StepResult:
    """What a step gave.

    Attributes:
        step: Its id.
        entries: The sprite_ids, in order.
        was_kept: All of it stood from an earlier run.
        files: What it brought into the game's folder: a line for each.
    """

    step: str
    entries: tuple[str, ...]
    was_kept: bool
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorkflowResult:
    """What a run gave.

    Attributes:
        workflow: Its name.
        seed: Of the run.
        steps: In order; those left out by `when` are not among them.
        shown: The entries of the step that is shown.
    """

    workflow: str
    seed: int
    steps: tuple[StepResult, ...]
    shown: tuple[str, ...]


def check_workflow(workflow: Workflow, style: GameStyle | None = None) -> None:
    """Check every step's words and types against its operation, before anything is queued.

    Args:
        workflow: As it was read.
        style: Of the game: what a step leaves open it may say.

    Raises:
        WorkflowError: Names file, step and word.
    """
    known: Words = dict(read_inputs(workflow, sample_inputs(workflow)))
    for number, step in enumerate(workflow.steps, start=1):
        where = f"{workflow.file}: step {number} ({step.id})"
        operation = operation_of(step.do, where)
        entries = _entries(step, known, where)
        try:
            request = operation.parse(put_in(dict(step.words), {**known, "item": next(iter(entries), None)}), style)
        except WorkflowError:
            raise
        except InvalidArgumentError as error:
            raise explained(where, error) from error
        known[step.id] = [_SAMPLE_ID] * (len(entries) * getattr(request, "count", 1))


def sample_inputs(workflow: Workflow) -> Words:
    """Every input with its default, else with something of its type."""
    given: Words = {}
    for name, one in workflow.inputs.items():
        sample = one.choices[0] if one.choices else _SAMPLES.get(one.type)
        given[name] = one.default if one.default is not None else sample
    return given


def run_workflow(
    workflow: Workflow,
    given: Mapping[str, Any],
    seed: int,
    tools: StepTools,
    kept_in: Path,
    told: Callable[[str], None],
) -> WorkflowResult:
    """Run every step.

    Args:
        workflow: Checked.
        given: Inputs by name.
        seed: Of the run: step and entry make their own from it.
        tools: Library, worker, style.
        kept_in: Folder of step results; the same steps with the same words are not done again.
        told: Hears of each step that begins.

    Raises:
        WorkflowError: An input or a step's result does not fit.
        PixelsError: As a step gave it, with its place; what was done stays and is not done again.
    """
    known = begin_run(workflow, given, tools)
    results: list[StepResult] = []
    for number, step in enumerate(workflow.steps, start=1):
        where = f"{workflow.file}: step {number} ({step.id})"
        if is_left_out(step, known):
            known[step.id] = ()
            continue
        told(f"step {number} of {len(workflow.steps)}: {step.id}")
        result = _run_step(step, known, seed, tools, kept_in, where)
        known[step.id] = list(result.entries)
        results.append(result)
    shown = next((one.entries for one in results if one.step == workflow.show), ())
    return WorkflowResult(workflow.name, seed, tuple(results), shown)


def key_of_run(workflow: Workflow, given: Mapping[str, Any], seed: int, game: Path | None) -> str:
    """A hash of a run's words: a run that broke finds its job by it.

    Raises:
        WorkflowError: An input does not fit.
    """
    inputs = read_inputs(workflow, given)
    text = json.dumps([str(workflow.file), inputs, seed, str(game)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def begin_run(workflow: Workflow, given: Mapping[str, Any], tools: StepTools) -> Words:
    """Check all that can be checked before the first step.

    Returns:
        Every input by its name; results of steps are added to them.

    Raises:
        WorkflowError: A step, an input or a place does not fit.
    """
    check_workflow(workflow, tools.style)
    _require_files(workflow, tools.game)
    known: Words = dict(read_inputs(workflow, given))
    _require_places(workflow, known, tools)
    return known


def is_left_out(step: WorkflowStep, known: Mapping[str, Any]) -> bool:
    """Whether a step's `when` says no."""
    return step.when is not None and not known[step.when.removeprefix("$")]


def _require_files(workflow: Workflow, game: Path | None) -> None:
    """Refuse to begin where a step names a file elsewhere than in the game's folder."""
    for number, step in enumerate(workflow.steps, start=1):
        written = {name: value for name, value in step.words.items() if "$" not in str(value)}
        with told_where(f"{workflow.file}: step {number} ({step.id})"):
            files_of_game(written, game)


def _require_places(workflow: Workflow, known: Mapping[str, Any], tools: StepTools) -> None:
    """Refuse to begin where a step could not write what it shall."""
    for number, step in enumerate(workflow.steps, start=1):
        where = f"{workflow.file}: step {number} ({step.id})"
        operation = operation_of(step.do, where)
        if isinstance(operation, Delivery) and not is_left_out(step, known):
            with told_where(where):
                operation.require_place(tools.game)


@contextmanager
def told_where(where: str) -> Generator[None]:
    """Put the file and step before what an error says."""
    try:
        yield
    except PixelsError as error:
        if where not in error.message:
            error.message = f"{where}: {error.message}"
            error.args = (error.message,)
        raise


def _run_step(
    step: WorkflowStep, known: Mapping[str, Any], seed: int, tools: StepTools, kept_in: Path, where: str
) -> StepResult:
    operation, requests = prepare_step(step, known, seed, tools, where)
    if isinstance(operation, Delivery):
        entries = tuple(dict.fromkeys(str(getattr(request, "sprite_id")) for request in requests))  # noqa: B009  # each delivery's request has it
        with told_where(where):
            files = operation.deliver(requests, tools) if requests else []
        return StepResult(step.id, entries, was_kept=False, files=tuple(files))
    keys = [_key(step.do, request, tools) for request in requests]
    kept = [_kept(kept_in, key, tools) for key in keys]
    missing = [at for at, entries in enumerate(kept) if entries is None]
    if missing:
        with told_where(where):
            # Each result is kept as it comes: what a step made before it broke is not made again.
            for place, entries in operation.run([requests[at] for at in missing], [keys[at] for at in missing], tools):
                _keep(kept_in, keys[missing[place]], entries)
                kept[missing[place]] = entries
    entries = tuple(entry for own in kept for entry in own or ())
    return StepResult(step.id, entries, was_kept=not missing)


def prepare_step(
    step: WorkflowStep, known: Mapping[str, Any], seed: int, tools: StepTools, where: str
) -> tuple[StepOperation | Delivery, list[BaseModel]]:
    """A step's operation, and its requests: one, or one for each entry.

    Raises:
        WorkflowError: A word or a result of an earlier step does not fit.
    """
    operation = operation_of(step.do, where)
    try:
        return operation, [
            _request(operation, step, {**known, "item": item}, _entry_seed(seed, step.id, place), tools)
            for place, item in enumerate(_entries(step, known, where))
        ]
    except InvalidArgumentError as error:
        raise explained(where, error) from error


def kept_entries(kept_in: Path, operation: str, request: BaseModel, tools: StepTools) -> list[str] | None:
    """What an earlier run made of the same request, where all of it still stands."""
    return _kept(kept_in, _key(operation, request, tools), tools)


def _entries(step: WorkflowStep, known: Mapping[str, Any], where: str) -> list[Any]:
    if step.each is None:
        return [None]
    entries = known[step.each[1:]] if isinstance(step.each, str) and "." not in step.each else put_in(step.each, known)
    listed = [entries] if isinstance(entries, str) else list(entries or ())
    if len(listed) > EACH_MAX:
        raise WorkflowError(f"{where}: each: {len(listed)} entries, at most {EACH_MAX} are run", hint="give fewer")
    return listed


def _request(
    operation: StepOperation | Delivery,
    step: WorkflowStep,
    known: Mapping[str, Any],
    seed: int,
    tools: StepTools,
) -> BaseModel:
    words = files_of_game(put_in(dict(step.words), known), tools.game)
    if isinstance(operation, StepOperation) and seeds_itself(operation, words):
        words["seed"] = seed
    return operation.parse(words, tools.style)


def _entry_seed(seed: int, step: str, place: int) -> int:
    """First four bytes of a hash: another for each step and entry; a few below the limit, for `count`."""
    digest = hashlib.sha256(f"{seed}\n{step}\n{place}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % (SEED_MAX - 16)


def _key(operation: str, request: BaseModel, tools: StepTools) -> str:
    """A hash of the operation, its words, the bytes of every sprite that they name, and this version."""
    words = request.model_dump(mode="json", exclude_unset=True)
    texts = {word: value if is_list(value) else [value] for word, value in words.items()}
    sources = {
        f"{word}.{place}": _sha256(value, tools)
        for word, values in texts.items()
        for place, value in enumerate(values)
        if isinstance(value, str)
    }
    text = json.dumps([__version__, operation, words, {k: v for k, v in sources.items() if v}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256(value: str, tools: StepTools) -> str | None:
    try:
        return tools.library.get(value).sha256 if "." in value and len(value) < 64 else None
    except UnknownSpriteError:
        return None


def _kept(folder: Path, key: str, tools: StepTools) -> list[str] | None:
    """The entries of an earlier run, where all of them still stand."""
    try:
        entries = parse_json((folder / f"{key}.json").read_text("utf-8"))
        standing = [Path(tools.library.get(entry).path).is_file() for entry in entries]
    except (OSError, ValueError, UnknownSpriteError):
        return None
    return entries if standing and all(standing) else None


def _keep(folder: Path, key: str, entries: list[str]) -> None:
    """Note a step's entries without waiting for the disk: what a power cut takes is made again."""
    unfinished = folder / f".{key}.{os.getpid()}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(entries), "utf-8")
        unfinished.replace(folder / f"{key}.json")
    except OSError as error:
        raise refused_by_disk(error, folder, "a step's result") or error from error
