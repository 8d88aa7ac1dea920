"""One sprite, large: it moves at its own pace or another, is stepped, and shows exactly its frames and its facts."""

# A view is read back from the cells that it draws.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.style import Style
from textual.pilot import Pilot

from helpers.screens import NARROW, fill_library, make_app, notices, play, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.tui.dialogs.sprite_dialog import SpriteDialog
from pixels_mcp.tui.widgets.half_blocks import UPPER_HALF, laid_on
from pixels_mcp.tui.widgets.sprite_view import SpriteView

CLIPS = {
    "walk": {"frames": [0, 1, 2], "ms": [80, 80, 80], "play": "Loop"},
    "idle": {"frames": [3], "ms": [500], "play": "Loop"},
}


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def add_walker() -> str:
    """An animation of four frames of 16 x 16 pixels, each with a square that stands elsewhere."""
    library = fill_library(1)
    sheet = np.zeros((16, 64, 4), np.uint8)
    for number in range(4):
        sheet[4:12, 16 * number + 2 * number : 16 * number + 2 * number + 6] = (200, 40 * number, 30, 255)
    facts = {"frame_px": [16, 16], "clips": CLIPS, "pivot": [0.5, 1.0], "colors": 4}
    new = NewEntry(seed=7, prompt="a walker", model="mini", facts=facts, entry_kind="animation")
    recipe = Recipe(request={"prompt": "a walker"}, plan={"seed": 7}, model_sha256="a" * 64)
    library.add("walker-0099.1", sheet, recipe, new)
    return "walker-0099.1"


def shown_pixels(view: SpriteView) -> np.ndarray:
    """What the cells of a still view show: (H, W, 3) uint8, what lies left and right taken off."""
    rows: list[list[tuple[int, int, int]]] = []
    for strip in view._strips(view.frame):
        upper, lower = [], []
        for segment in strip:
            style = segment.style or Style()
            for sign in segment.text:
                below = tuple(style.bgcolor.get_truecolor()) if style.bgcolor else (0, 0, 0)
                lower.append(below)
                upper.append(tuple(style.color.get_truecolor()) if sign == UPPER_HALF and style.color else below)
        rows += [upper, lower]
    pixels = np.array(rows, np.uint8)
    width = view.frames[0].shape[1] * view.zoom
    left = (pixels.shape[1] - width) // 2
    return pixels[:, left : left + width]


def test_an_animation_moves_at_its_pace_is_stepped_and_shows_each_frame_exactly(home: Path) -> None:
    sprite_id = add_walker()

    async def story(pilot: Pilot[Any]) -> None:
        await app.push_screen(SpriteDialog(app.session, sprite_id))
        view = app.screen.query_one(SpriteView)
        await until(pilot, lambda: len(view.frames) == 3 and view.playing, "it plays")
        seen: set[int] = set()
        await until(pilot, lambda: seen.add(view.frame) or len(seen) == 3, "all frames are shown in turn")
        await pilot.press("space")
        assert not view.playing
        frame = view.frame
        await pilot.press("full_stop")
        assert view.frame == (frame + 1) % 3
        zoomed = view.frames[view.frame].repeat(view.zoom, axis=0).repeat(view.zoom, axis=1)
        assert np.array_equal(shown_pixels(view), laid_on(zoomed, view.backdrop)), "exact to the pixel"
        await until(pilot, lambda: any("prompt: a walker" in line for line in text_of(app)), "its facts")
        assert any("clip walk (1 of 2)" in line for line in text_of(app))
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: any("13 fps" in line for line in text_of(app)), "a frame a second more than 12")
        await pilot.press("o")
        await until(pilot, lambda: any("onion" in line for line in text_of(app)), "the frame before shows through")
        await pilot.press("n")
        await until(pilot, lambda: len(view.frames) == 1, "the next clip stands still")
        await until(pilot, lambda: any("nothing is known" in line for line in text_of(app)), "it was looked up")
        await pilot.press("b")
        assert any("nothing is known" in one for one in notices(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, SpriteDialog), "closed")

    play(app := make_app(refuse), story)


def test_what_it_was_edited_from_is_shown_beside_it_also_where_there_is_little_room(home: Path) -> None:
    library = fill_library(1)
    parent = library.search(limit=1)[0]
    pixels = np.full((32, 32, 4), 255, np.uint8)
    recipe = Recipe(request={"prompt": "white"}, plan={"seed": 1}, model_sha256="a" * 64)
    new = NewEntry(seed=1, prompt="white", model="mini", facts={"colors": 1}, parent=parent.sprite_id)
    library.add("white-0100.1", pixels, recipe, new)

    async def story(pilot: Pilot[Any]) -> None:
        await app.push_screen(SpriteDialog(app.session, "white-0100.1"))
        view = app.screen.query_one(SpriteView)
        await until(pilot, lambda: any("b shows what it was made" in line for line in text_of(app)), "it is known")
        assert np.array_equal(view.frames[0], pixels)
        assert any("32x32 at 1x" in line for line in text_of(app)), "as large as it is shown"
        await pilot.press("b")
        await until(pilot, lambda: any("BEFORE: edited from" in line for line in text_of(app)), "it is told")
        assert not np.array_equal(view.frames[0], pixels)
        await pilot.press("b")
        await until(pilot, lambda: np.array_equal(view.frames[0], pixels), "itself again")

    play(app := make_app(refuse), story, NARROW)
