"""`pixels-mcp worker`: the one process that draws, in the foreground."""

from __future__ import annotations

from typing import Annotated

import typer

from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings


def worker(
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.", metavar="NAME")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads for drawing; 0 takes all.", metavar="N")] = None,
    idle_exit_s: Annotated[
        float | None, typer.Option(help="End after so many seconds without a face and without work.", metavar="S")
    ] = None,
) -> None:
    """Run the worker here. Faces start one by themselves; this is for watching it work."""
    paths = find_paths()
    flags = {"device": device, "threads": threads, "idle_exit_s": idle_exit_s}
    settings = load_settings(paths, flags)
    from pixels_mcp.worker.service import run_worker

    raise typer.Exit(run_worker(paths, settings, foreground=True))
