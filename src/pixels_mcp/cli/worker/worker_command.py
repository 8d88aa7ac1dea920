"""`pixels-mcp worker`: the one process that draws, in the foreground; `worker stop` ends it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import note, print_json
from pixels_mcp.cli.setup.checks import INSTALL_WORKER, missing_packages
from pixels_mcp.cli.worker.pairing_options import (
    listen_at,
    pair_with_running,
    show_paired,
    tell_how_to_connect,
    unpair_machine,
)
from pixels_mcp.errors import EngineError, PixelsError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

if TYPE_CHECKING:
    from pixels_mcp.wire.far.far_address import FarAddress

NEVER_S = 1e9
"""A worker that listens for other machines, which could not start it again, ends where a person said so."""

app = typer.Typer()


@app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.", metavar="NAME")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads for drawing; 0 takes all.", metavar="N")] = None,
    idle_exit_s: Annotated[
        float | None, typer.Option(help="End after so many seconds without a face and without work.", metavar="S")
    ] = None,
    listen: Annotated[
        str | None, typer.Option(help="Let faces of other machines use it: tcp://HOST:PORT.", metavar="ADDRESS")
    ] = None,
    pair: Annotated[
        bool, typer.Option("--pair", help="Print a line for `pixels-mcp connect`, good once and for 10 minutes.")
    ] = False,
    paired: Annotated[bool, typer.Option("--paired", help="List the machines that are paired.")] = False,
    unpair: Annotated[
        str | None, typer.Option(help="Forget a machine; it is answered no more.", metavar="NAME")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print --paired as one JSON document.")] = False,
) -> None:
    """Run the worker here; a face that finds none starts one by itself.

    With --listen faces of other machines use it as well, and it does not end while nobody needs it. Over loopback alone
    (a tunnel: ssh -L, Tailscale, NVIDIA Sync) no keys are needed; anywhere else machines are paired, with --pair.
    """
    if context.invoked_subcommand is not None:
        return
    if paired or unpair is not None:
        show_paired(as_json=as_json) if unpair is None else unpair_machine(unpair)
        return
    if pair and listen is None:
        pair_with_running()
        return
    from pixels_mcp.worker.spawn import READY_FD_VARIABLE, tell_ready

    started_by_person = READY_FD_VARIABLE not in os.environ
    paths = find_paths()
    try:
        settings = load_settings(paths, {"device": device, "threads": threads, "idle_exit_s": idle_exit_s})
        if listen is not None and "idle_exit_s" not in settings.model_fields_set:
            settings = settings.model_copy(update={"idle_exit_s": NEVER_S})
        listening = None if listen is None else listen_at(paths, listen, pair=pair)
        if missing := missing_packages():
            raise EngineError(
                f"the worker needs packages that are not installed for {sys.executable}: {', '.join(missing)}",
                hint=f"install them: {INSTALL_WORKER}",
            )
    except PixelsError as error:
        tell_ready(error)  # whoever started this process says it to the person
        raise
    from pixels_mcp.worker.service import run_worker

    def tell_address(address: FarAddress) -> None:
        tell_how_to_connect(paths, address, listening, pair=pair)

    code = run_worker(paths, settings, started_by_person, listening=listening, tell_address=tell_address)
    raise typer.Exit(code)


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
