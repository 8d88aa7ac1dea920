"""`pixels-mcp worker`: the one process that draws, in the foreground; `worker stop` ends it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pixels_mcp.cli.output import note, print_json
from pixels_mcp.cli.setup.checks import INSTALL_WORKER, missing_packages
from pixels_mcp.errors import EngineError, PixelsError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

app = typer.Typer()


@app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.", metavar="NAME")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads for drawing; 0 takes all.", metavar="N")] = None,
    idle_exit_s: Annotated[
        float | None, typer.Option(help="End after so many seconds without a face and without work.", metavar="S")
    ] = None,
) -> None:
    """Run the worker here; a face that finds none starts one by itself."""
    if context.invoked_subcommand is not None:
        return
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


@app.command()
def stop(
    timeout_s: Annotated[float, typer.Option(help="Wait at most so long.", min=0.0, metavar="S")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """End the running worker, of whatever version it is; what it draws goes back into the queue, which is kept."""
    from pixels_mcp.worker.address import end_running

    ended = end_running(find_paths(), timeout_s=timeout_s)
    if as_json:
        known = {} if ended is None else {"pid": ended.pid, "version": ended.version}
        print_json({"stopped": ended is not None, **known})
    elif ended is None:
        note("no worker runs")
    else:
        note(f"the worker {ended.version} (process {ended.pid}) has ended; its queue is kept for the next one")
