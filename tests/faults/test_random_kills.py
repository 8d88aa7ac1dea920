"""A few kills at random moments of a batch; `make chaos KILLS=200` is the long run of the same."""

from __future__ import annotations

from pathlib import Path

from helpers.chaos import run
from helpers.workers import end_worker
from pixels_mcp.paths import find_paths


def test_whatever_is_killed_in_a_batch_nothing_is_lost_doubled_or_torn(home: Path) -> None:
    try:
        figures = run(kills=4, seed=3, parts=60)
    finally:
        end_worker(find_paths())

    assert figures.is_good, figures.line(3, 0)
    assert figures.done + figures.failed_by_name == 60
    assert sum(figures.kills.values()) >= 3
