"""What the arms of a comparison draw that are workflow files: one run for each round, with its prompt and seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType

from pixels_mcp.comparisons.arms import Arm
from pixels_mcp.comparisons.rounds import ArmSprite, Comparison, MadeSprites
from pixels_mcp.errors import PixelsError, WorkflowError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.workflow_run import check_workflow, run_workflow
from pixels_mcp.operations.workflow_steps import StepTools
from pixels_mcp.workflows.workflow_file import Workflow


def prompt_input(workflow: Workflow) -> str:
    """The one input that takes a round's prompt; all others have defaults.

    Raises:
        WorkflowError: It has none, or needs something else too.
    """
    check_workflow(workflow)
    prompts = [name for name, one in workflow.inputs.items() if one.type == "prompt"]
    if not prompts:
        raise WorkflowError(
            f"{workflow.name} has no input of type prompt, so it cannot draw a round's", hint="compare another workflow"
        )
    needed = [
        name for name, one in workflow.inputs.items() if name != prompts[0] and one.default is None and not one.optional
    ]
    if needed:
        raise WorkflowError(
            f"{workflow.name} needs {', '.join(needed)} beside a prompt",
            hint="give them defaults in a file of your own",
        )
    return prompts[0]


def check_workflow_arms(arms: tuple[Arm, ...], read: Callable[[str], Workflow]) -> None:
    """Check every workflow among some arms before anything is drawn.

    Raises:
        WorkflowError: One is not there, is not usable, or takes no prompt.
    """
    for arm in arms:
        if arm.workflow is not None:
            prompt_input(read(arm.workflow))


ToolsOfRun = Callable[[Workflow, Mapping[str, str], int], AbstractContextManager[StepTools]]
"""What the steps of one run need, open for that run alone: workflow, inputs, seed."""


def run_workflow_arms(
    comparison: Comparison, read: Callable[[str], Workflow], tools_of: ToolsOfRun, kept_in: Path
) -> MadeSprites:
    """Run the workflows of a comparison; what an earlier run did is not done again.

    Args:
        comparison: Its rounds give prompt and seed.
        read: Reads a workflow of a name.
        tools_of: Opens library, worker, style for a run.
        kept_in: Folder of step results.

    Returns:
        By round and arm: the first sprite that is shown, or why there is none.

    Raises:
        WorkflowError: A workflow is not usable.
    """
    made: dict[tuple[int, int], ArmSprite | str] = {}
    workflows = {arm.workflow: read(arm.workflow) for arm in comparison.arms if arm.workflow is not None}
    for one in comparison.rounds:
        for number, arm in enumerate(comparison.arms):
            if arm.workflow is not None:
                workflow = workflows[arm.workflow]
                given = {prompt_input(workflow): one.prompt}
                made[one.number, number] = _run(workflow, given, one.seed, tools_of, kept_in)
    return MappingProxyType(made)


def _run(
    workflow: Workflow, given: Mapping[str, str], seed: int, tools_of: ToolsOfRun, kept_in: Path
) -> ArmSprite | str:
    try:
        with tools_of(workflow, given, seed) as tools:
            result = run_workflow(workflow, given, seed, tools, kept_in, lambda _: None)
    except PixelsError as error:
        return error.message
    return _sprite(tools.library, result.shown[0]) if result.shown else "the workflow shows nothing"


def _sprite(library: Library, sprite_id: str) -> ArmSprite:
    entry = library.get(sprite_id)
    return ArmSprite(
        sprite_id=entry.sprite_id,
        path=str(entry.path),
        width_px=entry.width_px,
        height_px=entry.height_px,
        model=entry.model,
        reference=entry.reference.sha256 if entry.reference else None,
    )
