"""What the terminal's screens cost behind a pseudo terminal of 120 x 36: processor, bytes, from a key to the screen.

    python bench/tui.py [--seconds 30] [SCENE ...]

Every scene is a process of its own: a still sprite, a sprite that moves at 12 frames a second, 500 updates a second
from a worker, a gallery of 4,000 sprites and a queue of 20,000 jobs, both with a real worker that waits. What a scene
takes at rest stands beside what an empty Textual app takes in the same seconds (Textual looks for keys ten times a
second). The first screen of the command `pixels-mcp tui` and that of an empty Textual app are timed in turns, by the
clock and by the processor time that the process had used until then. A counter of keys in the first line is looked for
in what the app writes, so the time from a key holds everything. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from bench_home import own_home, report, spread

COLUMNS, ROWS = 120, 36
KEYS = 40
KEY_PRESSED = {"gallery": b"jlll", "jobs": b"jjjj"}
"""Keys of a scene, over and over; one in four goes to another row of the gallery."""
SCENES = ("first", "still", "animation", "storm", "gallery", "jobs")
FIRST_SCREENS = ("empty", "command")
TURNS = 7
UPDATES_A_SECOND = 500
GALLERY_SPRITES, STORED_JOBS = 4_000, 20_000
WITH_WORKER = {"gallery": ("gallery", "_total"), "jobs": ("queue", "_seen")}
"""Screen of a scene with a real worker, and what that screen has when it is read."""


def scene(name: str) -> None:
    """Be the process that is measured."""
    if name == "empty":
        from textual.app import App
        from textual.widgets import Static

        class Empty(App[None]):
            def compose(self):
                yield Static("ready")

        Empty().run()
        return
    if name == "command":
        from pixels_mcp.cli import main

        sys.argv = ["pixels-mcp", "tui"]
        main()
        return
    _pixels_app(name).run()


def _pixels_app(name: str) -> Any:
    from textual import events
    from textual.widgets import Static

    from pixels_mcp.errors import NoWorkerError
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import Settings
    from pixels_mcp.tui.app import PixelsApp
    from pixels_mcp.tui.session import FaceTools

    class Measured(PixelsApp):
        CSS_PATH = Path(sys.modules[PixelsApp.__module__].__file__ or "").with_name("look.tcss")
        keys, last_key = 0, None

        def on_mount(self) -> None:  # beside that of the app, which is called by itself
            self.set_timer(0.5, self.begin)

        def begin(self) -> None:
            if self.current_mode != "draw" or not self.screen.is_mounted:
                self.set_timer(0.5, self.begin)
                return
            if name in WITH_WORKER:
                self.action_go(WITH_WORKER[name][0])
                self.set_timer(1, self.settle)
                return
            self.set_timer(1, self.begun)
            _begin(self, name)

        def settle(self) -> None:
            if self.session.board.link == "ready" and getattr(self.screen, WITH_WORKER[name][1], None):
                self.begun()
            else:
                self.set_timer(0.5, self.settle)

        def begun(self) -> None:
            self.screen.query_one("#tabs-wide", Static).update("begun=1;", layout=False)

        def on_event(self, event: events.Event) -> Any:
            if isinstance(event, events.Key) and event is not self.last_key:  # it bubbles up to here again
                self.last_key = event
                self.keys += 1
                self.screen.query_one("#tabs-wide", Static).update(f"key={self.keys};", layout=False)
            return super().on_event(event)

    def refuse() -> Any:
        raise NoWorkerError("the bench has none")

    paths = find_paths()
    if name in WITH_WORKER:
        from pixels_mcp.cli.tui_command import lend_tools

        return Measured(paths, lend_tools(paths))
    tools = FaceTools(refuse, lambda: (), lambda *_: None, Settings, refuse)  # type: ignore[arg-type]  # words of a test
    return Measured(paths, tools)


def _begin(app: Any, name: str) -> None:
    """Put what is measured onto Draw."""
    import numpy as np

    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.tui.widgets.sprite_view import SpriteView

    tile = open_picture(Path(__file__).parents[1] / "tests" / "data" / "tiles" / "sprite_vampire_knight.png")
    view = app.screen.query_one("#preview", SpriteView)
    if name == "animation":
        view.show([np.roll(tile, shift, axis=0) for shift in (0, 1, 2, 1)], [83] * 4)
    else:
        view.show([tile])
    view.focus()
    if name == "storm":
        threading.Thread(target=storm, args=(app,), daemon=True).start()


def storm(app: Any) -> None:
    """Tell steps of 16 parts as a busy worker does, through what the link uses."""
    from pixels_mcp.events import Step
    from pixels_mcp.tui.board import Heard

    begun_s, sent = time.monotonic(), 0
    while True:
        while sent < (time.monotonic() - begun_s) * UPDATES_A_SECOND:
            part = f"part-{sent % 16:04d}"
            update = Step(job_id=part, part_id=part, step=sent // 16 % 28 + 1, steps=28)
            app.session.inbox.put(("Step", part), Heard(update, time.monotonic()))
            sent += 1
        time.sleep(0.002)


def start(name: str, home: str) -> tuple[int, int]:
    """Start a scene on a terminal: (process, terminal)."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PIXELS_HOME=home)
        os.execv(sys.executable, [sys.executable, __file__, "--scene", name])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    return process, terminal


def read_until(terminal: int, mark: bytes | None, seconds: float) -> tuple[int, float | None]:
    """Read for so long, or until a mark came: (bytes, seconds until the mark)."""
    begun_s, heard = time.perf_counter(), b""
    while (left_s := begun_s + seconds - time.perf_counter()) > 0:
        if select.select([terminal], [], [], left_s)[0]:
            try:
                heard += os.read(terminal, 1 << 16)
            except OSError:  # the app has ended
                break
            if mark is not None and mark in heard:
                return len(heard), time.perf_counter() - begun_s
    return len(heard), None


def first_screens(home: str) -> dict[str, Any]:
    """The first screen of the command beside that of an empty app, in turns: (clock, processor) of each, in ms."""
    walls: dict[str, list[float]] = {name: [] for name in FIRST_SCREENS}
    cpus: dict[str, list[float]] = {name: [] for name in FIRST_SCREENS}
    for _ in range(TURNS):
        for name in FIRST_SCREENS:
            begun_s = time.perf_counter()
            process, terminal = start(name, home)
            read_until(terminal, b"ready" if name == "empty" else b"Gallery", 60)
            watched = psutil.Process(process)
            walls[name].append(1000 * (time.perf_counter() - begun_s))
            cpus[name].append(1000 * sum(watched.cpu_times()[:2]))
            end(watched, terminal)
    wall_ms, cpu_ms = ({name: round(statistics.median(of[name])) for name in FIRST_SCREENS} for of in (walls, cpus))
    return {
        "clock_ms": wall_ms,
        "clock_ratio": round(wall_ms["command"] / wall_ms["empty"], 2),
        "processor_ms": cpu_ms,
        "processor_ratio": round(cpu_ms["command"] / cpu_ms["empty"], 2),
    }


def end(watched: psutil.Process, terminal: int) -> None:
    """End a scene."""
    watched.kill()
    psutil.wait_procs([watched], timeout=5)
    os.close(terminal)


def measure(name: str, home: str, seconds: float) -> dict[str, Any]:
    """Run one scene."""
    if name == "first":
        return first_screens(home)
    process, terminal = start(name, home)
    empty_process, empty_terminal = start("empty", home)
    empty = psutil.Process(empty_process)
    read_until(empty_terminal, b"ready", 60)
    read_until(terminal, b"begun=1;", 60)
    watched = psutil.Process(process)
    read_until(terminal, None, 5)
    measured = _watch(watched, terminal, empty, name, seconds)
    end(watched, terminal)
    end(empty, empty_terminal)
    return measured


def processor_s(process: psutil.Process) -> float:
    """Processor time of all threads until now, to the nanosecond (the kernel's own ticks are 10 ms)."""
    told = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in told) / 1e9


def _watch(watched: psutil.Process, terminal: int, empty: psutil.Process, name: str, seconds: float) -> dict[str, Any]:
    memory_before = watched.memory_info().rss
    before_s, empty_before_s = processor_s(watched), processor_s(empty)
    begun_s = time.perf_counter()
    count, _ = read_until(terminal, None, seconds)
    took_s = time.perf_counter() - begun_s
    idle_percent = 100 * (processor_s(watched) - before_s) / took_s
    empty_percent = 100 * (processor_s(empty) - empty_before_s) / took_s
    keys_s: list[float] = []
    keys_begun_s, cpu_before_s = time.perf_counter(), processor_s(watched)
    for number in range(1, KEYS + 1):
        os.write(terminal, KEY_PRESSED.get(name, b"CCCC")[number % 4 : number % 4 + 1])
        _, key_s = read_until(terminal, f"key={number};".encode(), 5)
        if key_s is not None:
            keys_s.append(key_s)
        read_until(terminal, None, 0.05)
    cpu_s = processor_s(watched) - cpu_before_s
    cpu_s -= idle_percent / 100 * (time.perf_counter() - keys_begun_s)
    ordered = sorted(keys_s)
    return {
        "cpu_percent": round(idle_percent, 2),
        "empty_app_cpu_percent": round(empty_percent, 2),
        "kib_per_s": round(count / seconds / 1024, 1),
        "cpu_ms_for_a_key": round(1000 * cpu_s / KEYS, 1),
        "key_to_screen_p95_ms": round(1000 * ordered[int(0.95 * len(ordered))], 1) if ordered else None,
        "key_to_screen": spread(keys_s) if keys_s else None,
        "keys_missed": KEYS - len(keys_s),
        "memory_mib": round(watched.memory_info().rss / 2**20, 1),
        "memory_growth_mib": round((watched.memory_info().rss - memory_before) / 2**20, 1),
    }


def fill() -> None:
    """A library of 4,000 sprites, through the library itself."""
    import numpy as np

    from pixels_mcp.library.entries import NewEntry
    from pixels_mcp.library.library_folder import Library
    from pixels_mcp.library.recipe import Recipe
    from pixels_mcp.paths import find_paths

    library = Library(find_paths().library)
    palette = np.random.default_rng(1).integers(0, 256, (16, 4), np.uint8)
    palette[:, 3] = 255
    for number in range(1, GALLERY_SPRITES + 1):
        pixels = palette[np.random.default_rng(number).integers(0, 16, (32, 32))]
        recipe = Recipe(request={"prompt": "noise"}, plan={"seed": number}, model_sha256="a" * 64)
        new = NewEntry(seed=number, prompt=f"noise {number}", model="mini", facts={"colors": 16})
        library.add(f"noise-{number:04d}.1", pixels, recipe, new)


def main() -> None:
    """Run the scenes that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--scene", choices=(*SCENES, *FIRST_SCREENS), help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.scene:
        scene(words.scene)
        return
    chosen = [name for name in SCENES if not words.scenes or name in words.scenes]
    with own_home() as folder:
        home = str(folder)
        if "gallery" in chosen:
            fill()
        measured = {name: measure(name, home, words.seconds) for name in chosen if name != "jobs"}
    if "jobs" in chosen:
        with own_home() as folder:
            from helpers.many_jobs import fill_store
            from pixels_mcp.paths import find_paths

            fill_store(find_paths().jobs_db, STORED_JOBS, waiting=0)
            measured["jobs"] = measure("jobs", str(folder), words.seconds)
    report(**measured)


if __name__ == "__main__":
    main()
