"""Asking a worker for its numbers, as Prometheus does."""

from __future__ import annotations

import socket
import urllib.request

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,  # pyright: ignore[reportUnknownVariableType]  # partly without types there
)
from prometheus_client.parser import text_string_to_metric_families

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def free_address() -> str:
    """An address on this machine where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def scrape_text(address: str, accept: str = "text/plain") -> str:
    """The page."""
    request = urllib.request.Request(f"http://{address}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def scrape(address: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample: its name and labels, and its value."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(scrape_text(address))
        for sample in family.samples
    }


def value(address: str, name: str, **labels: str) -> float:
    """The sum of the samples of a name that have these labels."""
    return sum(
        number
        for (sample, its_labels), number in scrape(address).items()
        if sample == name and labels.items() <= dict(its_labels).items()
    )


def exemplar_jobs(address: str) -> set[str]:
    """The jobs that exemplars name; only OpenMetrics carries them."""
    return {
        sample.exemplar.labels["job_id"]
        for family in read_openmetrics(scrape_text(address, OPENMETRICS))
        for sample in family.samples
        if sample.exemplar
    }
