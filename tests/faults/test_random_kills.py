"""A few faults at random moments of a batch; `make chaos KILLS=200` is the long run of the same."""

from __future__ import annotations

from pathlib import Path

from helpers.chaos import STAGES, run
from helpers.workers import end_worker
from pixels_mcp.paths import find_paths


def test_whatever_is_killed_in_a_batch_nothing_is_lost_doubled_or_torn(home: Path) -> None:
    try:
        figures = run(kills=5, seed=3, parts=60, rows_max=2)
    finally:
        end_worker(find_paths())

    told = figures.line("seed 3", 0)
    assert figures.is_good, told
    assert figures.done + figures.failed_by_name == 60
    assert figures.faults.total() >= 6, told
    assert figures.pairs >= 1, told
    assert {fault.split()[0] for fault in figures.faults} == {"worker", "engine", "face", "server"}, told
    assert all(figures.stages[stage] for stage in STAGES), told
