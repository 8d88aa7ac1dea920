"""The workflows that a server knows: beside the game, the person's own, and those that come along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from pixels_mcp.errors import WorkflowError

if TYPE_CHECKING:
    from pathlib import Path

    from pixels_mcp.mcp_server.tool_desk import ToolDesk


def workflow_names(desk: ToolDesk) -> list[str]:
    """Every name."""
    from pixels_mcp.workflows.workflow_places import list_workflows

    return [one.name for one in list_workflows(_folders(desk))]


def workflow_file(desk: ToolDesk, name: str) -> Path:
    """Where a workflow lies.

    Raises:
        WorkflowError: There is none of that name.
    """
    from pixels_mcp.workflows.workflow_places import find_workflow

    return find_workflow(name, _folders(desk)).file


class KnownWorkflow(TypedDict):
    """What is told of a workflow: its inputs in a line each, or what is wrong with its file."""

    name: str
    description: NotRequired[str]
    inputs: NotRequired[dict[str, str]]
    problem: NotRequired[str]


def told_workflows(desk: ToolDesk) -> list[KnownWorkflow]:
    """What is told of each."""
    from pixels_mcp.workflows.workflow_file import read_workflow
    from pixels_mcp.workflows.workflow_places import list_workflows

    told: list[KnownWorkflow] = []
    for one in list_workflows(_folders(desk)):
        try:
            workflow = read_workflow(one.file)
        except WorkflowError as error:
            told.append({"name": one.name, "problem": error.message})
            continue
        inputs = {name: _told_input(given.model_dump(exclude_defaults=True)) for name, given in workflow.inputs.items()}
        told.append({"name": one.name, "description": workflow.description, "inputs": inputs})
    return told


def _folders(desk: ToolDesk) -> tuple[Path, ...]:
    from pixels_mcp.workflows.workflow_places import workflow_folders

    return workflow_folders(desk.roots.projects[0] if desk.roots.projects else None, desk.paths.config)


def _told_input(words: dict[str, Any]) -> str:
    """An input in one line: `int, 1 to 8, default 2`."""
    bounds = [f"{words['min']:g} to {words['max']:g}"] if "min" in words and "max" in words else []
    chosen = [" | ".join(words["choices"])] if "choices" in words else []
    default = (
        [f"default {words['default']}"] if "default" in words else ["optional" if "optional" in words else "needed"]
    )
    return ", ".join([words["type"], *bounds, *chosen, *default])
