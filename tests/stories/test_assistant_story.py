"""The assistant's story with the embedded model and a real worker, over each way to the server; both end in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.assistant import FIRST_TOOL, live_through
from helpers.bevy_games import make_game
from helpers.commands import end_worker
from helpers.mcp_faces import ERA_ASKED, FACE_ASKED, Era, Face, run_async, server_over
from helpers.typed import typed
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.pictures import open_picture

# It draws for a minute: over stdio each time, over HTTP and in the other era with `make faces`.
WAYS: list[tuple[Face, Era]] = [(FACE_ASKED, ERA_ASKED)] if "PIXELS_MCP_FACE" in os.environ else [("stdio", "auto")]


@pytest.mark.parametrize(("face", "era"), WAYS)
@pytest.mark.usefixtures("home")
@run_async
async def test_an_assistant_that_knows_one_name_makes_and_finds_and_swaps_all_it_wants(
    face: Face, era: Era, tmp_path: Path
) -> None:
    game = make_game(tmp_path / "game")
    try:
        story = await live_through(lambda: server_over(face, era, projects=(game,)), game, between=end_worker)
    finally:
        end_worker()
    library, palette = Library(find_paths().library), set(load_palette("sweetie-16").hex_codes)
    colors = {color for one in story.ids for color in typed(list[str], library.get(one).facts["palette"])}

    assert story.failed == []
    assert story.calls[0] == FIRST_TOOL
    assert (story.drawn["state"], len(story.ids)) == ("done", 12)
    assert len(colors) > 4
    assert colors <= palette
    assert library.get(story.made["hero"]).entry_kind == "animation"
    assert library.get(story.made["shore"]).entry_kind == "tileset"
    assert story.ids_by_query["iron sword"] == [story.ids[1]]
    assert story.made["hero"] in story.ids_by_query["knight"]
    assert story.made["shore"] in story.ids_by_query["grass"]
    assert {story.made["sketch"], story.made["finer"]} <= set(story.ids_by_query["berry"])
    assert story.before == story.undone != story.swapped
    assert {open_picture(file).shape[2] for file in (game / "assets" / "sprites").glob("*.png")} == {4}
    assert len(list((game / "assets" / "sprites").glob("*.ron"))) == 15
