"""An assistant that knows one tool by name and takes every further call from answers and from the tools' own texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.assistant import Assistant, live_through
from helpers.bevy_games import make_game
from helpers.mcp_faces import ERAS, Era, run_async, server_here, text_of
from helpers.plain_home import plain_home
from pixels_mcp.pixelart.pictures import open_picture


@pytest.fixture(scope="module")
def one_home() -> Iterator[Path]:
    """A home and its worker for all tests that need no empty library."""
    with plain_home() as home:
        yield home


def pixels_of(job: dict[str, Any]) -> np.ndarray:
    """The one picture of a job."""
    return open_picture(Path(job["sprites"][0]["path"]))


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_from_one_name_to_a_game_full_of_sprites_without_a_failed_call(era: Era, tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")
    with plain_home():
        story = await live_through(lambda: server_here(era, projects=(game,)), game, between=lambda: None, steps=2)

    assert story.failed == []
    assert (story.drawn["state"], story.drawn["parts_shown"], len(story.ids)) == ("done", "1 to 12 of 12", 12)
    assert story.ids_by_query["iron sword"] == [story.ids[1]]
    assert story.made["shore"] in story.ids_by_query["grass"]
    assert story.made["hero"] in story.ids_by_query["knight"]
    assert {story.made["sketch"], story.made["finer"]} <= set(story.ids_by_query["berry"])
    assert story.before == story.undone != story.swapped
    assert len(list((game / "assets" / "sprites").glob("*.png"))) == 15


@pytest.mark.usefixtures("one_home")
@run_async
async def test_what_was_kept_by_choice_is_found_by_its_stars() -> None:
    async with server_here() as client:
        assistant = Assistant(client)
        await assistant.meet()
        drawn = await assistant.finish(await assistant.by_example("generate_sprite", count=3, steps=2))
        ids = [sprite["sprite_id"] for sprite in drawn["sprites"]]
        chosen = await assistant.by_text("Pick among variants", keep=[ids[1]])
        page = await assistant.by_text("Find what the library holds")

    assert chosen["kept"][0]["rating"] == 4
    assert chosen["trashed"] == [ids[0], ids[2]]
    assert [sprite["sprite_id"] for sprite in page["sprites"]] == [ids[1]]
    assert assistant.failed == []


@pytest.mark.usefixtures("one_home")
@run_async
async def test_a_batch_of_two_hundred_stays_within_what_clients_take() -> None:
    async with server_here() as client:
        assistant = Assistant(client)
        await assistant.meet()
        items = [f"a thing of many words, the {number}th of all of them" for number in range(200)]
        done = await assistant.finish(await assistant.by_example("batch_generate", items=items, steps=1))
        page = await assistant.next_of(done, "offset 40")

    assert done["parts_shown"] == "1 to 40 of 200"
    assert page["job"]["parts_shown"] == "41 to 80 of 200"
    assert assistant.failed == []


@pytest.mark.usefixtures("one_home")
@run_async
async def test_a_sprite_like_an_earlier_one_has_its_words_and_seed_unless_others_are_given() -> None:
    async with server_here() as client:
        assistant = Assistant(client)
        await assistant.meet()
        first = await assistant.finish(
            await assistant.by_example("generate_sprite", count=1, palette="pico-8", seed=7, steps=3)
        )
        one = first["sprites"][0]
        same = await assistant.finish(await assistant.by_example("generate_sprite", count=1, like=one["sprite_id"]))
        other = await assistant.finish(
            await assistant.by_example("generate_sprite", count=1, like=one["sprite_id"], seed=8)
        )
        drawn = [pixels_of(job) for job in (first, same, other)]
        sketch = await assistant.by_example("import_sprite")
        refused = await client.call_tool("generate_sprite", {"prompt": "a berry", "like": sketch["sprite_id"]})

    assert same["sprites"][0]["seed"] == 7
    assert np.array_equal(drawn[1], drawn[0])
    assert other["sprites"][0]["seed"] == 8
    assert not np.array_equal(drawn[2], drawn[0])
    assert refused.is_error
    assert f'reference "{sketch["sprite_id"]}"' in text_of(refused)
