"""Which lanes a worker has: the one place where it is decided what draws, and on which device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings
from pixels_mcp.told_apart import JsonObject
from pixels_mcp.worker.lanes.cuda_cards import visible_cards


@dataclass(frozen=True)
class LanePlan:
    """A lane before it is there.

    Attributes:
        name: What it is called in `status` and the log.
        engine_options: What `engines.make_engine` takes, in values that JSON has: they travel to the lane's process.
        environment: More variables for that process, such as those that show it one card alone.
        is_far: It draws elsewhere: when it is gone, no part is to blame.
        in_worker: A ComfyUI server computes, so the engine needs no process of its own. What it is given stays in the
            worker, where nobody reads it off a command line.
    """

    name: str
    engine_options: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    is_far: bool = False
    in_worker: bool = False


def plan_lanes(paths: Paths, settings: Settings) -> tuple[LanePlan, ...]:
    """The lanes that the settings ask for, the one that most is drawn in first.

    Raises:
        SettingsError: Two settings contradict each other.
    """
    if settings.engine == "ray":
        return _ray_lanes(settings)
    if settings.engine == "comfyui":
        server = {"url": settings.comfyui_url, "headers": settings.comfyui_headers}
        # mini is drawn on this machine all the same.
        return (LanePlan("comfyui", server, in_worker=True), *_near_lanes(paths, settings))
    return _near_lanes(paths, settings)


def _near_lanes(paths: Paths, settings: Settings) -> tuple[LanePlan, ...]:
    options = _diffusers(paths, settings)
    if settings.devices == "one":
        return (LanePlan("diffusers", options),)
    if settings.device in ("cpu", "mps"):
        raise SettingsError(
            f"devices = 'all' draws on every card, device = {settings.device!r} on none",
            hint="leave one of the two settings out",
        )
    cards = visible_cards()
    beside = {**options, "device": "cpu", "small_models_only": bool(cards)}
    if settings.dtype == "fp16":  # for the cards; no CPU draws in it
        beside["dtype"] = "auto"
    return (
        *(
            LanePlan(f"card {number}", {**options, "device": "cuda"}, {"CUDA_VISIBLE_DEVICES": card})
            for number, card in enumerate(cards)
        ),
        LanePlan("cpu", beside),
    )


def _ray_lanes(settings: Settings) -> tuple[LanePlan, ...]:
    if settings.devices != "one":
        raise SettingsError(
            "devices = 'all' is for this machine's cards, engine = 'ray' draws on a cluster's",
            hint="set `ray_lanes` to the number of devices to draw on, and leave `devices` out",
        )
    options = {
        "name": "ray",
        "address": settings.ray_address,
        "device": settings.device,
        "cpus": settings.threads or 1,
        "options": {"dtype": settings.dtype, "threads": settings.threads},
    }
    return tuple(LanePlan(f"ray {number}", options, is_far=True) for number in range(settings.ray_lanes))


def _diffusers(paths: Paths, settings: Settings) -> JsonObject:
    return {
        "name": "diffusers",
        "device": settings.device,
        "dtype": settings.dtype,
        "threads": settings.threads,
        "cache_dir": str(paths.cache),
    }
