"""`queue`, `move`, `retry` and `warm` say what a person and a program need, and refuse by name."""

from __future__ import annotations

import json
from typing import Any

from helpers.commands import pixels
from helpers.plain_home import plain_home
from helpers.waiting import until
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import load_settings


def told(*words: str) -> dict[str, Any]:
    done = pixels(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def face() -> Client:
    return Client.connect(find_paths(), load_settings(find_paths()), face="test")


def test_a_person_looks_at_the_queue_moves_a_job_and_has_another_drawn_again() -> None:
    with plain_home(step_s=0.4), face() as client:
        blocker, sword, shield = (
            client.submit(SpriteRequest(prompt=prompt, steps=steps, seed=7)).job_id
            for prompt, steps in (("blocker", 150), ("a sword", 2), ("a shield", 3))
        )
        until(lambda: client.queue().jobs[0].share_done, "the first is denoised")

        shown = pixels("queue").stdout.splitlines()
        moved = told("move", shield, "first")
        again = pixels("retry", client.cancel(blocker).job_id)

        assert [line.split()[0] for line in shown] == [blocker, "1.", "2."]
        assert "denoising step" in shown[0]
        assert "a sword" in shown[1]
        assert [job["job_id"] for job in moved["jobs"]] == [blocker, shield, sword]
        assert again.returncode == 0
        assert f"tries {blocker} again" in again.stderr
        (part,) = client.job(again.stdout.strip()).parts
        assert (part.prompt, part.seed) == ("blocker", 7)
        for words, code, says in (
            (("move", shield, "sideways"), 2, "give one of first, up, down, last"),
            (("retry", "nosuch-0001"), 1, "no job is called 'nosuch-0001'"),
        ):
            refused = pixels(*words)
            assert (refused.returncode, refused.stdout) == (code, "")
            assert says in refused.stderr


def test_a_model_is_warm_before_the_first_sprite() -> None:
    with plain_home():
        done = pixels("warm", "plain")

        assert (done.returncode, done.stdout) == (0, "plain\n")
        assert "ready to draw" in done.stderr
        assert told("queue") == {"jobs": [], "jobs_left_out": 0, "parts_queued": 0, "parts_running": 0, "held_by": None}
