"""Submit and status rates while the queue grows to 10,000 waiting parts, over ZeroMQ. Prints JSON.

The engine paints nothing (it sleeps in its first step), so that the figures are those of wire, desk and job store.
One face calls, each call waiting for the last one's answer. `cpu_us` is the processor time of face and worker together
for a call; it tells more than the rates on a machine that does other things as well.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

import psutil

from bench_home import own_home, report
from helpers.workers import plain_settings, worker_process
from pixels_mcp.client import Client
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.wire import messages
from pixels_mcp.wire.transport import PendingAnswer

BLOCK, BLOCKS = 1_000, 10
PIPELINE = 32


def main() -> None:
    """Measure."""
    with own_home(), worker_process(plain_settings(), step_s=3_600.0) as connect:
        client = connect()
        client.submit(SpriteRequest(prompt="blocker"))
        worker = psutil.Process(client.health().pid)

        def cpu_s() -> float:
            times = worker.cpu_times()
            return time.process_time() + times.user + times.system

        rows = []
        ids: list[str] = []
        for block in range(BLOCKS):
            begun_s, begun_cpu_s = time.perf_counter(), cpu_s()
            ids = [client.submit(SpriteRequest(prompt=f"ruby potion {block} {n}")).job_id for n in range(BLOCK)]
            submit_s, submit_cpu_s = time.perf_counter() - begun_s, cpu_s() - begun_cpu_s
            begun_s, begun_cpu_s = time.perf_counter(), cpu_s()
            for job_id in ids:
                client.job(job_id)
            status_s, status_cpu_s = time.perf_counter() - begun_s, cpu_s() - begun_cpu_s
            rows.append(
                {
                    "queued": client.health().parts_queued,
                    "submits_per_s": round(BLOCK / submit_s),
                    "submit_cpu_us": round(1e6 * submit_cpu_s / BLOCK),
                    "statuses_per_s": round(BLOCK / status_s),
                    "status_cpu_us": round(1e6 * status_cpu_s / BLOCK),
                }
            )
        pipelined = {
            "submits_per_s": _pipelined(client, [messages.Generate(request=_thing(n)) for n in range(BLOCK)]),
            "statuses_per_s": _pipelined(client, [messages.Status(job_id=job_id) for job_id in ids]),
        }
        begun_s = time.perf_counter()
        job = client.submit_batch(BatchRequest(items=tuple(BatchItem(prompt=f"thing {n}") for n in range(1_000))))
        batch_s = time.perf_counter() - begun_s
        begun_s = time.perf_counter()
        client.job(job.job_id)
        batch_status_s = time.perf_counter() - begun_s
        report(
            growing_queue=rows,
            calls_on_their_way_at_once=PIPELINE,
            pipelined_at_10000_queued=pipelined,
            batch_of_1000_submit_ms=round(1000 * batch_s, 1),
            batch_of_1000_status_ms=round(1000 * batch_status_s, 1),
        )


def _thing(number: int) -> SpriteRequest:
    return SpriteRequest(prompt=f"iron sword {number}")


def _pipelined(client: Client, calls: Sequence[messages.Call]) -> int:
    """Calls per second of a face that does not wait for each answer before the next call."""
    pending: deque[PendingAnswer] = deque()
    begun_s = time.perf_counter()
    for call in calls:
        if len(pending) == PIPELINE:
            _take(pending.popleft())
        pending.append(client._link.transport.start(call))
    while pending:
        _take(pending.popleft())
    return round(len(calls) / (time.perf_counter() - begun_s))


def _take(pending: PendingAnswer) -> None:
    answer = pending.wait(30)
    if answer is None or answer.type != "job":
        raise SystemExit(f"no job but {answer}")


if __name__ == "__main__":
    main()
