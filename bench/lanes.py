"""Rows a second with 1, 2 and 4 lanes of an engine that sleeps like a GPU, with and without Ray. Prints JSON.

    python bench/lanes.py                  lanes whose engines have processes of their own
    python bench/lanes.py --ray            the same beside lanes on a Ray cluster of four machines on this one
    python bench/lanes.py --lanes 1 4 --seconds 20 --repeats 5      medians, and each run beside them

A batch of 4 rows takes half a second, whatever the number of lanes: an ideal worker draws 8 rows a second a lane. The
whole worker takes part: composing, finishing of the pixels, recipes, library and job store. `share_of_ideal` counts
from when each lane has drawn a batch to the last sprite's end. `engines_alone_share` is what the same engines reach in
the same minute with nothing behind them: on a machine that does other things as well, less than 1 is not the worker's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from bench_home import own_home, report
from helpers.plain_worker import MODEL, install_plain_model
from helpers.ray_clusters import ray_cluster, ray_lane
from helpers.workers import threaded_worker, until
from pixels_mcp.engines.base import RenderSpec, Row
from pixels_mcp.events import Finished
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchItem, BatchRequest
from pixels_mcp.worker.engine_process import EngineProcess
from pixels_mcp.worker.warming import QuietWatch

ROWS, BATCH_S, STEPS = 4, 0.5, 5

_ENGINE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from helpers.plain_engine import PlainEngine
from pixels_mcp.worker.engine_host import connect_to_worker, serve_engine
worker, _ = connect_to_worker(sys.argv[3:])
serve_engine(lambda: PlainEngine(**json.loads(sys.argv[2])), worker)
"""


def near_lane(**options: object) -> EngineProcess:
    """A lane's engine in a process of its own."""
    tests = str(Path(__file__).resolve().parents[1] / "tests")
    return EngineProcess({}, command=(sys.executable, "-c", _ENGINE, tests, json.dumps(options)))


def draw_alone(engines: Mapping[str, EngineProcess], spec: RenderSpec, seconds: float) -> float:
    """Rows a second of the engines by themselves."""
    rows = [Row(f"thing {number}", "", number) for number in range(ROWS)]
    batches = max(2, int(seconds / BATCH_S))

    def draw(engine: EngineProcess) -> None:
        for _ in range(batches):
            engine.render(spec, rows, QuietWatch(lambda: False))

    threads = [threading.Thread(target=draw, args=(engine,)) for engine in engines.values()]
    begun_s = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(engines) * batches * ROWS / (time.monotonic() - begun_s)


def measure(home: Path, engines: Mapping[str, EngineProcess], seconds: float) -> dict[str, float]:
    """Draw for so long on all lanes."""
    lanes = len(engines)
    ideal = lanes * ROWS / BATCH_S
    parts = int(seconds * ideal / ROWS) * ROWS
    for engine in engines.values():
        engine.launch()
    with ExitStack() as closing:
        for engine in engines.values():
            closing.callback(engine.close)
        model = ModelRegistry(find_paths().models).find(MODEL)
        spec = RenderSpec(model.path, model.sha256 or "", 32, 32, STEPS, 3.0)
        for engine in engines.values():
            engine.device()
        draw_alone(engines, spec, 0)
        alone = draw_alone(engines, spec, seconds / 2)
        connect = closing.enter_context(threaded_worker(home, engines=engines, rows_max=ROWS, queue_limit=100_000))
        client = connect()
        until(lambda: all(lane.state == "ready" for lane in client.health().lanes), "all are there", timeout_s=300)
        warm = client.submit_batch(_things(lanes * ROWS))
        client.wait(warm.job_id, 120)
        begun_cpu_s = time.process_time()
        job = client.submit_batch(_things(parts + lanes * ROWS))
        ends_s = [
            time.monotonic() for update in connect().follow(job.job_id, timeout_s=600) if isinstance(update, Finished)
        ]
        cpu_s = time.process_time() - begun_cpu_s
    counted = ends_s[lanes * ROWS - 1 :]  # the first batch of each lane only starts the clock
    rate = (len(counted) - 1) / (counted[-1] - counted[0])
    return {
        "lanes": lanes,
        "rows_per_s": round(rate, 2),
        "share_of_ideal": round(rate / ideal, 3),
        "engines_alone_share": round(alone / ideal, 3),
        "worker_cpu_ms_a_row": round(1000 * cpu_s / len(ends_s), 1),
        "load": round(os.getloadavg()[0], 1),
    }


def measure_often(
    home: Path, make: Callable[[], Mapping[str, EngineProcess]], seconds: float, repeats: int
) -> dict[str, object]:
    """Draw several times; medians of all runs, and each run's share and load."""
    runs = [measure(home, make(), seconds) for _ in range(repeats)]
    told: dict[str, object] = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    return told | {"runs": [[run["share_of_ideal"], run["engines_alone_share"], run["load"]] for run in runs]}


def _things(count: int) -> BatchRequest:
    items = tuple(BatchItem(prompt=f"thing {number}", seed=number) for number in range(count))
    return BatchRequest(items=items, steps=STEPS)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--repeats", type=int, default=1, help="runs of each; their medians are told")
    parser.add_argument("--ray", action="store_true", help="also on a Ray cluster")
    asked = parser.parse_args()
    options = {"step_s": BATCH_S / STEPS}
    sys.setswitchinterval(0.0005)  # as in the worker's own process
    with own_home() as home, ExitStack() as closing:
        install_plain_model(find_paths())
        measured = {
            "near": [
                measure_often(
                    home,
                    lambda lanes=lanes: {f"near {n}": near_lane(**options) for n in range(lanes)},
                    asked.seconds,
                    asked.repeats,
                )
                for lanes in asked.lanes
            ]
        }
        if asked.ray:
            cluster = closing.enter_context(ray_cluster(max(asked.lanes)))
            measured["ray"] = [
                measure_often(
                    home,
                    lambda lanes=lanes: {f"ray {n}": ray_lane(cluster.address, **options) for n in range(lanes)},
                    asked.seconds,
                    asked.repeats,
                )
                for lanes in asked.lanes
            ]
        report(rows_a_batch=ROWS, batch_s=BATCH_S, side_px=32, **measured)


if __name__ == "__main__":
    main()
