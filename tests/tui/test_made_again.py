"""`r` makes a chosen entry again: what code made stands at once, without the worker."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from helpers.screens import fill_library, make_app, notices, play, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.pixel_edit import edit_pixels


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def test_an_edit_is_made_again_with_the_same_bytes_and_told(home: Path) -> None:
    library = fill_library(1)
    parent = library.search(limit=1)[0]
    edited = edit_pixels(EditRequest(sprite_id=parent.sprite_id, operation="resize", factor=2), library)

    async def story(pilot: Pilot[None]) -> None:
        await app.switch_mode("gallery")
        await until(pilot, lambda: "2 of 2" in "".join(text_of(app)), "the gallery shows both")
        await pilot.press("r")
        await until(pilot, lambda: len(library.search(limit=9)) == 3, "it is made")
        await until(pilot, lambda: any("is made again: " in one for one in notices(app)), "it is told")

    play(app := make_app(refuse), story)
    newest = library.search(limit=1)[0]
    assert newest.sprite_id != edited.sprite_id
    assert newest.sha256 == edited.sha256
