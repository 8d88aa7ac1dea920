"""Models: one is fetched where its license is agreed to, and is there then; a refusal says why."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from helpers import tiny_sdxl
from helpers.screens import make_app, play, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError, PullError
from pixels_mcp.models.pull.sites import Offer
from pixels_mcp.tui.dialogs.confirm_dialog import ConfirmDialog


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def offer(tmp_path: Path) -> Iterator[Offer]:
    """A LoRA on a server of this machine."""
    file = tiny_sdxl.write_lora(tmp_path / "made" / "style.safetensors", "kohya")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(file.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Offer(
        url=f"http://127.0.0.1:{server.server_port}/style.safetensors",
        file_name="style.safetensors",
        source="somebody/style",
        size_bytes=file.stat().st_size,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        license="mit",
    )
    server.shutdown()
    server.server_close()


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def test_a_model_is_fetched_under_its_license_and_stands_in_the_list(home: Path, offer: Offer) -> None:
    def find(address: str) -> Offer:
        if address != "hf:somebody/style/style.safetensors":
            raise PullError(f"there is no {address}", hint="look at its page")
        return offer

    async def story(pilot: Pilot[Any]) -> None:
        object.__setattr__(app.session.tools, "find_offer", find)
        await pilot.press("f4", "P", *"hf:nobody", "enter")
        await until(pilot, lambda: any("no hf:nobody" in one.message for one in app.session.problems), "refused")
        await pilot.press("P", *"hf:somebody/style/style.safetensors", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "it asks for the license")
        assert any("license: mit" in line for line in text_of(app))
        await pilot.press("y")
        await until(pilot, lambda: any(" style " in line and " lora " in line for line in text_of(app)), "it is there")

    play(app := make_app(refuse), story)

    assert (home / "data" / "models" / "loras" / "style.safetensors").is_file()
