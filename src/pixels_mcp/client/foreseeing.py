"""A dry run as faces ask for it: the worker's device is known, and a small model that was never drawn with is tried."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pixels_mcp.client.calls import Client
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.events import WorkerHealth
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.paths import Paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings

if TYPE_CHECKING:
    from pixels_mcp.library.library_folder import Library
    from pixels_mcp.worker.planning.forecast import Forecast

TRIED_MODEL_BYTES_MAX = 512 * 2**20
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
    """What drawing would take; nothing is queued or kept.

    Raises:
        InvalidArgumentError: The worker is on another machine.
        PixelsError: As the worker, or the way to it, gave it.
    """
    from pixels_mcp.worker.planning.forecast import make_forecaster

    health = _ready_health(client)
    if health.machine is not None:
        raise InvalidArgumentError(
            f"a dry run looks at models and measured times, which lie on {health.machine}",
            hint="ask for it there, or draw one of the items",
        )
    forecast = make_forecaster(paths, settings, library, health).of_requests(requests, steps)
    sizes = {item.model.name: item.model.size_bytes for item in forecast.items if item.model is not None}
    small = (
        []
        if health.device == "starting"
        else [model for model in forecast.unmeasured if sizes[model] <= TRIED_MODEL_BYTES_MAX]
    )
    for model in small:
        with contextlib.suppress(PixelsError):  # then its seconds stay unknown
            client.warm(model, timeout_s=_TRIED_WITHIN_S)
    if small:
        forecast = make_forecaster(paths, settings, library, client.health()).of_requests(requests, steps)
    return forecast


def _ready_health(client: Client) -> WorkerHealth:
    """The worker's health, with its device where that is found in time."""
    deadline_s = time.monotonic() + _READY_WITHIN_S
    while (health := client.health()).device == "starting" and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)
    return health
