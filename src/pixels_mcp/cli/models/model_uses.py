"""Who still needs a model that is to go: jobs keep it, a worker that only has it loaded lets it go first."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from pathlib import Path

from pixels_mcp.cli.output import note
from pixels_mcp.errors import ModelFileError, NoWorkerError
from pixels_mcp.jobs.records import Part
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings

_PARTS_MAX = 100_000
_NAMED_MAX = 5
_LOOK_S = 0.2
_LETTING_GO_S = 60.0


def names_that_need(registry: ModelRegistry, name: str) -> frozenset[str]:
    """A model's name, and those of the models whose VAE it is."""
    paths = {entry.path for entry in registry.entries() if entry.name == name}
    return frozenset({name, *(entry.name for entry in registry.entries() if entry.vae_path in paths)})


def check_no_job_needs(paths: Paths, default_model: str, names: Collection[str]) -> None:
    """Refuse while a job that waits or is being drawn names one of some models; no worker is needed.

    Raises:
        ModelFileError: Jobs need it; their names.
        StoreError: The job store cannot be read.
    """
    jobs = dict.fromkeys(part.job_id for part in _open_parts(paths.jobs_db) if _names(part, default_model) & set(names))
    if jobs:
        shown = ", ".join(list(jobs)[:_NAMED_MAX]) + (f" and {len(jobs) - _NAMED_MAX} more" * (len(jobs) > _NAMED_MAX))
        raise ModelFileError(
            f"{', '.join(sorted(names))}: {len(jobs)} job{'s' * (len(jobs) > 1)} not ended yet need it: {shown}",
            hint="wait until they are done, or cancel them",
            steps=[NextStep("list_jobs")],
        )


def let_worker_go(paths: Paths, settings: Settings, names: Collection[str]) -> None:
    """Have the worker of this machine let some models go, where it has one of them loaded.

    Raises:
        ModelFileError: It draws with one, and does not end within a minute.
    """
    from pixels_mcp.client import Client

    with (
        contextlib.suppress(NoWorkerError),
        Client.connect(paths, settings, face="models", start_worker=False, near=True) as client,
    ):
        if not set(client.health().loaded_models) & set(names):
            return
        client.let_go()
        deadline_s = time.monotonic() + _LETTING_GO_S
        while held := set(client.health().loaded_models) & set(names):
            if time.monotonic() > deadline_s:
                raise ModelFileError(
                    f"the worker still holds {', '.join(sorted(held))}: it is drawing",
                    hint="try again when it is done",
                    steps=[NextStep("stop_worker")],
                )
            time.sleep(_LOOK_S)
        note("the worker let its models go; it loads again what the next sprite needs")


def _open_parts(jobs_file: Path) -> list[Part]:
    from pixels_mcp.database import Database
    from pixels_mcp.jobs.schema import SCHEMA
    from pixels_mcp.jobs.stored_jobs import StoredJobs

    if not jobs_file.is_file():
        return []
    with contextlib.closing(StoredJobs(Database(jobs_file, SCHEMA))) as store:
        return [*store.running_parts(), *store.next_parts(_PARTS_MAX)]


def _names(part: Part, default_model: str) -> set[str]:
    """The models that a part is drawn with, also those that its prompt names."""
    from pixels_mcp.errors import InvalidArgumentError
    from pixels_mcp.exemplars.prompt_syntax import read_syntax

    loras = [choice.name for choice in part.request.loras]
    with contextlib.suppress(InvalidArgumentError):
        loras += [name for name, _ in read_syntax(part.request.prompt).loras]
    return {part.request.model or default_model, *loras}
