"""What run_workflow takes beside the draws that it waits for; prints JSON. Needs a home with a worker that may start.

PIXELS_HOME=/tmp/bench-home python bench/workflow_overhead.py [item-set]
"""

from __future__ import annotations

import json
import sys
import time

from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.places import open_library
from pixels_mcp.client import Client
from pixels_mcp.client.workflow_job import WorkflowJob
from pixels_mcp.events import JobInfo
from pixels_mcp.operations.workflow_run import key_of_run, run_workflow
from pixels_mcp.operations.workflow_steps import StepTools
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchRequest, RedrawRequest
from pixels_mcp.workflows.workflow_file import read_workflow
from pixels_mcp.workflows.workflow_places import shipped_folder

WAIT_S = 600.0


def waited(client: Client, job: JobInfo) -> JobInfo:
    """The run's job once all that was asked for is drawn."""
    return client.wait(job.job_id, WAIT_S, parts_only=True)


def main() -> None:
    """Run once to warm the worker, then measure a run of another seed and the same again."""
    name = sys.argv[1] if len(sys.argv) > 1 else "item-set"
    workflow = read_workflow(shipped_folder() / f"{name}.toml")
    told: dict[str, object] = {"workflow": name}
    with worker_client("bench") as client:
        new = time.time_ns() % 2**31
        for label, seed in (("cold", new), ("warm", new + 1), ("again", new + 2), ("kept", new + 2)):
            drawn_s = 0.0

            key = key_of_run(workflow, {}, seed, None)
            begun_s = time.perf_counter()
            with WorkflowJob(lambda call: call(client), name, key, lambda job: waited(client, job)) as run:

                def draw(request: BatchRequest | RedrawRequest, key: str, run: WorkflowJob = run) -> JobInfo:
                    nonlocal drawn_s
                    asked_s = time.perf_counter()
                    job = run.draw(request, key)
                    drawn_s += time.perf_counter() - asked_s
                    return job

                tools = StepTools(open_library(), draw, None)
                run_workflow(workflow, {}, seed, tools, find_paths().state / "workflows", lambda _: None)
            whole_s = time.perf_counter() - begun_s
            told[label] = {
                "whole_s": round(whole_s, 3),
                "draws_s": round(drawn_s, 3),
                "overhead": round((whole_s - drawn_s) / drawn_s, 4) if drawn_s else None,
            }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
