"""A worker's numbers put together: counted, looked up, and told at the address that the person set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry

from pixels_mcp.events import Update
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.transport import Handler, SendAnswer, WireServer
from pixels_mcp.worker.metrics.counts import Counts
from pixels_mcp.worker.metrics.exporter import Exporter, listen_for_metrics
from pixels_mcp.worker.metrics.standing_values import StandingValues
from pixels_mcp.worker.scheduler import Scheduler


class WorkerMetrics:
    """The numbers of one worker, with a registry of their own.

    Args:
        address: `HOST:PORT`, taken at once.

    Raises:
        SettingsError: It cannot be had; see `listen_for_metrics`.
    """

    def __init__(self, address: str) -> None:
        self._listening = listen_for_metrics(address)
        self._registry = CollectorRegistry()
        self._exporter: Exporter | None = None

    def count(self, store: JobStore, model_name: Callable[[str | None], str]) -> Counts:
        """Begin to count; what is counted comes from updates and from the drawing itself."""
        return Counts(self._registry, store, model_name)

    def counted(self, handler: Handler, counts: Counts) -> Handler:
        """A desk whose updates are counted as well."""
        return CountedHandler(handler, counts)

    def tell(self, store: JobStore, scheduler: Scheduler, server: WireServer, disk: Path) -> str:
        """Begin to answer Prometheus; returns the page's address."""
        self._registry.register(StandingValues(store, scheduler, server, disk))
        self._exporter = Exporter(self._registry, self._listening)
        return self._exporter.url

    def close(self) -> None:
        """Answer no more."""
        if self._exporter is None:
            self._listening.close()
        else:
            self._exporter.close()


class CountedHandler:
    """A desk whose updates are counted as well; a `Handler`."""

    def __init__(self, handler: Handler, counts: Counts) -> None:
        self._handler, self._counts = handler, counts

    def answer(self, call: Call, send: SendAnswer) -> None:
        """Let the desk answer."""
        self._handler.answer(call, send)

    def heard(self, update: Update) -> None:
        """Count first, so that whoever is told of an end finds it counted."""
        self._counts.heard(update)
        self._handler.heard(update)

    def tick(self) -> float | None:
        """Let the desk do what is due."""
        return self._handler.tick()
