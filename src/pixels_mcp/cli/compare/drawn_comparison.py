"""Comparisons of this person, with what their jobs drew put in."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import typer

from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, note
from pixels_mcp.cli.sets.workflow_commands import read_named, tools_of_run
from pixels_mcp.cli.worker.follow import follow
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.comparisons.rounds import Comparison, MadeSprites, with_sprites
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.paths import find_paths

if TYPE_CHECKING:
    from pixels_mcp.client import Client
    from pixels_mcp.operations.workflow_steps import StepTools
    from pixels_mcp.workflows.workflow_file import Workflow


def comparison_store() -> ComparisonStore:
    """The person's comparisons."""
    return ComparisonStore(find_paths().comparisons)


def drawn(comparison_id: str) -> Comparison:
    """A comparison whose sprites are known: the first to ask after its job has ended puts them in, waiting for that.

    Raises:
        UnknownComparisonError: There is none of that id.
        typer.Exit: 1, when every round of it is void.
    """
    store = comparison_store()
    comparison = store.get(comparison_id)
    if not comparison.is_drawn and (comparison.job_id is not None or comparison.is_of_workflows):
        with worker_client("compare") as client:
            comparison = put_in_drawn(client, comparison)
    refuse_empty(comparison)
    return comparison


def put_in_drawn(client: Client, comparison: Comparison) -> Comparison:
    """Wait until a comparison's job has ended, run its workflows, and keep what both drew.

    Raises:
        PixelsError: The job cannot be asked for, or a workflow is not usable.
    """
    job = client.job(comparison.job_id) if comparison.job_id is not None else None
    if job is not None and job.state not in ENDED:
        job = follow(client, job)
    made: MadeSprites = MappingProxyType({})
    if comparison.has_workflows:
        from pixels_mcp.operations.workflow_arms import run_workflow_arms

        @contextmanager
        def tools_of(workflow: Workflow, given: Mapping[str, str], seed: int) -> Generator[StepTools]:
            with tools_of_run(client, workflow, given, seed) as (tools, _):
                yield tools

        made = run_workflow_arms(comparison, read_named, tools_of, find_paths().state / "workflows")
    return comparison_store().change(comparison.comparison_id, lambda one: with_sprites(one, job, made))


def refuse_empty(comparison: Comparison) -> None:
    """End with 1 where no round counts."""
    if all(one.void for one in comparison.rounds):
        note(f"error: no round of {comparison.comparison_id} counts: {comparison.rounds[0].void}")
        raise typer.Exit(EXIT_FAILED)
