"""`pixels-mcp worker`: the one process that draws, in the foreground."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pixels_mcp.cli.setup.checks import INSTALL_WORKER, missing_packages
from pixels_mcp.errors import EngineError, PixelsError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings


def worker(
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.", metavar="NAME")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads for drawing; 0 takes all.", metavar="N")] = None,
    idle_exit_s: Annotated[
        float | None, typer.Option(help="End after so many seconds without a face and without work.", metavar="S")
    ] = None,
) -> None:
    """Run the worker here; a face that finds none starts one by itself."""
    from pixels_mcp.worker.spawn import READY_FD_VARIABLE, tell_ready

    started_by_person = READY_FD_VARIABLE not in os.environ
    paths = find_paths()
    try:
        settings = load_settings(paths, {"device": device, "threads": threads, "idle_exit_s": idle_exit_s})
        if missing := missing_packages():
            raise EngineError(
                f"the worker needs packages that are not installed for {sys.executable}: {', '.join(missing)}",
                hint=f"install them: {INSTALL_WORKER}",
            )
    except PixelsError as error:
        tell_ready(error)  # whoever started this process says it to the person
        raise
    from pixels_mcp.worker.service import run_worker

    raise typer.Exit(run_worker(paths, settings, foreground=started_by_person))
