"""What a run of a workflow would do, step by step, without doing any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pixels_mcp.events import JobInfo
from pixels_mcp.game_style.style_file import GameStyle
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.workflow_run import begin_run, is_left_out, kept_entries, prepare_step
from pixels_mcp.operations.workflow_steps import Delivery, StepTools
from pixels_mcp.requests import BatchRequest, RedrawRequest, make_job_id, make_sprite_id
from pixels_mcp.told_apart import is_row
from pixels_mcp.workflows.workflow_file import Workflow


@dataclass(frozen=True)
class LookTools:
    """Where looking ahead looks.

    Attributes:
        library: Where results of earlier runs stand.
        style: Of the game.
        game: Its folder: where deploys and exported files would go.
        kept_in: Folder of step results; what stands from an earlier run is not done again.
    """

    library: Library
    style: GameStyle | None
    game: Path | None
    kept_in: Path


@dataclass(frozen=True)
class StepAhead:
    """One step before it is done.

    Attributes:
        step: Its id.
        do: Its operation.
        requests: What is left to do; sprites of earlier steps stand in it under the ids of `to_come`.
        entries: How many entries it gives.
        kept: How many of them stand from an earlier run.
        to_come: Ids that stand for results of earlier steps, and how these are told.
    """

    step: str
    do: str
    requests: tuple[BaseModel, ...]
    entries: int
    kept: int
    to_come: Mapping[str, str] = field(default_factory=dict[str, str])


def look_ahead(workflow: Workflow, given: Mapping[str, Any], seed: int, look: LookTools) -> tuple[StepAhead, ...]:
    """Walk through a workflow.

    Args:
        workflow: Its file as read.
        given: Inputs by name.
        seed: Of the run.
        look: Where it is looked.

    Raises:
        WorkflowError: An input does not fit; names file, step and word.
    """
    tools = StepTools(look.library, _draw_nothing, look.style, look.game)
    known = begin_run(workflow, given, tools)
    to_come: dict[str, str] = {}
    steps: list[StepAhead] = []
    for number, step in enumerate(workflow.steps, start=1):
        if is_left_out(step, known):
            known[step.id] = ()
            continue
        operation, requests = prepare_step(step, known, seed, tools, f"{workflow.file}: step {number} ({step.id})")
        stand_in = make_sprite_id(make_job_id(step.id, 0), 1)
        entries: list[str] = []
        left: list[BaseModel] = []
        for request in requests:
            if isinstance(operation, Delivery):
                entries.append(str(getattr(request, "sprite_id")))  # noqa: B009  # each delivery's request has it
                left.append(request)
                continue
            kept = None if _waits(request, to_come) else kept_entries(look.kept_in, step.do, request, tools)
            if kept is None:
                left.append(request)
            entries += kept or [stand_in] * getattr(request, "count", 1)
        standing = 0 if isinstance(operation, Delivery) else sum(one != stand_in for one in entries)
        steps.append(StepAhead(step.id, step.do, tuple(left), len(entries), standing, dict(to_come)))
        known[step.id] = entries
        to_come[stand_in] = f"result of {step.id}"
    return tuple(steps)


def _draw_nothing(_: BatchRequest | RedrawRequest, key: str) -> JobInfo:
    raise AssertionError(f"a dry run draws nothing, asked for {key}")


def _waits(request: BaseModel, to_come: Mapping[str, str]) -> bool:
    """Whether a request names something that an earlier step makes first."""
    values = request.model_dump().values()
    named = [one for value in values for one in (value if is_row(value) else [value])]
    return any(isinstance(one, str) and one in to_come for one in named)
