"""What `--dry-run` tells: seconds, memory, and what would be drawn from what; nothing is queued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, note, print_json, print_result
from pixels_mcp.cli.places import open_library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import load_settings

if TYPE_CHECKING:
    from pixels_mcp.foreseen import Forecast
    from pixels_mcp.operations.workflow_ahead import StepAhead

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Tell seconds, memory, and what is drawn from what; do nothing.")
]


def foresee_here(requests: Sequence[SpriteRequest], steps: Sequence[StepAhead] = ()) -> Forecast:
    """What drawing would take.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    from pixels_mcp.client.foreseeing import foresee

    paths = find_paths()
    with worker_client("dry-run") as client:
        return foresee(client, paths, load_settings(paths), open_library(), requests, steps)


def tell_forecast(forecast: Forecast, *, as_json: bool, wrong: Sequence[str] = ()) -> None:
    """Print it; items on stdout, all else on stderr.

    Args:
        forecast: What would happen.
        as_json: One document instead.
        wrong: What was wrong already before anything could be planned.

    Raises:
        typer.Exit: Some of it (3) or all of it (1) cannot be drawn as asked.
    """
    told = forecast.to_dict()
    if as_json:
        print_json({**told, **({"wrong": list(wrong)} if wrong else {})})
    else:
        for line in wrong:
            note(line)
        if warning := told.get("warning"):
            note(warning)
        for item in told["items"]:
            print_result(_line(item))
        if shown := told.get("items_shown"):
            note(f"{shown} items are told")
        for step in forecast.steps:
            kept = f", {step.kept} stand already" if step.kept else ""
            note(f"step {step.step}: {step.do} gives {step.gives}, {step.draws} drawn by a model{kept}")
        _tell_cost(told)
    failed = len(forecast.refused) + len(wrong)
    if failed:
        raise typer.Exit(EXIT_FAILED if failed == len(forecast.items) + len(wrong) else EXIT_PARTIAL)


def _line(item: dict[str, Any]) -> str:
    if "error" in item:
        return f"{item['item']:>4}  {item['prompt']}: {item['error']}; {item['hint']}".removesuffix("; ")
    sure = {"low": ", low confidence", "high": ", high confidence"}.get(item.get("confidence", ""), "")
    near = f"; near: {', '.join(item['nearest_words'])}" if "nearest_words" in item else ""
    times = f"{item['count']} x " if "count" in item else ""
    return f"{item['item']:>4}  {item['prompt']}: {times}{item['size_px']} px from {item['drawn_from']}{sure}{near}"


def _tell_cost(told: dict[str, Any]) -> None:
    memory, before = told["memory"], told["parts_before"]
    seconds = f"about {told['seconds']:g} s" if "seconds" in told else told["seconds_unknown"]
    waits = f", behind {before} parts" if before else ""
    free = f" of {memory['free_gib']:g} GiB free" if "free_gib" in memory else " GiB"
    fits = "" if memory.get("fits", True) else " (too little)"
    note(
        f"dry run, nothing is queued: {told['sprites']} sprites, {seconds}{waits}; "
        f"memory {memory['needed_gib']:g}{free} on {memory['device']}{fits}"
        + (f" of {told['machine']}" if "machine" in told else "")
    )
