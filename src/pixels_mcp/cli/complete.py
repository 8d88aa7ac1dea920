"""What the shell completes: names that are cheap to find; nothing here starts a worker."""

from __future__ import annotations

from pixels_mcp.cli.output import completing
from pixels_mcp.cli.places import scan_models


def _palettes() -> list[str]:
    from pixels_mcp.pixelart.colors.palettes import palette_names

    return list(palette_names())


def _models() -> list[str]:
    return [model.name for model in scan_models() if model.kind == "checkpoint"]


def _jobs() -> list[str]:
    from pixels_mcp.cli.faces import worker_client

    with worker_client("completion", start_worker=False) as client:
        return [job.job_id for job in client.jobs(limit=50)]


palettes = completing(_palettes)
models = completing(_models)
jobs = completing(_jobs)
