"""Which lanes a worker has: the one place where it is decided what draws, and on which device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings


@dataclass(frozen=True)
class LanePlan:
    """A lane before it is there.

    Attributes:
        name: What it is called in `status` and the log.
        engine_options: What `engines.make_engine` takes, in values that JSON has: they travel to the lane's process.
        environment: More variables for that process, such as those that show it one card alone.
    """

    name: str
    engine_options: Mapping[str, object]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def plan_lanes(paths: Paths, settings: Settings) -> tuple[LanePlan, ...]:
    """The lanes that the settings ask for, the one that most is drawn in first."""
    return (LanePlan("diffusers", _diffusers(paths, settings)),)


def _diffusers(paths: Paths, settings: Settings) -> dict[str, object]:
    return {
        "name": "diffusers",
        "device": settings.device,
        "dtype": settings.dtype,
        "threads": settings.threads,
        "cache_dir": str(paths.cache),
    }
