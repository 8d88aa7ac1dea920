"""What the worker says of itself, and calls that are sent twice."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.waiting import PATIENCE_S, until
from helpers.workers import TRANSPORTS, threaded_worker
from pixels_mcp.errors import KeyReusedError
from pixels_mcp.png import encode_png
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.engine_process import EngineProcess


def test_an_engine_that_cannot_be_is_told_in_the_health_and_by_the_sprite_that_needs_it(home: Path) -> None:
    program = (
        "import sys\n"
        "from pixels_mcp.worker.engine_host import connect_to_worker, serve_engine\n"
        "worker, _ = connect_to_worker(sys.argv[1:])\n"
        "def make():\n"
        "    raise ModuleNotFoundError('No module named torch')\n"
        "serve_engine(make, worker)\n"
    )
    engine = EngineProcess({}, command=(sys.executable, "-c", program))
    with threaded_worker(home, engine=engine) as connect:
        client = connect()

        health = until(lambda: now if (now := client.health()).device == "unavailable" else None, "it is told")
        job = client.wait(client.submit(SpriteRequest(prompt="a ruby potion")).job_id, PATIENCE_S)

        assert health is not None
        assert "'.[worker]' in its checkout" in health.device_name
        error = job.parts[0].error
        assert error is not None
        assert "'.[worker]' in its checkout" in error.hint
    engine.close()


def test_a_call_sent_again_finds_its_job_also_when_it_could_not_be_accepted_any_more(home: Path) -> None:
    picture = home / "mine.png"
    picture.write_bytes(encode_png(np.full((16, 16, 4), 200, np.uint8)))
    with threaded_worker(home, queue_limit=1) as connect:
        client = connect()
        request = SpriteRequest(prompt="x", reference=str(picture))
        job = client.submit(request, idempotency_key="k")
        picture.unlink()

        assert client.submit(request, idempotency_key="k").job_id == job.job_id
        with pytest.raises(KeyReusedError, match=job.job_id):
            client.submit(SpriteRequest(prompt="y"), idempotency_key="k")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("idle_exit_s", [31_536_000.0, 1e15, float("inf")])
def test_a_worker_may_be_told_to_wait_for_a_year_or_for_ever(home: Path, transport: str, idle_exit_s: float) -> None:
    with threaded_worker(home, transport, idle_exit_s=idle_exit_s) as connect:
        client = connect()
        assert client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S).state == "done"
        client.close()
        assert connect().ping() < 5
