"""The example game itself, built by cargo and run without a window or under a virtual display."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from conftest import REPOSITORY, need_program, skip_or_fail
from helpers.bevy_games import wait_until
from pixels_mcp.bevy.game import read_game

BUILD_S = 1_500
"""Cold on two cores it takes about ten minutes."""


@cache
def _build(cargo: str) -> Path:
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = Path(os.environ.get("CARGO_TARGET_DIR") or cache_home / "pixels-mcp" / "cargo-target")
    words = [cargo, "build", "--quiet", "--locked", "-p", "bevy_game"]
    environment = {"CARGO_INCREMENTAL": "0", **os.environ, "CARGO_TARGET_DIR": str(target)}
    subprocess.run(words, cwd=REPOSITORY / "bevy_bridge", env=environment, check=True, timeout=BUILD_S)
    return target / "debug" / "bevy_game"


def built_game() -> Path:
    """The game's program, built if need be; skips the test where cargo is missing."""
    return _build(need_program("cargo", "https://rustup.rs"))


class RunningGame:
    """One process of the game.

    Attributes:
        project: The folder with its `assets/` and `.pixels/`.
        log: What it wrote, while and after it ran.
    """

    def __init__(self, project: Path, *words: str, environment: dict[str, str] | None = None) -> None:
        self.project = project
        self.log = project / "game.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [built_game(), "--project", project, *words],
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )

    def wait_until_it_reports(self, seconds: float = 60.0) -> None:
        """Wait for its heartbeat and for its first tries to load."""

        def ready() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return self.reports() and self.tried("sprites/hero.")

        wait_until(ready, what="the game reports", seconds=seconds)

    def reports(self) -> bool:
        """Whether it, and not another one, reports in its folder."""
        game = read_game(self.project / ".pixels")
        return game is not None and game.pid == self.process.pid

    def tried(self, beginning: str) -> bool:
        """Whether it tried to load a file whose path begins so."""
        log = self.project / ".pixels" / "ack.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        mine = f'"pid":{self.process.pid},'
        return any(mine in line and f'"path":"{beginning}' in line for line in lines)

    def end(self) -> None:
        """Close it as a person does; kill it when that does not help."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(project: Path, *words: str, environment: dict[str, str] | None = None) -> Iterator[RunningGame]:
    """The game while the test runs, reporting."""
    game = RunningGame(project, *words, environment=environment)
    try:
        game.wait_until_it_reports()
        yield game
    finally:
        game.end()


@contextmanager
def virtual_display(folder: Path) -> Iterator[dict[str, str]]:
    """A screen that nobody sees, drawn on by Mesa's software Vulkan; gives the environment for the game."""
    server = need_program("Xvfb", "apt-get install xvfb")
    driver = next(iter(sorted(Path("/usr/share/vulkan/icd.d").glob("lvp_icd*.json"))), None)
    if driver is None:
        skip_or_fail("no software Vulkan: apt-get install mesa-vulkan-drivers libvulkan1")
        raise AssertionError
    read_end, write_end = os.pipe()
    screen = ["-screen", "0", "1280x720x24", "-nolisten", "tcp", "-displayfd", str(write_end)]
    display = subprocess.Popen(
        [server, *screen], pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        yield {
            "DISPLAY": f":{number}",
            "VK_ICD_FILENAMES": str(driver),
            "WGPU_BACKEND": "vulkan",
            "XDG_RUNTIME_DIR": str(runtime),
        }
    finally:
        display.terminate()
        display.wait(timeout=10)
