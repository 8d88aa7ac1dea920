"""Comparisons of this person, with what their jobs drew put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, note
from pixels_mcp.cli.worker.follow import follow
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.comparisons.rounds import Comparison, with_sprites
from pixels_mcp.events import JobInfo
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.paths import find_paths

if TYPE_CHECKING:
    from pixels_mcp.client import Client


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
    if not comparison.is_drawn and comparison.job_id is not None:
        with worker_client("compare") as client:
            job = draw(client, client.job(comparison.job_id))
        comparison = store.change(comparison_id, lambda one: with_sprites(one, job))
    refuse_empty(comparison)
    return comparison


def draw(client: Client, job: JobInfo) -> JobInfo:
    """Wait until a comparison's job has ended."""
    return job if job.state in ENDED else follow(client, job)


def refuse_empty(comparison: Comparison) -> None:
    """End with 1 where no round counts."""
    if all(one.void for one in comparison.rounds):
        note(f"error: no round of {comparison.comparison_id} counts: {comparison.rounds[0].void}")
        raise typer.Exit(EXIT_FAILED)
