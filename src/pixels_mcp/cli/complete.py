"""What the shell completes: names that are cheap to find; nothing here starts a worker."""

from __future__ import annotations

from pixels_mcp.cli.output import completing


def _palettes() -> list[str]:
    from pixels_mcp.pixelart.colors.palettes import palette_names

    return list(palette_names())


def _models() -> list[str]:
    from pixels_mcp.models.model_registry import ModelRegistry
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    paths = find_paths()
    found = ModelRegistry(load_settings(paths).models_dir or paths.models, paths.cache).scan()
    return [model.name for model in found if model.kind == "checkpoint"]


def _jobs() -> list[str]:
    from pixels_mcp.cli.faces import worker_client

    with worker_client("completion", start_worker=False) as client:
        return [job.job_id for job in client.jobs(limit=50)]


palettes = completing(_palettes)
models = completing(_models)
jobs = completing(_jobs)
