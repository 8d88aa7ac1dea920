"""`pixels-mcp workflow`: chains of operations as files: list, show, check, run and begin one."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixels_mcp.cli.draw.dry_run import DryRun, foresee_here, tell_forecast
from pixels_mcp.cli.output import note, print_json, print_result
from pixels_mcp.cli.places import game_style, open_library, scan_models, style_folder
from pixels_mcp.errors import WorkflowError
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SEED_MAX
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.client import Client
    from pixels_mcp.client.workflow_job import WorkflowJob
    from pixels_mcp.events import JobInfo
    from pixels_mcp.operations.workflow_ahead import StepAhead
    from pixels_mcp.operations.workflow_run import WorkflowResult
    from pixels_mcp.operations.workflow_steps import StepTools
    from pixels_mcp.workflows.workflow_file import Workflow

app = typer.Typer(
    help="Chains of operations as files: list, show, check, run and begin one.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Name = Annotated[str, typer.Argument(help="A workflow's name, or the path of a .toml file.", metavar="NAME|FILE")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _folders() -> tuple[Path, ...]:
    from pixels_mcp.workflows.workflow_places import workflow_folders

    return workflow_folders(style_folder(), find_paths().config)


def read_named(name: str) -> Workflow:
    """The workflow of a name, or of a .toml file.

    Raises:
        WorkflowError: There is none, or it is not usable.
    """
    from pixels_mcp.workflows.workflow_file import read_workflow
    from pixels_mcp.workflows.workflow_places import find_workflow

    if name.endswith(".toml"):
        return read_workflow(Path(name).absolute())
    known = find_workflow(name, _folders())
    if known.hides is not None:
        note(f"{known.file} hides the workflow of that name in {known.hides.parent}")
    return read_workflow(known.file)


@app.command("list")
def list_all(as_json: _Json = False) -> None:
    """List the workflows: those beside the game, your own, and those that come along."""
    from pixels_mcp.workflows.workflow_file import read_workflow
    from pixels_mcp.workflows.workflow_places import list_workflows

    told: list[JsonObject] = []
    for one in list_workflows(_folders()):
        try:
            told.append({"name": one.name, "file": str(one.file), "title": read_workflow(one.file).title})
        except WorkflowError as error:
            told.append({"name": one.name, "file": str(one.file), "problem": error.message})
    if as_json:
        print_json(told)
        return
    for one in told:
        print_result(f"{one['name']:<22} {one.get('title') or 'PROBLEM: ' + one['problem']}")


@app.command("show")
def show_one(name: _Name, as_json: _Json = False) -> None:
    """Say what a workflow does: its inputs and steps."""
    workflow = read_named(name)
    if as_json:
        inputs = {key: one.model_dump(mode="json", exclude_none=True) for key, one in workflow.inputs.items()}
        steps = [{"id": step.id, "do": step.do} for step in workflow.steps]
        print_json({"name": workflow.name, "file": str(workflow.file), "title": workflow.title,
                    "description": workflow.description, "needs": dict(workflow.needs), "inputs": inputs,
                    "steps": steps, "show": workflow.show})  # fmt: skip
        return
    print_result(workflow.file.read_text("utf-8-sig").rstrip())


@app.command("check")
def check_one(name: _Name, as_json: _Json = False) -> None:
    """Check a workflow's text, words and types; exit code 2 where it is wrong. Models that are missing are told.

    A .json file is one in ComfyUI's API form: its form and named places are checked, and its nodes by the ComfyUI
    server where one draws.
    """
    from pixels_mcp.operations.workflow_run import check_workflow

    if name.endswith(".json"):
        from pixels_mcp.cli.sets.graph_commands import check_graph

        check_graph(Path(name).absolute(), as_json=as_json)
        return
    workflow = read_named(name)
    check_workflow(workflow, game_style())
    missing = _missing(workflow)
    if as_json:
        print_json({"name": workflow.name, "file": str(workflow.file), "usable": not missing, "missing": missing})
    else:
        print_result(f"{workflow.file}: {len(workflow.steps)} steps, nothing wrong")
        for one in missing:
            note(f"to run it: {one}")


@app.command("run")
def run_one(
    name: _Name,
    inputs: Annotated[list[str] | None, typer.Argument(help="Its inputs, NAME=VALUE each.", metavar="INPUT...")] = None,
    seed: Annotated[int, typer.Option(min=0, max=SEED_MAX, help="Each step makes its own from it.", metavar="N")] = 0,
    dry_run: DryRun = False,
    as_json: _Json = False,
) -> None:
    """Run a workflow. The same command again goes on where a run broke: what is done is not done again."""
    if dry_run:
        tell_forecast(foresee_here((), look_ahead_named(name, _given(inputs or []), seed)), as_json=as_json)
        return
    (result, job_id), style, library = run_named(name, _given(inputs or []), seed), game_style(), open_library()
    if as_json:
        print_json(asdict(result) | {"job_id": job_id} | ({"game_style": str(style.file)} if style else {}))
        return
    for step in result.steps:
        note(f"{step.step}: {', '.join(step.entries)}" + (" (kept)" if step.was_kept else ""))
        for line in step.files:
            note(f"  {line}")
    for entry in result.shown:
        print_result(str(library.path_of(entry)))


def run_named(name: str, inputs: Mapping[str, Any], seed: int) -> tuple[WorkflowResult, str | None]:
    """Check a workflow, refuse it where a model is missing, and run it.

    Returns:
        What it gave, and the id of the job whose parts it drew; None where nothing was drawn.

    Raises:
        WorkflowError: It is not usable as it is written, or not here.
        PixelsError: As a step gave it.
    """
    from pixels_mcp.cli.faces import worker_client
    from pixels_mcp.operations.workflow_run import check_workflow, run_workflow

    workflow, style = read_named(name), game_style()
    check_workflow(workflow, style)
    _refuse_missing(workflow)
    with worker_client("workflow") as client, tools_of_run(client, workflow, inputs, seed) as (tools, job):
        result = run_workflow(workflow, inputs, seed, tools, find_paths().state / "workflows", note)
    return result, job.job_id


@contextmanager
def tools_of_run(
    client: Client, workflow: Workflow, inputs: Mapping[str, Any], seed: int
) -> Generator[tuple[StepTools, WorkflowJob]]:
    """What the steps of one run need, and the job that its draws are parts of; the job ends with the block.

    Raises:
        WorkflowError: An input does not fit.
    """
    from pixels_mcp.cli.worker.follow import follow
    from pixels_mcp.client.workflow_job import WorkflowJob
    from pixels_mcp.operations.workflow_run import key_of_run
    from pixels_mcp.operations.workflow_steps import StepTools

    folder = style_folder().resolve()
    run_key = key_of_run(workflow, inputs, seed, folder)

    def wait(job: JobInfo) -> JobInfo:
        return follow(client, job, parts_only=True)

    with WorkflowJob(lambda call: call(client), workflow.name, run_key, wait) as job:
        yield StepTools(open_library(), job.draw, game_style(), folder), job


def look_ahead_named(name: str, inputs: Mapping[str, Any], seed: int) -> tuple[StepAhead, ...]:
    """What a run would do, step by step; nothing is done.

    Raises:
        WorkflowError: It is not usable as it is written, or not here.
    """
    from pixels_mcp.operations.workflow_ahead import LookTools, look_ahead

    workflow = read_named(name)
    _refuse_missing(workflow)
    kept_in = find_paths().state / "workflows"
    look = LookTools(open_library(), game_style(), style_folder().resolve(), kept_in)
    return look_ahead(workflow, inputs, seed, look)


@app.command("new")
def begin_one(
    name: Annotated[str, typer.Argument(help="The shipped workflow to begin with.", metavar="NAME")],
    file: Annotated[Path, typer.Argument(help="Your own file; it must not exist.", metavar="FILE.toml")],
) -> None:
    """Copy a workflow, to change it; comfyui/NAME and FILE.json for one in ComfyUI's API form."""
    if name.startswith("comfyui/"):
        from pixels_mcp.cli.sets.graph_commands import begin_graph

        begin_graph(name, file)
        return
    workflow = read_named(name)
    if file.exists() or file.suffix != ".toml":
        raise WorkflowError(f"{file} exists already, or does not end in .toml", hint="name a new .toml file")
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workflow.file, file)
    print_result(str(file))


def _given(inputs: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for text in inputs:
        name, equals, value = text.partition("=")
        if not equals:
            raise WorkflowError(f"{text!r} is no input", hint="write NAME=VALUE, such as prompt='a knight'")
        given[name.strip()] = value
    return given


def _missing(workflow: Workflow) -> list[str]:
    """Models and LoRAs that a workflow names and that are not installed."""
    names: set[str] = {model.name for model in scan_models()} if workflow.needs else set()
    return [f"{kind} {name} is not installed" for kind, name in workflow.needs.items() if name not in names]


def _refuse_missing(workflow: Workflow) -> None:
    if missing := _missing(workflow):
        raise WorkflowError(f"{workflow.name}: {'; '.join(missing)}", hint="install what is missing, then run it again")
