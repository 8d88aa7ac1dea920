"""An assistant captions a set: it looks at numbered sheets and writes captions; other folders stay closed."""

from __future__ import annotations

from pathlib import Path

from helpers.mcp_faces import images_of, run_async, server_here, text_of, told
from helpers.own_art import write_own_set
from pixels_mcp.datasets.dataset import read_set
from pixels_mcp.datasets.prepare import prepare_set


@run_async
async def test_a_set_is_captioned_by_looking_at_its_sheets(home: Path, tmp_path: Path) -> None:
    game = tmp_path / "game"
    prepare_set(write_own_set(tmp_path / "art", 18), game / "style")
    async with server_here(projects=(game,)) as client:
        sheet = await client.call_tool("dataset_sheet", {"dataset": "style", "page": 2})
        assert (told(sheet)["pages"], [one["number"] for one in told(sheet)["pictures"]]) == (2, [17, 18])
        assert len(images_of(sheet)) == 1
        captions = {"17": "tall bell", "18": "round cup"}
        wrote = told(await client.call_tool("dataset_caption", {"dataset": "style", "captions": captions}))
        assert (wrote["written"], wrote["left"], wrote["next"]) == (2, 16, "dataset_sheet with page 1")

        strange = await client.call_tool("dataset_caption", {"dataset": "style", "captions": {"19": "x"}})
        assert strange.is_error
        assert "the set has 1 to 18" in text_of(strange)

    mine = read_set(game / "style").pictures[16:]
    assert [(one.caption, one.caption_author) for one in mine] == [
        ("tall bell", "assistant"),
        ("round cup", "assistant"),
    ]


@run_async
async def test_a_set_outside_the_game_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "game").mkdir()
    prepare_set(write_own_set(tmp_path / "art"), tmp_path / "elsewhere")
    (tmp_path / "game" / "link").symlink_to(tmp_path / "elsewhere")
    async with server_here(projects=(tmp_path / "game",)) as client:
        for path in (str(tmp_path / "elsewhere"), "../elsewhere", "link"):
            refused = await client.call_tool("dataset_sheet", {"dataset": path})
            assert refused.is_error
            assert "PathNotAllowedError" in text_of(refused)
