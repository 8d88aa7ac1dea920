"""The screens without a terminal: an app on a stage, a library to look at, and what a person would read."""

# Whether an app waits for anything shows only in what it and Textual keep for themselves.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import weakref
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.timer import Timer

from helpers.plain_engine import PlainEngine
from helpers.waiting import PATIENCE_S
from helpers.workers import Connect, plain_settings, threaded_worker
from pixels_mcp.cli.draw.batch_files import read_batch
from pixels_mcp.cli.setup.checks import examine
from pixels_mcp.errors import PullError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.models.pull.sites import Offer
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.settings import load_settings
from pixels_mcp.tui.app import PixelsApp
from pixels_mcp.tui.errands.errands import Errands
from pixels_mcp.tui.screens.draw_screen import DrawScreen
from pixels_mcp.tui.session import FaceTools

TILES = Path(__file__).parents[1] / "data" / "tiles"
WIDE, NARROW = (120, 36), (80, 24)

AT_EVERY_SIZE = pytest.mark.parametrize(
    ("size", "has_colors"),
    [(WIDE, True), (NARROW, True), (NARROW, False)],
    ids=["wide", "narrow", "narrow without colors"],
)
"""Gives a test of goldens `size` and `has_colors`."""

_UNANSWERED: weakref.WeakKeyDictionary[PixelsApp, tuple[Unanswered, Unanswered]] = weakref.WeakKeyDictionary()

Story = Callable[[Pilot[Any]], Awaitable[None]]


def no_offer(address: str) -> Offer:
    """No site is asked."""
    raise PullError(f"{address} is not asked for here", hint="lend another tool")


def make_app(connect: Connect) -> PixelsApp:
    """The app of the home that `PIXELS_HOME` names."""
    paths = find_paths()
    tools = FaceTools(lambda _: connect(), examine, read_batch, lambda: load_settings(paths), no_offer)
    app = PixelsApp(paths, tools)
    _UNANSWERED[app] = (Unanswered(app.session._near), Unanswered(app.session._far))
    return app


def play(app: PixelsApp, story: Story, size: tuple[int, int] = WIDE) -> None:
    """Play a story on the app."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: isinstance(app.screen, DrawScreen) and app.screen.is_mounted, "Draw is there")
            await story(pilot)

    asyncio.run(run())


@contextlib.contextmanager
def staged(home: Path, *, engine: PlainEngine | None = None, **words: Any) -> Generator[PixelsApp]:
    """An app with a real worker in two threads of this process, which draws with the plain engine."""
    settings = plain_settings(**words)
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "settings.toml").write_text(f'default_model = "{settings.default_model}"\n')
    with threaded_worker(home, engine=engine, **words) as connect:
        yield make_app(connect)


def fill_library(count: int = 8) -> Library:
    """Sprites of other artists' tiles, the last one the newest, one of them rated and tagged."""
    library = Library(find_paths().library)
    for number, file in enumerate(sorted(TILES.glob("sprite_*.png"))[:count], start=1):
        name = file.stem.removeprefix("sprite_").replace("_", "-")
        prompt = f"a {name.replace('-', ' ')}"
        new = NewEntry(seed=number, prompt=prompt, model="mini", facts={"colors": 16, "on_grid": True})
        recipe = Recipe(request={"prompt": prompt, "steps": 12}, plan={"seed": number}, model_sha256="a" * 64)
        library.add(f"{name}-{number:04d}.1", open_picture(file), recipe, new)
    newest = library.search(limit=1)[0].sprite_id
    library.rate([newest], 4)
    library.tag([newest], ["npc", "boss"])
    return library


def text_of(app: App[Any]) -> list[str]:
    """What a person reads, line by line, without the blanks at the ends."""
    return [line.rstrip() for line in lines_of(app)]


def lines_of(app: App[Any]) -> list[str]:
    """What stands on the screen, every line as wide as it."""
    # Textual draws a picture of the screen in public, its lines only here.
    return [strip.text for strip in app.screen._compositor.render_strips()]


def notices(app: App[Any]) -> list[str]:
    """What a person is told in passing; Textual has no public list of it."""
    return [one.message for one in app._notifications]


def set_terminal(monkeypatch: pytest.MonkeyPatch, *, has_colors: bool) -> None:
    """A terminal whose pictures are the same everywhere."""
    if not has_colors:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TZ", "UTC")


def check_golden(golden: Path, text: str) -> None:
    """Compare with what a person would read; `PIXELS_UPDATE_SNAPSHOTS=1` writes it anew."""
    if os.environ.get("PIXELS_UPDATE_SNAPSHOTS") == "1":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


class Unanswered:
    """How much work threads were given whose result the app has not got yet.

    Args:
        errands: Whose work is counted from now on.
    """

    def __init__(self, errands: Errands) -> None:
        self.count = 0
        self._run = errands.run
        errands.run = self._counted

    def _counted(self, work: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[Any], None]) -> None:
        self.count += 1
        self._run(work, lambda value: self._take(then, value), lambda error: self._take(failed, error))

    def _take(self, take: Callable[[Any], None], value: Any) -> None:
        take(value)  # which may give more work
        self.count -= 1


async def settled(pilot: Pilot[Any], app: PixelsApp) -> None:
    """Let the app go on until nothing is awaited that would change the screen, and what there is has been drawn."""
    text: list[str] = []

    def stands() -> bool:
        nonlocal text
        before, text = text, text_of(app)
        return not _awaited(app) and text == before

    await until(pilot, stands, lambda: f"settled: {', '.join(_awaited(app)) or 'the text changes'}")
    await until(pilot, stands, "still settled when all messages were read")


def _awaited(app: PixelsApp) -> list[str]:
    """Work of threads that is out, clocks that ring once (a card waits for the cursor to rest), news of the worker."""
    session = app.session
    is_linked = session.is_loaded and session.board.link == "ready"
    is_asking = is_linked and (session.link._jobs_changed or session.link._asked_s is not None)
    return [
        *(["work"] if any(unanswered.count for unanswered in _UNANSWERED[app]) else []),
        *(f"a clock of {type(pump).__name__}" for pump in (app, app.screen) if any(map(_rings_once, pump._timers))),
        *(["news"] if session.inbox._is_woken or is_asking else []),
    ]


def _rings_once(timer: Timer) -> bool:
    if timer.name == "silence":
        return False  # looks whether an answer stays away
    return timer._repeat == 0 and timer._task is not None and not timer._task.done()


async def until(
    pilot: Pilot[Any], look: Callable[[], object], what: str | Callable[[], str], *, timeout_s: float = PATIENCE_S
) -> None:
    """Let the app go on until something is true."""
    begun_s = time.monotonic()
    while time.monotonic() - begun_s < timeout_s:
        if look():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    told = what if isinstance(what, str) else what()
    raise AssertionError(f"after {timeout_s:.0f} s not yet: {told}\n" + "\n".join(text_of(pilot.app)))
