"""`pixels-mcp hw`: the device that draws, what SDXL would take on it, and how long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import TypeAdapter

from pixels_mcp.cli.output import print_json, print_result
from pixels_mcp.cli.setup.checks import INSTALL_WORKER, missing_packages
from pixels_mcp.engines.hardware_facts import Hardware
from pixels_mcp.errors import EngineError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

_WITHIN_S = 180.0


def hw(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Say what draws here: card, driver, memory, number formats, and what SDXL would take on it.

    Of the device that the settings name. Measures for a few seconds and loads no model; a worker that draws meanwhile
    makes it look slower.
    """
    if missing := missing_packages():
        raise EngineError(f"drawing needs packages that are not installed: {', '.join(missing)}", hint=INSTALL_WORKER)
    paths = find_paths()
    told = _examine(str(paths.cache), load_settings(paths).device)
    if as_json:
        print_json(asdict(told))
    else:
        for line in _lines(told):
            print_result(line)


def _examine(cache_dir: str, device: str) -> Hardware:
    command = [sys.executable, "-m", "pixels_mcp.engines.hardware", cache_dir, device]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"the device did not answer within {_WITHIN_S:.0f} s", hint="end other programs that use it, or try later"
        ) from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
        raise EngineError(f"the device cannot be examined: {said}", hint="look at the driver, then try again")
    return TypeAdapter(Hardware).validate_json(done.stdout)


def _lines(told: Hardware) -> Iterator[str]:
    yield f"device   {told.name} ({told.device}), torch {told.torch}, {told.threads} CPU threads"
    if card := told.card:
        values = [
            f"driver {card.driver}" if card.driver else "",
            f"{card.watts:.0f} W" if card.watts is not None else "",
            f"{card.celsius:.0f} °C" if card.celsius is not None else "",
            f"{card.busy_percent:.0f} % busy" if card.busy_percent is not None else "",
        ]
        yield f"card     {', '.join(value for value in values if value) or 'tells nothing of itself'}"
    shared = ", shared with the machine" if told.shares_memory and told.device != "cpu" else ""
    yield f"memory   {told.memory_free_gib} of {told.memory_total_gib} GiB to draw with{shared}"
    for one in told.formats:
        chosen = " <- chosen" if one.name == told.dtype else ""
        yield (
            f"{one.name:<8} {one.matmul_gflops / 1000:.2f} TFLOP/s in matrix products, "
            f"{one.convolution_gflops / 1000:.2f} in convolutions, {one.attention_gflops / 1000:.2f} in "
            f"attention{chosen}"
        )
    sdxl = told.sdxl
    at_once = f"{sdxl.rows_that_fit} pictures at once" if sdxl.rows_that_fit else "does not fit into what is free"
    yield f"SDXL     {sdxl.weights_gib} GiB of weights, about {sdxl.row_gib} GiB a picture; {at_once}"
    yield (
        f"         about {_duration(sdxl.picture_s)} a picture of 1024 px (25 steps), "
        f"{_duration(sdxl.few_steps_s)} with a few-step model (8 steps)"
    )


def _duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:.0f} min"
