"""What stands elsewhere already (queue, memory, disk, card) is looked up when Prometheus asks."""

from __future__ import annotations

import platform
import shutil
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from pixels_mcp import __version__
from pixels_mcp.events import LaneState
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.nvidia_card import NvidiaCard, nvidia_cards
from pixels_mcp.wire.transport import WireServer
from pixels_mcp.worker.scheduler import Scheduler

_GIB = 2**30
_LANE_STATES: dict[LaneState, str] = {
    "ready": "free",
    "loading": "drawing",
    "drawing": "drawing",
    "starting": "lost",
    "away": "lost",
    "unavailable": "lost",
}


class StandingValues(Collector):
    """Gauges that are read at scrape time.

    Args:
        disk: A path on the disk that sprites are written to.
    """

    def __init__(self, store: JobStore, scheduler: Scheduler, server: WireServer, disk: Path) -> None:
        self._store, self._scheduler, self._server, self._disk = store, scheduler, server, disk
        self._cards = nvidia_cards()
        self._build = {"version": __version__, "python": platform.python_version(), "torch": _torch_version()}

    def collect(self) -> Iterator[Metric]:
        """Everything, now."""
        parts = GaugeMetricFamily("pixels_parts", "Parts that wait or are being drawn", labels=["state"])
        parts.add_metric(["queued"], self._store.queued)
        parts.add_metric(["running"], self._store.running)
        yield parts
        yield from self._of_lanes()
        faces = self._server.faces
        yield GaugeMetricFamily("pixels_faces", "Servers, screens and commands that are connected", faces)
        is_held = self._scheduler.held_by is not None
        yield GaugeMetricFamily("pixels_held", "1 while parts wait and nothing can be drawn", int(is_held))
        free_bytes = shutil.disk_usage(self._disk).free
        yield GaugeMetricFamily("pixels_disk_free_bytes", "Free on the disk of the library", free_bytes)
        yield GaugeMetricFamily(
            "pixels_system_memory_available_bytes",
            "Memory that programs could still get; on a card that shares it, also the card's",
            psutil.virtual_memory().available,
        )
        yield InfoMetricFamily("pixels_build", "Versions", self._build)
        yield from self._of_cards()

    def _of_lanes(self) -> Iterator[Metric]:
        states = Tally(_LANE_STATES[lane.state] for lane in self._scheduler.lanes)
        lanes = GaugeMetricFamily("pixels_lanes", "Engines that draw, by what they do", labels=["state"])
        for state in ("free", "drawing", "lost"):
            lanes.add_metric([state], states[state])
        yield lanes
        free = GaugeMetricFamily(
            "pixels_device_memory_free_bytes", "Free when the engine last did something", labels=["lane"]
        )
        total = GaugeMetricFamily(
            "pixels_device_memory_total_bytes", "Memory of the device that draws", labels=["lane"]
        )
        for lane in self._scheduler.lanes:
            if lane.device is not None:
                free.add_metric([lane.name], lane.device.memory_free_gib * _GIB)
                total.add_metric([lane.name], lane.device.memory_total_gib * _GIB)
        yield free
        yield total

    def _of_cards(self) -> Iterator[Metric]:
        """A value that a card does not tell is absent, not 0."""
        gauges: tuple[tuple[str, str, Callable[[NvidiaCard], float | None], float], ...] = (
            ("utilization_ratio", "Share of the time in which the card computed", NvidiaCard.busy_percent, 0.01),
            ("power_watts", "Power that the card takes", NvidiaCard.watts, 1.0),
            ("temperature_celsius", "The card's temperature", NvidiaCard.celsius, 1.0),
        )
        for name, text, read, factor in gauges:
            family = GaugeMetricFamily(f"pixels_gpu_{name}", text, labels=["gpu"])
            for card in self._cards:
                if (value := read(card)) is not None:
                    family.add_metric([str(card.number)], value * factor)
            if family.samples:
                yield family
        energy = CounterMetricFamily("pixels_energy_joules", "Energy that the card has taken", labels=["gpu"])
        for card in self._cards:
            if (joules := card.joules()) is not None:
                energy.add_metric([str(card.number)], joules)
        if energy.samples:
            yield energy


def _torch_version() -> str:
    try:
        return version("torch")
    except PackageNotFoundError:
        return "none"
