"""`pixels-mcp connect`: use the worker of another machine."""

from __future__ import annotations

from typing import Annotated

import typer

from pixels_mcp.cli.output import note, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import find_paths


def connect(
    line: Annotated[
        str | None,
        typer.Argument(help="What `pixels-mcp worker --pair` printed there, in quotes.", metavar="LINE"),
    ] = None,
    forget: Annotated[str | None, typer.Option(help="Go back to a worker on this machine.", metavar="NAME")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Use the worker of another machine for all that is drawn from here; without LINE, say which one is used.

    Sprites come into the library of this machine, deploys write here, references are sent. Faces that are open keep
    their worker until they end.
    """
    from pixels_mcp.client.far.known_worker import find_far_worker, forget_far_worker

    paths = find_paths()
    if line is not None and forget is not None:
        raise InvalidArgumentError("LINE and --forget are two things", hint="do one after the other")
    if forget is not None:
        way = forget_far_worker(paths, forget)
        note(f"{way} is forgotten here; what it drew stays. There, `pixels-mcp worker --unpair` forgets this machine")
        return
    if line is None:
        known = find_far_worker(paths)
    else:
        from pixels_mcp.client.far.pairing import connect_far
        from pixels_mcp.wire.far.pairing_line import PairingLine

        known = connect_far(paths, PairingLine.read(line))
    if as_json:
        told = {"name": known.name, "address": str(known.address), "keys": known.keys is not None} if known else None
        print_json({"worker": told})
    elif known is None:
        note("no worker of another machine is connected; every face uses this machine's own")
    else:
        print_result(known.name)
        note(f"every face of this machine now uses the worker at {known.address}")
