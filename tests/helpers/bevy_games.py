"""Games for the tests: folders as cargo makes them, a library with sprites, and a voice that answers as a game does."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from helpers.waiting import PATIENCE_S, until
from pixels_mcp import png
from pixels_mcp.errors import UnreadablePictureError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe

MAIN_RS = "use bevy::prelude::*;\nfn main() { App::new().add_plugins(DefaultPlugins).run(); }\n"


def make_game(folder: Path, *, bevy: str = "0.19.1", dependencies: str | None = None, assets: bool = True) -> Path:
    """A package that uses Bevy, with its lock file."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.rs").write_text(MAIN_RS)
    wanted = dependencies if dependencies is not None else f'bevy = "{bevy.rpartition(".")[0]}"'
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{folder.name}"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\n{wanted}\n'
    )
    lock(folder, bevy)
    if assets:
        (folder / "assets").mkdir()
    return folder


def lock(folder: Path, bevy: str) -> None:
    """Write a Cargo.lock that holds one version of Bevy."""
    (folder / "Cargo.lock").write_text(f'version = 4\n\n[[package]]\nname = "bevy"\nversion = "{bevy}"\n')


def picture(seed: int, width_px: int = 32, height_px: int = 32) -> np.ndarray:
    """An opaque figure in few colours on a transparent ground."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((height_px, width_px, 4), np.uint8)
    colors = random.integers(0, 256, (5, 3), dtype=np.uint8)
    body = random.integers(0, 5, (height_px - 4, width_px - 4))
    pixels[2:-2, 2:-2, :3] = colors[body]
    pixels[2:-2, 2:-2, 3] = 255
    return pixels


def keep(library: Library, seed: int, name: str = "hero", size_px: tuple[int, int] = (32, 32)) -> str:
    """Put a sprite into the library; returns its id."""
    words = NewEntry(seed=seed, prompt=f"a {name}", model="mini", facts={})
    recipe = Recipe(request={"prompt": f"a {name}"}, plan={"seed": seed}, model_sha256="a" * 64)
    return library.add(f"{name}-{seed:04d}.1", picture(seed, *size_px), recipe, words).sprite_id


def shown(file: Path) -> np.ndarray:
    """The pixels of a PNG in a game's folder."""
    return png.decode_png(file.read_bytes())[0]


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = PATIENCE_S) -> None:
    """Poll until something is true."""
    until(condition, what, timeout_s=seconds)


class Voice:
    """Writes what a running game writes, for tests of what is made of it.

    It answers for the pictures that it was told to load, as soon as their bytes or times change.
    """

    def __init__(self, project: Path, loaded: tuple[str, ...] = (), **facts: object) -> None:
        self.assets = project / "assets"
        self.folder = project / ".pixels"
        self.folder.mkdir(exist_ok=True)
        self.loaded = loaded
        self.facts = {
            "pid": os.getpid(),
            "bevy": "0.19",
            "assets_root": str(self.assets),
            "watching": True,
            "debounce_ms": 300,
            **facts,
        }
        self.deaf_to_moves = False
        self.complaint: str | None = None
        self._seq = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to run: lock, heartbeat, first loads."""
        self._lock = (self.folder / "game.lock").open("ab")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / "game.json").write_text(json.dumps(self.facts))
        self.known = {path: self._stamp(path) for path in self.loaded}
        for path in self.loaded:
            self.tell(path, "added" if self.known[path] else "failed")
        self._thread.start()

    def stop(self) -> None:
        """End as a game that is closed does."""
        self._stop.set()
        self._thread.join(timeout=PATIENCE_S)
        (self.folder / "game.json").unlink(missing_ok=True)
        self._lock.close()

    def tell(self, path: str, event: str, crc32: int | None = None) -> None:
        """Write one line."""
        self._seq += 1
        line = {"pid": self.facts["pid"], "seq": self._seq, "path": path, "event": event, "frame": 1, "error": None}
        if event == "failed":
            line.update(crc32=0, error=self.complaint or "not found")
        else:
            pixels = shown(self.assets / path)
            line.update(width_px=pixels.shape[1], height_px=pixels.shape[0])
            line["crc32"] = zlib.crc32(pixels.tobytes()) if crc32 is None else crc32
        with (self.folder / "ack.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def _stamp(self, path: str) -> tuple[int, int] | None:
        try:
            facts = (self.assets / path).stat()
        except FileNotFoundError:
            return None
        return facts.st_ino, facts.st_mtime_ns

    def _run(self) -> None:
        while not self._stop.wait(0.005):
            for path, before in list(self.known.items()):
                now = self._stamp(path)
                if now in (None, before):
                    continue
                self.known[path] = now
                if self.deaf_to_moves and (before is None or now[0] != before[0]):
                    continue
                try:
                    self.tell(path, "failed" if self.complaint else "modified")
                except UnreadablePictureError:
                    self.known[path] = before  # half-written: the game's debounce passes over such a moment


@contextmanager
def speaking(project: Path, *loaded: str, **facts: object) -> Generator[Voice]:
    """A voice while the test runs."""
    voice = Voice(project, loaded, **facts)
    voice.start()
    try:
        yield voice
    finally:
        voice.stop()
