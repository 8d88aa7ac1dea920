"""Who needs the memory asks the worker to let its models go; the next sprite loads its model again."""

from __future__ import annotations

import time
from pathlib import Path

from helpers.plain_worker import MODEL
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.requests import SpriteRequest


def test_models_leave_memory_when_they_are_asked_to_and_come_back_for_the_next_sprite(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S)
        assert client.health().loaded_models == (MODEL,)

        assert client.let_go().loaded_models == (MODEL,)
        deadline_s = time.monotonic() + PATIENCE_S
        while client.health().loaded_models and time.monotonic() < deadline_s:
            pass
        assert client.health().loaded_models == ()

        job = client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S)
        assert job.state == "done"
        assert client.health().loaded_models == (MODEL,)
