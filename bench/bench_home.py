"""What the worker's measurements share: a home of their own, percentiles, and the machine that they ran on."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))


@contextlib.contextmanager
def own_home() -> Iterator[Path]:
    """A person's home with nothing in it; its worker is ended at the end."""
    with tempfile.TemporaryDirectory(prefix="px-bench-", dir="/tmp") as folder:
        os.environ["PIXELS_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            from helpers.workers import end_worker
            from pixels_mcp.paths import find_paths

            end_worker(find_paths())


def spread(times_s: Sequence[float]) -> dict[str, float]:
    """Median and upper percentiles in milliseconds."""
    ordered = sorted(times_s)

    def at(share: float) -> float:
        return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    return {"p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0), "calls": len(ordered)}


def report(**measured: Any) -> None:
    """Print the results as JSON, with the machine and how busy it was."""
    load_1, load_5, _ = os.getloadavg()
    machine = {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "load_average": [round(load_1, 2), round(load_5, 2)],
    }
    sys.stdout.write(json.dumps({**measured, "machine": machine}, indent=1) + "\n")


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
