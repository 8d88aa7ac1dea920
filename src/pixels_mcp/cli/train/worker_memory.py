"""Ask the worker to let its models go before something else needs the memory, and wait while it draws."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pixels_mcp.cli.output import note
from pixels_mcp.errors import NoWorkerError, WireError
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings

if TYPE_CHECKING:
    from pixels_mcp.client import Client

WAIT_S = 600.0
_LOOK_S = 1.0
_LETTING_GO_S = 60.0


def free_worker_memory(paths: Paths, settings: Settings) -> None:
    """Wait for what the running worker draws, then let its models go; without a worker nothing is to be done."""
    from pixels_mcp.client import Client

    try:
        with Client.connect(paths, settings, face="train", start_worker=False, near=True) as client:
            _wait_for_drawing(client)
            held = client.let_go().loaded_models
            if not held:
                return
            deadline_s = time.monotonic() + _LETTING_GO_S
            while client.health().loaded_models and time.monotonic() < deadline_s:
                time.sleep(_LOOK_S)
            note(f"the worker let {', '.join(held)} go; it loads again what the next sprite needs")
    except NoWorkerError:
        return
    except WireError as error:
        note(f"the worker keeps its models: {error.message}")


def _wait_for_drawing(client: Client) -> None:
    deadline_s, told = time.monotonic() + WAIT_S, False
    while client.health().parts_running and time.monotonic() < deadline_s:
        if not told:
            note("waiting until the worker has drawn what it draws now")
            told = True
        time.sleep(_LOOK_S)
