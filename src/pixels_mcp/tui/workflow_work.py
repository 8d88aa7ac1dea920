"""What the screens do with workflow files: list, check, save and try them; each blocks, and belongs on a thread."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.client.workflow_job import WorkflowJob
from pixels_mcp.errors import InvalidArgumentError, WorkflowError
from pixels_mcp.files import write_whole
from pixels_mcp.game_style.style_file import GameStyle, find_style_file, read_game_style
from pixels_mcp.operations.workflow_run import (
    WorkflowResult,
    check_workflow,
    key_of_run,
    run_workflow,
    sample_inputs,
)
from pixels_mcp.operations.workflow_steps import StepTools
from pixels_mcp.told_apart import is_row
from pixels_mcp.tui.session import Change, Session
from pixels_mcp.workflows.workflow_file import Workflow, parse_workflow, read_workflow
from pixels_mcp.workflows.workflow_places import FOLDER_NAME, check_workflow_name, find_workflow, list_workflows
from pixels_mcp.workflows.workflow_places import workflow_folders as folders_of


@dataclass(frozen=True)
class ListedWorkflow:
    """A workflow of the list: its title, or what is wrong with its file."""

    name: str
    title: str
    problem: str = ""


@dataclass(frozen=True)
class OpenedWorkflow:
    """A workflow's text, and where it lies."""

    name: str
    text: str
    file: Path


def workflow_folders(session: Session) -> tuple[Path, ...]:
    """Where workflows are looked for: beside the game, the person's own, those that come along."""
    return folders_of(session.settings.project or Path.cwd(), session.paths.config)


def all_workflows(session: Session) -> list[ListedWorkflow]:
    """Every workflow by name."""
    listed: list[ListedWorkflow] = []
    for one in list_workflows(workflow_folders(session)):
        try:
            listed.append(ListedWorkflow(one.name, read_workflow(one.file).title))
        except WorkflowError as error:
            listed.append(ListedWorkflow(one.name, "", error.message))
    return listed


def named_workflow(session: Session, name: str) -> Workflow:
    """The workflow of a name.

    Raises:
        WorkflowError: There is none, or it is not usable.
    """
    return read_workflow(find_workflow(name, workflow_folders(session)).file)


def open_workflow(session: Session, name: str) -> OpenedWorkflow:
    """Read a workflow's text.

    Raises:
        WorkflowError: There is none of that name, or it cannot be read.
    """
    file = find_workflow(name, workflow_folders(session)).file
    try:
        return OpenedWorkflow(name, file.read_text("utf-8-sig"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise WorkflowError(f"cannot read {file}: {error}", hint="check the file") from error


def checked_workflow(name: str, text: str) -> Workflow:
    """Check a text as the workflow that it would be.

    Raises:
        WorkflowError: Names the step and word that are wrong.
    """
    workflow = parse_workflow(text.encode(), Path(f"{name}.toml"))
    check_workflow(workflow)
    return workflow


def missing_models(session: Session, workflow: Workflow) -> list[str]:
    """Models and LoRAs that it needs and that are not installed."""
    if not workflow.needs:
        return []
    names = {entry.name for entry in session.registry.entries() if not entry.problem}
    return [f"{kind} {name} is not installed" for kind, name in workflow.needs.items() if name not in names]


def inputs_text(workflow: Workflow) -> str:
    """The inputs that it needs, with defaults or samples, as a line to change: `prompt='a knight' count=4`."""
    parts: list[str] = []
    for name, value in sample_inputs(workflow).items():
        if workflow.inputs[name].optional and workflow.inputs[name].default is None:
            continue
        shown = ", ".join(map(str, value)) if is_row(value) else str(value)
        parts.append(f"{name}={shlex.quote(shown.lower() if isinstance(value, bool) else shown)}")
    return " ".join(parts)


def read_inputs_text(text: str) -> dict[str, str]:
    """Inputs from a line.

    Raises:
        InvalidArgumentError: It does not have the form NAME=VALUE ...
    """
    try:
        tokens = shlex.split(text)
    except ValueError as error:
        raise InvalidArgumentError(f"inputs: {error}", hint="close the quotation mark") from error
    given: dict[str, str] = {}
    for token in tokens:
        name, equals, value = token.partition("=")
        if not equals:
            raise InvalidArgumentError(
                f"inputs: {token!r} is no input", hint="write NAME=VALUE, quoted where it has spaces"
            )
        given[name] = value
    return given


def save_workflow(session: Session, name: str, text: str) -> Change:
    """Write the person's own file of a name; one that comes along is never changed, but hidden by it.

    Raises:
        WorkflowError: The name or the text is not usable, or the file cannot be written.
    """
    check_workflow_name(name)
    checked_workflow(name, text)
    file = session.paths.config / FOLDER_NAME / f"{name}.toml"
    try:
        before = file.read_bytes() if file.exists() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode())
    except OSError as error:
        raise WorkflowError(
            f"cannot write {file}: {error.strerror}", hint="check the folder's rights and its disk"
        ) from error

    def back() -> str:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            write_whole(file, before)
        return f"{file} is what it was before"

    return Change(f"saved {file}", back)


def try_workflow(
    session: Session, workflow: Workflow, given: Mapping[str, object], told: Callable[[str], None], *, seed: int = 0
) -> WorkflowResult:
    """Run a workflow; what an earlier run did with the same words is not done again.

    Raises:
        WorkflowError: A model is missing, or an input does not fit.
        PixelsError: As a step gave it.
    """
    if missing := missing_models(session, workflow):
        raise WorkflowError(f"{workflow.name}: {'; '.join(missing)}", hint="install what is missing, then try again")
    with tools_of_run(session, workflow, given, seed) as tools:
        return run_workflow(workflow, given, seed, tools, session.paths.state / "workflows", told)


@contextmanager
def tools_of_run(session: Session, workflow: Workflow, given: Mapping[str, object], seed: int) -> Generator[StepTools]:
    """What the steps of one run need; the job that its draws are parts of ends with the block.

    Raises:
        WorkflowError: An input does not fit.
    """
    folder = (session.settings.project or Path.cwd()).resolve()
    run_key = key_of_run(workflow, given, seed, folder)
    with WorkflowJob(session.link.asked, workflow.name, run_key, session.link.parts_drawn) as job:
        yield StepTools(session.library, job.draw, _game_style(session), folder)


def _game_style(session: Session) -> GameStyle | None:
    file = find_style_file(session.settings.project or Path.cwd())
    return None if file is None else read_game_style(file, session.library.path_of)
