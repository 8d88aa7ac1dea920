"""Ten minutes of load: 10,000 parts wait, 50 clients ask one HTTP server, one reader never reads. Prints a table.

`SECONDS=60 python bench/soak.py` is a short look. A row for each sixth of the time: calls that were answered, the
median and the 99th percentile of how long they took, and memory and open descriptors of the server and the worker.
Ends with 1 where a call failed, or where memory or descriptors grew by more than a tenth (and 16) after the second
sixth, when all that is loaded once is loaded.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import dataclass, field

import anyio
import psutil
import zmq

from bench_home import own_home
from helpers.http_servers import http_client, http_server
from helpers.workers import plain_settings, worker_process
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BATCH_ITEMS_MAX, BatchItem, BatchRequest
from pixels_mcp.worker.address import find_address

CLIENTS, PARTS, ROWS = 50, 10_000, 6
SECONDS = float(os.environ.get("SECONDS", "600"))
PAUSE_S = 0.5
"""What a client thinks between two calls; 50 clients ask 100 times a second at most."""


@dataclass
class Calls:
    """What the clients saw since the last row."""

    took_s: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> None:
    """Measure."""
    os.environ["PIXELS_DEFAULT_MODEL"] = "plain"
    with own_home(), worker_process(plain_settings(rows_max=1), step_s=0.05) as connect:
        client = connect()
        items = tuple(BatchItem(prompt=f"thing {number}", steps=4) for number in range(BATCH_ITEMS_MAX))
        jobs = [client.submit_batch(BatchRequest(items=items)).job_id for _ in range(PARTS // BATCH_ITEMS_MAX)]
        address = find_address(find_paths())
        assert address is not None
        with http_server() as url, zmq.Context() as context, context.socket(zmq.SUB) as deaf:
            deaf.setsockopt(zmq.RCVHWM, 1)
            deaf.setsockopt(zmq.LINGER, 0)
            deaf.setsockopt(zmq.SUBSCRIBE, b"")
            deaf.connect(address.updates)
            server = next(one for one in psutil.Process().children() if "serve" in one.cmdline())
            is_good = anyio.run(_load, url, jobs, client, [("server", server), ("worker", psutil.Process(address.pid))])
    sys.exit(0 if is_good else 1)


async def _load(url: str, jobs: list[str], client: Client, processes: list[tuple[str, psutil.Process]]) -> bool:
    """Let the clients ask until the time is up; a row for each sixth of it."""
    calls, rows = Calls(), []
    print(f"{'s':>5} {'calls':>7} {'failed':>6} {'p50 ms':>7} {'p99 ms':>7} {'waiting':>8}  MiB, descriptors")
    async with anyio.create_task_group() as tasks:
        for number in range(CLIENTS):
            tasks.start_soon(_ask, url, jobs[number % len(jobs)], number, calls)
        begun_s = time.monotonic()
        for row in range(1, ROWS + 1):
            await anyio.sleep(max(0.0, begun_s + SECONDS * row / ROWS - time.monotonic()))
            took_s, failed = sorted(calls.took_s), calls.failed
            calls.took_s, calls.failed = [], 0
            facts = [(process.memory_info().rss / 2**20, process.num_fds()) for _, process in processes]
            rows.append((len(took_s), failed, facts))
            p50 = statistics.median(took_s) if took_s else 0.0
            p99 = took_s[int(0.99 * len(took_s))] if took_s else 0.0
            waiting = (await anyio.to_thread.run_sync(client.health)).parts_queued
            told = ", ".join(f"{name} {mib:.0f} {fds}" for (name, _), (mib, fds) in zip(processes, facts, strict=True))
            past_s = time.monotonic() - begun_s
            figures = f"{past_s:>5.0f} {len(took_s):>7} {failed:>6} {1000 * p50:>7.0f} {1000 * p99:>7.0f}"
            print(f"{figures} {waiting:>8}  {told}", flush=True)
        tasks.cancel_scope.cancel()
    answered, failed = (sum(row[at] for row in rows) for at in (0, 1))
    grown = [
        max(last) - first > max(16, first / 10)
        for first, last in (
            (rows[1][2][process][fact], [row[2][process][fact] for row in rows[2:]])
            for process in range(len(processes))
            for fact in range(2)
        )
    ]
    print(f"{answered} calls answered, {failed} failed; {'something grew' if any(grown) else 'nothing grew'}")
    return answered > 0 and failed == 0 and not any(grown)


async def _ask(url: str, job_id: str, number: int, calls: Calls) -> None:
    """One client: the queue, one job, a sprite that there is not, in turn."""
    await anyio.sleep(PAUSE_S * number / CLIENTS)
    async with http_client(url) as client:
        turn = number
        while True:
            turn += 1
            name, words = [
                ("get_status", {}),
                ("get_status", {"job_id": job_id}),
                ("view_sprite", {"sprite_ids": ["nosuch-0001.1"]}),
            ][turn % 3]
            begun_s = time.monotonic()
            try:
                await client.call_tool(name, words)
                calls.took_s.append(time.monotonic() - begun_s)
            except Exception as error:
                calls.failed += 1
                print(f"a call failed: {error!r}"[:200], file=sys.stderr)
            await anyio.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
