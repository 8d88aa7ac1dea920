"""Models: one is fetched where its license is agreed to, and is there then; a refusal says why."""

# Answers of two threads come in any order only by hand.
# pyright: reportPrivateUsage=false

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
from pixels_mcp.tui.screens.models_screen import ModelsScreen


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is not ours
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


def check_late_answers(screen: ModelsScreen) -> None:
    """What the folder says never takes away what the worker said of the same or of a later question."""
    here = [model.model_copy(update={"loaded": False}) for model in screen._models]
    told = [model.model_copy(update={"loaded": model.name == "mini"}) for model in here]
    for number, models, is_worker_s, loaded in (
        (7, told, True, True),
        (7, here, False, True),  # the folder's answer to the same question comes late
        (6, here, True, True),  # and the worker's to one before
        (8, here, True, False),
    ):
        screen._show(models, number, is_worker_s=is_worker_s)
        assert any(model.loaded for model in screen._models) is loaded, number


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
        check_late_answers(app.screen)  # type: ignore[arg-type]  # words of a test

    play(app := make_app(refuse), story)

    assert (home / "data" / "models" / "loras" / "style.safetensors").is_file()
