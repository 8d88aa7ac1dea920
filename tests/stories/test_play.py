"""`make play`: from words to the screen, with nothing left out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from helpers.commands import end_worker
from helpers.real_game import BUILD_S, built_game, need_display
from helpers.toolchains import REPOSITORY

pytestmark = [pytest.mark.bevy, pytest.mark.display, pytest.mark.timeout(BUILD_S + 1_200)]


def test_an_assistant_fills_the_game_with_sprites_and_swaps_one_while_it_runs(home: Path, tmp_path: Path) -> None:
    need_display()
    built_game()
    out = tmp_path / "out"

    try:
        played = subprocess.run(
            [sys.executable, REPOSITORY / "examples" / "bevy_game" / "play.py", "--out", out],
            capture_output=True,
            text=True,
            timeout=1_200,
        )
    finally:
        end_worker()

    assert played.returncode == 0, played.stderr
    report = json.loads(played.stdout)
    assert set(report["confirmed_ms"]) == {"floor", "wall", "hero", "potion", "sword", "chest", "slime", "swap"}
    for seen in report["on_screen"].values():
        assert len(seen) == 7
        assert all(count["opaque_pixels"] > 50 for count in seen.values())
    before, after, swapped = (Image.open(out / f"{name}.png") for name in ("before", "after", "swapped"))
    assert ImageChops.difference(before, after).getbbox() == (0, 0, *after.size)
    assert ImageChops.difference(after, swapped).getbbox() is not None

    forest = report["forest"]
    assert set(forest["confirmed_ms"]) == {"ground", "hero", "desert"}
    assert [seen["hero_plays"] for seen in forest["on_screen"].values()] == ["walk"] * 3
    assert {seen["pixels"] for seen in forest["on_screen"].values()} == {after.width * after.height}
    assert forest["tiles_that_moved"] > 20, "the water"
    assert forest["hero_walked_px"] > 0
