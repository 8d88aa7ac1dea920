"""The Rust side: format, lints, tests and documentation, as a person would run them in bevy_bridge/."""

from __future__ import annotations

import os
import subprocess
import tomllib

import pytest

from helpers.real_game import BUILD_S, cargo_environment
from helpers.toolchains import REPOSITORY, need_program

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


def test_the_crate_works_without_any_of_its_features() -> None:
    """First the library alone, with no renderer in the tree; then its tests."""
    words = ("--locked", "--package", "bevy_pixels_mcp", "--no-default-features")
    cargo("clippy", *words, "--lib", "--", "-D", "warnings")
    assert "test result: ok" in cargo("test", *words, "--lib", "--tests")


def test_the_crate_can_be_packaged_as_it_is() -> None:
    files = cargo("package", "--list", "--allow-dirty").split()
    needed = {"Cargo.toml", "README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"}
    examples = {"examples/one_sheet.rs", "examples/walking_hero.rs", "examples/assets/sprites/hero.sprite.ron"}
    assert needed | examples <= set(files)

    told = cargo("package", "--no-verify", "--allow-dirty", "--offline")

    # The tests read golden files that lie outside the crate, and stay out of the package.
    warnings = [line for line in told.splitlines() if line.startswith("warning:") and "ignoring test" not in line]
    assert (warnings, "Packaged" in told) == ([], True)


def test_the_readme_tells_which_bevy_the_crate_is_for() -> None:
    manifest = tomllib.loads((REPOSITORY / "bevy_bridge" / "Cargo.toml").read_text("utf-8"))
    workspace = manifest["workspace"]["package"]
    version = ".".join(workspace["version"].split(".")[:2])
    row = f"| {manifest['dependencies']['bevy']['version']} | {version} | {workspace['rust-version']} |"

    assert row in (REPOSITORY / "bevy_bridge" / "README.md").read_text("utf-8")
