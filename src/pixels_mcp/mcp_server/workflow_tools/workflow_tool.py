"""The tool that runs a workflow file: run_workflow."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import ConfigDict, Field

from pixels_mcp.errors import WorkflowError
from pixels_mcp.jobs.states import parts_ended
from pixels_mcp.mcp_server.drawing_tools.families import MAKES
from pixels_mcp.mcp_server.drawing_tools.told_ahead import tell_ahead
from pixels_mcp.mcp_server.drawing_tools.waiting_words import WaitingWords
from pixels_mcp.mcp_server.previews import SHOWN_MAX, preview_of
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, ask_telling, wait_for
from pixels_mcp.mcp_server.workflow_tools.known_workflows import KnownWorkflow, told_workflows, workflow_file
from pixels_mcp.requests import SEED_MAX, WAIT_S_MAX

if TYPE_CHECKING:
    from pathlib import Path

    from pixels_mcp.client import Client
    from pixels_mcp.events import JobInfo
    from pixels_mcp.operations.workflow_ahead import StepAhead
    from pixels_mcp.workflows.workflow_file import Workflow

RUN = """\
Run a workflow: a file that chains draws, tilesets, animations and edits (a hero with its clips, a terrain with its \
shore, an item set). Without `workflow` it lists them with their typed inputs. Calling again with the same words goes \
on where it was: nothing that is done is done again. Example: {"workflow": "item-set", "inputs": {"items": ["potion", \
"key"]}}."""


class WorkflowWords(WaitingWords):
    """Arguments of run_workflow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workflow: str | None = Field(default=None, description="A name of the list; left out: the list")
    inputs: dict[str, Any] = Field(default={}, description="By name; what is left out takes its default")
    seed: int = Field(default=0, ge=0, le=SEED_MAX, description="Each step makes its own from it")
    wait_s: float = Field(default=25.0, ge=0.0, le=WAIT_S_MAX, description="Seconds to wait for what is drawn")


class _StillDrawing(Exception):
    """The time was up while something was drawn."""

    def __init__(self, job: JobInfo) -> None:
        super().__init__(job.job_id)
        self.job = job


def workflow_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def run(words: WorkflowWords, context: Context) -> CallToolResult:
        if words.workflow is None:
            return CallToolResult(content=[text(await anyio.to_thread.run_sync(_list, desk))])
        workflow = await anyio.to_thread.run_sync(_read, desk, words.workflow)
        if workflow.needs:
            await _refuse_missing(desk, workflow)
        if words.dry_run:
            steps = await anyio.to_thread.run_sync(_steps_ahead, desk, workflow, words)
            return await tell_ahead(desk, Meter(context), "run_workflow", steps=steps)
        return await anyio.to_thread.run_sync(_run, desk, Meter(context), workflow, words)

    return [
        make_tool(
            "run_workflow", title="Run a workflow", description=RUN, words=WorkflowWords, body=run, annotations=MAKES
        )
    ]


def _read(desk: ToolDesk, name: str) -> Workflow:
    from pixels_mcp.operations.workflow_run import check_workflow
    from pixels_mcp.workflows.workflow_file import read_workflow

    workflow = read_workflow(workflow_file(desk, name))
    check_workflow(workflow, desk.game_style())
    return workflow


async def _refuse_missing(desk: ToolDesk, workflow: Workflow) -> None:
    installed = {model.name for model in await desk.ask(lambda client: client.models()) if model.problem is None}
    missing = [f"{kind} {name}" for kind, name in workflow.needs.items() if name not in installed]
    if missing:
        raise WorkflowError(
            f"{workflow.name} needs {' and '.join(missing)}, which is not installed", hint="install it, then call again"
        )


def _run(desk: ToolDesk, meter: Meter, workflow: Workflow, words: WorkflowWords) -> CallToolResult:
    """Run it on this thread; what is drawn is waited for on the server's loop."""
    from pixels_mcp.client.workflow_job import WorkflowJob
    from pixels_mcp.operations.workflow_run import key_of_run, run_workflow
    from pixels_mcp.operations.workflow_steps import StepTools

    deadline_s = time.monotonic() + words.wait_s

    def ask(call: Callable[[Client], JobInfo]) -> JobInfo:
        return anyio.from_thread.run(ask_telling, desk, meter, call)

    def wait(job: JobInfo) -> JobInfo:
        job = anyio.from_thread.run(partial(wait_for, parts_only=True), desk, meter, job, deadline_s)
        if not parts_ended(job):
            raise _StillDrawing(job)
        return job

    library, style = desk.library, desk.game_style()
    game = next(iter(desk.roots.projects), None)
    run_key = key_of_run(workflow, words.inputs, words.seed, game)
    try:
        with WorkflowJob(ask, workflow.name, run_key, wait) as run:
            tools = StepTools(library, run.draw, style, game)
            result = run_workflow(workflow, words.inputs, words.seed, tools, _kept_in(desk), lambda _: None)
    except _StillDrawing as waiting:
        told = {
            "state": waiting.job.state,
            "workflow": workflow.name,
            "job_id": waiting.job.job_id,
            "next": "the step is being drawn: call run_workflow again with the same words, and it goes on",
        }
        return CallToolResult(content=[text(told)])
    shown = [library.get(entry) for entry in result.shown[:SHOWN_MAX]]
    job_id = {"job_id": run.job_id} if run.job_id else {}
    told = {"state": "done", **job_id, **asdict(result), **({"game_style": str(style.file)} if style else {})}
    return CallToolResult(content=[text(told), *([preview_of(shown)] if shown else [])])


def _steps_ahead(desk: ToolDesk, workflow: Workflow, words: WorkflowWords) -> tuple[StepAhead, ...]:
    from pixels_mcp.operations.workflow_ahead import LookTools, look_ahead

    look = LookTools(desk.library, desk.game_style(), next(iter(desk.roots.projects), None), _kept_in(desk))
    return look_ahead(workflow, words.inputs, words.seed, look)


def _kept_in(desk: ToolDesk) -> Path:
    return desk.paths.state / "workflows"


class WorkflowList(TypedDict):
    """The workflows that are known, and how one of them is run."""

    workflows: list[KnownWorkflow]
    next: NotRequired[str]


def _list(desk: ToolDesk) -> WorkflowList:
    told = told_workflows(desk)
    first = next((one["name"] for one in told if "inputs" in one), None)
    if first is None:
        return {"workflows": told}
    step = f'run_workflow with workflow "{first}" and its inputs runs one; dry_run true tells beforehand what it takes'
    return {"workflows": told, "next": step}
