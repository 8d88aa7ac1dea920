"""A dry run as faces ask for it: the worker's device is known, and a small model that was never drawn with is tried."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pixels_mcp.client.calls import Client
from pixels_mcp.client.far.asked_ahead import AskedAhead
from pixels_mcp.errors import PixelsError
from pixels_mcp.events import WorkerHealth
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.paths import Paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings

if TYPE_CHECKING:
    from pixels_mcp.foreseen import Forecast
    from pixels_mcp.library.library_folder import Library

TRIED_MODEL_MIB_MAX = 512.0
"""A model up to this size is loaded in a second or two, and draws one step to see how long that takes."""
_READY_WITHIN_S, _TRIED_WITHIN_S, _LOOK_S = 20.0, 20.0, 0.2
"""Together below the longest wait that every client takes."""


def foresee(
    client: Client,
    paths: Paths,
    settings: Settings,
    library: Library,
    requests: Sequence[SpriteRequest],
    steps: Sequence[StepAhead] = (),
) -> Forecast:
    """What drawing would take, on whichever machine it is drawn; nothing is queued or kept.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    from pixels_mcp.worker.planning.forecast import make_forecaster

    def look(health: WorkerHealth) -> Forecast:
        if health.machine is None:
            return make_forecaster(paths, settings, library, health).of_requests(requests, steps)
        # Models, measured times and a person's own exemplars lie there; sprites and files lie here.
        return AskedAhead(library, requests, steps).ask(client, health.machine)

    health = _ready_health(client)
    forecast = look(health)
    if not forecast.unmeasured or health.device == "starting":
        return forecast
    sizes = {model.name: model.size_mib for model in client.models() if model.kind == "checkpoint"}
    small = [name for name in forecast.unmeasured if sizes.get(name, 0.0) <= TRIED_MODEL_MIB_MAX]
    for model in small:
        with contextlib.suppress(PixelsError):  # then its seconds stay unknown
            client.warm(model, timeout_s=_TRIED_WITHIN_S)
    return look(client.health()) if small else forecast


def _ready_health(client: Client) -> WorkerHealth:
    """The worker's health, with its device where that is found in time."""
    deadline_s = time.monotonic() + _READY_WITHIN_S
    while (health := client.health()).device == "starting" and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)
    return health
