"""A real Ray cluster of several machines on this one, and lanes that draw on it with `PlainEngine`."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

from pixels_mcp.worker.engine_process import EngineProcess

_ENGINE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from functools import partial
from helpers.plain_engine import PlainEngine
from pixels_mcp.engines.ray_cluster import RayEngine
from pixels_mcp.worker.engine_host import connect_to_worker, serve_engine
worker, _ = connect_to_worker(sys.argv[4:])
make = partial(PlainEngine, **json.loads(sys.argv[3]))
serve_engine(lambda: RayEngine(sys.argv[2], device="cpu", make=make), worker)
"""


@contextlib.contextmanager
def ray_cluster(machines: int) -> Generator[Any]:
    """A head that draws nothing and so many machines of one CPU core each, in the environment of this process."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    tests = str(Path(__file__).resolve().parents[1])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (tests, before)))
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    try:
        for cpus in (0, *(1 for _ in range(machines))):
            cluster.add_node(num_cpus=cpus, object_store_memory=80 * 2**20, include_dashboard=False)
        yield cluster
    finally:
        cluster.shutdown()
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def ray_lane(address: str, **options: object) -> EngineProcess:
    """A lane's engine on such a cluster; `options` are `PlainEngine`'s."""
    tests = str(Path(__file__).resolve().parents[1])
    command = (sys.executable, "-c", _ENGINE, tests, address, json.dumps(options))
    return EngineProcess({}, command=command, is_far=True)
