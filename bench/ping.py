"""How fast the worker answers: idle, while it draws, and while it loads the model. Prints JSON."""

from __future__ import annotations

import time

from bench_home import own_home, report, spread
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings

CALLS = 5_000


def main() -> None:
    """Measure."""
    with own_home(), Client.connect(find_paths(), Settings(), face="bench", timeout_s=120) as client:
        started_s = time.monotonic()
        starting = _ping_while(client, lambda: client.health().device == "starting" and _since(started_s) < 120)
        idle = [client.ping() for _ in range(CALLS)]
        job = client.submit(SpriteRequest(prompt="a golden dragon", count=16, steps=150, strength=1.0))
        loading = _ping_while(client, lambda: client.job(job.job_id).parts[0].stage in (None, "loading"))
        drawing = [client.ping() for _ in range(CALLS)]
        step = client.job(job.job_id).parts[0].step
        client.cancel(job.job_id)
        report(
            idle=spread(idle),
            while_the_engine_starts=spread(starting) if starting else None,
            while_the_model_loads=spread(loading) if loading else None,
            while_denoising=spread(drawing),
            steps_denoised_meanwhile=step,
        )


def _ping_while(client: Client, condition) -> list[float]:
    times_s: list[float] = []
    while condition():
        times_s += [client.ping() for _ in range(50)]
    return times_s


def _since(begun_s: float) -> float:
    return time.monotonic() - begun_s


if __name__ == "__main__":
    main()
