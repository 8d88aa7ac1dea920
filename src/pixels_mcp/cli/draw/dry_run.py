"""What `--dry-run` tells: seconds, memory, and what would be drawn from what; nothing is queued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, note, print_json, print_result
from pixels_mcp.cli.places import open_library
from pixels_mcp.foreseen import Forecast, ItemForecast, rounded
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import load_settings

if TYPE_CHECKING:
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
    if as_json:
        print_json({**forecast.to_dict(), **({"wrong": list(wrong)} if wrong else {})})
    else:
        for line in wrong:
            note(line)
        if forecast.warning:
            note(forecast.warning)
        shown = forecast.shown
        for number in shown:
            print_result(_line(number, forecast.items[number - 1]))
        if len(shown) < len(forecast.items):
            note(f"{len(shown)} of {len(forecast.items)} items are told")
        for step in forecast.steps:
            kept = f", {step.kept} stand already" if step.kept else ""
            note(f"step {step.step}: {step.do} gives {step.gives}, {step.draws} drawn by a model{kept}")
        _tell_cost(forecast)
    failed = len(forecast.refused) + len(wrong)
    if failed:
        raise typer.Exit(EXIT_FAILED if failed == len(forecast.items) + len(wrong) else EXIT_PARTIAL)


def _line(number: int, item: ItemForecast) -> str:
    if item.error is not None:
        said = f"{item.error.message}; {item.error.in_words(COMMAND_PHRASES)}"
        return f"{number:>4}  {item.title}: {said}".removesuffix("; ")
    sure = f", {item.confidence} confidence" if item.confidence else ""
    near = f"; near: {', '.join(item.nearest_words)}" if item.nearest_words else ""
    times = f"{item.rows} x " if item.rows > 1 else ""
    size_px = "x".join(map(str, item.size_px))
    return f"{number:>4}  {item.title}: {times}{size_px} px from {item.drawn_from}{sure}{near}"


def _tell_cost(forecast: Forecast) -> None:
    before, free_gib = forecast.parts_before, forecast.memory_free_gib
    seconds = forecast.seconds_unknown if forecast.seconds is None else f"about {rounded(forecast.seconds):g} s"
    waits = f", behind {before} parts" if before else ""
    free = " GiB" if free_gib is None else f" of {rounded(free_gib):g} GiB free"
    fits = " (too little)" if forecast.fits is False else ""
    note(
        f"dry run, nothing is queued: {forecast.sprites} sprites, {seconds}{waits}; "
        f"memory {rounded(forecast.memory_needed_gib):g}{free} on {forecast.device}{fits}"
        + ("" if forecast.machine is None else f" of {forecast.machine}")
    )
