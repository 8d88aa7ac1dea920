"""`pixels-mcp warm`: load a model before the first sprite waits for it."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import note, print_json, print_result


def warm(
    model: Annotated[
        str,
        typer.Argument(help="A name from `pixels-mcp models list`.", metavar="NAME", autocompletion=complete.models),
    ],
    timeout_s: Annotated[float, typer.Option(help="Wait at most so long.", min=0.0, metavar="S")] = 600.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Load a model, so that the first sprite does not wait for it; ends when it is ready to draw."""
    begun_s = time.monotonic()
    with worker_client("warm") as client:
        info = client.warm(model, timeout_s=timeout_s)
    if as_json:
        print_json(info)
        return
    note(f"{info.name} is ready to draw, after {time.monotonic() - begun_s:.1f} s")
    print_result(info.name)
