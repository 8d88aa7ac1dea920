"""What is typed at once reaches what it was meant for: keys wait for the focus or screen that came before them."""

# Keys that wait before the app runs are put where its terminal puts them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from helpers.screens import fill_library, make_app, notices, play, staged, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.tui.app import PixelsApp
from pixels_mcp.tui.first_look import FirstLook, first_look
from pixels_mcp.tui.terminal_check import read_answer

SIGNS = {"?": "question_mark", "/": "slash", "*": "asterisk", " ": "space", "'": "apostrophe", "-": "minus"}


def type_at_once(app: PixelsApp, *keys: str) -> None:
    """Send keys as a terminal does that had them waiting: all of them before any is handled. A text is its letters."""
    for word in keys:
        named = len(word) > 1 and word.islower() and word.isalnum() and word in ("enter", "escape", "f2", "f7", "tab")
        for sign in [word] if named else word:
            character = {"enter": "\r", "tab": "\t"}.get(sign, sign if len(sign) == 1 else None)
            app.post_message(Key(SIGNS.get(sign, sign), character))


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def test_what_is_typed_before_the_first_screen_stands_in_the_prompt_and_enter_draws_it(home: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: any("seed" in line for line in text_of(app)), "it is drawn")
        await until(pilot, lambda: app.session.library.search(limit=1), "it is kept")
        assert app.screen.query_one("#prompt", Input).value == "16-bit queen's knight?"
        assert app.session.library.search(limit=1)[0].prompt == "16-bit queen's knight?"

    with staged(home) as app:
        type_at_once_before(app, "16-bit queen's knight?", "enter")
        play(app, story)


def type_at_once_before(app: PixelsApp, *keys: str) -> None:
    """Have keys wait for the app before it runs."""
    posted: list[Key] = []
    app.post_message = posted.append  # type: ignore[method-assign,assignment]  # put in the way for this test
    type_at_once(app, *keys)
    del app.post_message
    for key in posted:
        app._keys.put(key)


def test_a_filter_a_rating_and_tags_are_typed_in_one_go(home: Path) -> None:
    library = fill_library()
    newest = library.search(limit=1)[0].sprite_id

    async def story(pilot: Pilot[None]) -> None:
        type_at_once(app, "f2", "/", newest.rpartition("-")[0].partition("-")[0], "enter", "*", "2", "t", ", quick", "enter")  # fmt: skip  # noqa: E501  # reads better in one line
        await until(pilot, lambda: "quick" in library.get(newest).tags, "it is tagged")
        assert library.get(newest).rating == 2
        assert app.screen.query_one("#filter", Input).value in newest

    play(app := make_app(refuse), story)


def test_keys_of_a_screen_that_was_never_seen_reach_that_screen(home: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        type_at_once(app, "f7", "?", "file lies", "enter")
        told = str(home / "config" / "settings.toml")
        await until(pilot, lambda: any(told in one for one in notices(app)), "? found it and Enter did it")
        type_at_once(app, "escape", "f2", "/", "17 knights")
        await until(
            pilot, lambda: any(line.startswith(" 17 knights") for line in text_of(app)), "digits are text in the filter"
        )

    play(app := make_app(refuse), story)


def test_a_key_that_takes_its_widget_away_does_not_stop_the_next_one(home: Path) -> None:
    fill_library()

    async def story(pilot: Pilot[None]) -> None:
        type_at_once(app, "f2", "e", "escape", "d", "escape", "/", "knight")
        await until(pilot, lambda: app.screen.query("#filter") and app.screen.query_one("#filter", Input).value == "knight", "all of it came")  # fmt: skip  # noqa: E501  # reads better in one line

    play(app := make_app(refuse), story)


@pytest.mark.parametrize(
    ("heard", "shows", "typed"),
    [
        (b"\x1bP1$r0;48:2::10:20:30m\x1b\\", True, ""),
        (b"a kn\x1bP1$r0;48;2;10;20;30m\x1b\\ight", True, "a knight"),
        (b"\x1bP1$r0;48;5;1m\x1b\\", False, ""),
        (b"a knight", False, "a knight"),
        ("a ni\u00f1a\x1b[A".encode(), False, "a ni\u00f1a"),
    ],
)
def test_a_terminal_s_answer_is_told_from_what_a_person_types(heard: bytes, shows: bool, typed: str) -> None:
    assert read_answer(heard) == (shows, typed)


def test_theme_and_colors_are_known_before_the_settings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    assert first_look(file, {}) == FirstLook("", "auto")
    file.write_text('[tui]\ntheme = "nord"\ncolors = "256"\n')
    assert first_look(file, {}) == FirstLook("nord", "256")
    assert first_look(file, {"PIXELS_TUI_COLORS": "none"}) == FirstLook("nord", "none")
    file.write_text('tui = 7\ncolors = "mauve"')
    assert first_look(file, {}) == FirstLook("", "auto")
    file.write_text("[tui\n")
    assert first_look(file, {}) == FirstLook("", "auto")


def test_settings_that_cannot_be_read_end_the_screens_with_their_own_words(home: Path) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "settings.toml").write_text('device = "abacus"\n')
    app = make_app(refuse)

    async def story() -> None:
        async with app.run_test() as pilot:
            await until(pilot, lambda: not app.is_running or app.return_value is not None, "it ends")

    import asyncio

    asyncio.run(story())

    assert app.return_value is not None
    assert "device: Input should be" in str(app.return_value)


FIRST_SCREEN = """
import asyncio, sys
from pathlib import Path
import pixels_mcp.cli, pixels_mcp.tui
from pixels_mcp.cli.tui_command import lend_tools
from pixels_mcp.paths import find_paths
from pixels_mcp.tui.first_look import first_look
from pixels_mcp.tui.app import PixelsApp

class Looked(PixelsApp):
    CSS_PATH = Path(pixels_mcp.tui.__file__).with_name('look.tcss')
    async def _begin(self):
        heavy = {"numpy", "scipy", "PIL", "torch", "pydantic", "sqlite3", "zmq", "msgpack", "psutil"}
        print(sorted(heavy & set(sys.modules)), file=sys.__stdout__)
        print("".join(strip.text for strip in self.screen._compositor.render_strips()), file=sys.__stdout__)
        self.exit()

async def main():
    paths = find_paths()
    first_look(paths.settings_file, {})
    async with Looked(paths, lend_tools(paths)).run_test(size=(120, 36)) as pilot:
        while pilot.app.is_running and not pilot.app._exit:
            await pilot.pause(0.02)

asyncio.run(main())
"""


def test_the_first_screen_stands_before_numpy_pydantic_and_all_that_draws_are_imported(
    home: Path, tmp_path: Path
) -> None:
    program = tmp_path / "first_screen.py"
    program.write_text(FIRST_SCREEN)

    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=120)

    assert done.stdout.startswith("[]\n"), done.stderr
    assert "what to draw" in done.stdout
