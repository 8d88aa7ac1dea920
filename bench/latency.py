"""Seconds from a request to a sprite in the library with the embedded model. Prints JSON.

Cold: no worker runs. Warm: the median of several. Sixteen variants as one request, against sixteen single requests that
wait for each other, against sixteen that are queued together.
"""

from __future__ import annotations

import statistics
import time

from bench_home import own_home, report
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings

WARM = 7


def main() -> None:
    """Measure."""
    with own_home():
        begun_s = time.perf_counter()
        with Client.connect(find_paths(), Settings(), face="bench", timeout_s=120) as client:
            connected_s = time.perf_counter() - begun_s
            _draw(client, 1)
            cold_s = time.perf_counter() - begun_s
            warm_s = [_draw(client, 1) for _ in range(WARM)]
            together_s = statistics.median(_draw(client, 16) for _ in range(3))
            begun_s = time.perf_counter()
            for _ in range(16):
                _draw(client, 1)
            singles_s = time.perf_counter() - begun_s
            begun_s = time.perf_counter()
            jobs = [client.submit(SpriteRequest(prompt=f"a ruby potion {number}")) for number in range(16)]
            for job in jobs:
                client.wait(job.job_id, 300)
            queued_s = time.perf_counter() - begun_s
            report(
                worker_found_s=round(connected_s, 3),
                cold_s=round(cold_s, 3),
                warm_s=round(statistics.median(warm_s), 3),
                sixteen_in_one_request_s=round(together_s, 3),
                sixteen_single_requests_s=round(singles_s, 3),
                sixteen_single_requests_queued_together_s=round(queued_s, 3),
                gain_of_one_request=round(singles_s / together_s, 2),
            )


def _draw(client: Client, count: int) -> float:
    begun_s = time.perf_counter()
    job = client.wait(client.submit(SpriteRequest(prompt="a ruby potion", count=count)).job_id, 600)
    if job.state != "done":
        raise SystemExit(f"{job.job_id} {job.state}: {job.parts[0].error}")
    return time.perf_counter() - begun_s


if __name__ == "__main__":
    main()
