"""The example game itself, as examples/bevy_game/stage.py builds and runs it; tests skip where a tool is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from helpers.toolchains import REPOSITORY, need_program, skip_or_fail

sys.path.insert(0, str(REPOSITORY / "examples" / "bevy_game"))

import stage

BUILD_S = stage.BUILD_S
cargo_environment = stage.cargo_environment
count_wrong_pixels = stage.count_wrong_pixels


@cache
def _build() -> Path:
    return stage.build_game()


def built_game() -> Path:
    """The game's program, built if need be."""
    need_program("cargo", "https://rustup.rs")
    return _build()


@cache
def _build_examples() -> Path:
    words = [
        "build",
        "--quiet",
        "--locked",
        "-p",
        "bevy_pixels_mcp",
        "--examples",
        "--features",
        "hot_reload,screenshot",
    ]
    environment = cargo_environment()
    cargo = need_program("cargo", "https://rustup.rs")
    folder = REPOSITORY / "bevy_bridge"
    subprocess.run([cargo, *words], cwd=folder, env={**os.environ, **environment}, timeout=BUILD_S, check=True)
    return Path(environment["CARGO_TARGET_DIR"]) / "debug" / "examples"


def built_example(name: str) -> Path:
    """One of the crate's examples, built if need be."""
    return _build_examples() / name


def start_game(project: Path, *words: str) -> stage.Game:
    """One more process of the game; the caller ends it."""
    return stage.Game(built_game(), project, *words)


def running(
    project: Path, *words: str, environment: dict[str, str] | None = None
) -> AbstractContextManager[stage.Game]:
    """The game while the test runs, reporting."""
    return stage.running(built_game(), project, *words, environment=environment)


def need_display() -> None:
    """Skip the test where no display can be had."""
    need_program("Xvfb", f"apt-get install {stage.DEBIAN_PACKAGES}")
    if stage.find_software_vulkan() is None:
        skip_or_fail(f"no software Vulkan driver: apt-get install {stage.DEBIAN_PACKAGES}")


def virtual_display(folder: Path) -> AbstractContextManager[dict[str, str]]:
    """A screen that nobody sees; gives the environment for the game."""
    need_display()
    return stage.virtual_display(folder)
