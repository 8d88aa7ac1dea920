"""What every client takes: an image of 100 KB at most, 700 KB in all, 25,000 tokens of text; also of noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.assistant import weigh
from helpers.bevy_games import make_game
from helpers.mcp_faces import images_of, run_async, server_here, text_of
from helpers.own_art import write_own_set
from pixels_mcp.datasets.captioning import SHEET_PICTURES
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.paths import find_paths

pytestmark = pytest.mark.usefixtures("home")


def noise(seed: int, side_px: int) -> np.ndarray:
    """The picture that compresses least."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side_px, side_px, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    return pixels


def add(library: Library, sprite_id: str, seed: int, side_px: int) -> str:
    recipe = Recipe(request={"prompt": "x"}, plan={"seed": seed}, model_sha256="0" * 64)
    facts = {"confidence": "low", "unmatched_words": ["xylograph"] * 5, "palette": ["#123456"] * 256}
    new = NewEntry(seed=seed, prompt="a very long prompt " * 40, model="mini", facts=facts, tags=("tag",) * 20)
    return library.add(sprite_id, noise(seed, side_px), recipe, new).sprite_id


@run_async
async def test_answers_stay_within_what_clients_take_whatever_is_shown(tmp_path: Path) -> None:
    library, game = Library(find_paths().library), make_game(tmp_path / "game")
    ids = [add(library, f"a-sprite-of-quite-a-long-name-{n:04}.1", n, 32) for n in range(1, 65)]
    large = add(library, "large-0099.1", 99, 300)
    prepare_set(write_own_set(tmp_path / "art", SHEET_PICTURES), game / "style")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("view_sprite", {"sprite_ids": ids}),
        ("view_sprite", {"sprite_ids": [large]}),
        ("find_sprites", {"limit": 48}),
        ("choose_sprites", {"keep": ids}),
        ("deploy_to_bevy", {"sprite_ids": ids, "dry_run": True, "on_conflict": "rename"}),
        ("dataset_sheet", {"dataset": "style"}),
        ("edit_sprite", {"sprite_id": large, "operation": "flip", "axis": "x"}),
        ("list_models", {"query": "weapon"}),
        ("run_workflow", {}),
    ]
    async with server_here(projects=(game,)) as client:
        answers = [await client.call_tool(tool, words) for tool, words in calls]

    for answer in answers:
        assert not answer.is_error, text_of(answer)
        weigh(answer)
    assert [len(images_of(answer)) for answer in answers] == [1, 1, 1, 0, 0, 1, 1, 1, 0]
