"""The Rust side: format, lints, tests and documentation, as a person would run them in bevy_bridge/."""

from __future__ import annotations

import os
import subprocess

import pytest

from conftest import REPOSITORY, need_program
from helpers.real_game import BUILD_S, cargo_environment

pytestmark = [pytest.mark.bevy, pytest.mark.timeout(2 * BUILD_S)]


def cargo(*words: str, **more: str) -> str:
    program = need_program("cargo", "https://rustup.rs")
    done = subprocess.run(
        [program, *words],
        cwd=REPOSITORY / "bevy_bridge",
        env={**os.environ, **cargo_environment(), **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-12_000:]
    return done.stdout


def test_the_crate_is_formatted() -> None:
    cargo("fmt", "--all", "--check")


def test_every_rust_test_passes() -> None:
    told = cargo("test", "--locked", "--workspace", "--all-features")
    assert "test result: ok" in told


def test_clippy_finds_nothing_in_the_crate_and_the_game() -> None:
    cargo("clippy", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings")


def test_the_documentation_builds_without_a_warning() -> None:
    cargo("doc", "--locked", "--workspace", "--no-deps", "--all-features", RUSTDOCFLAGS="-D warnings")
