"""Tools touch the folders that the person named, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixels_mcp.errors import InvalidArgumentError, PathNotAllowedError
from pixels_mcp.mcp_server.roots import Roots, find_roots
from pixels_mcp.settings import Settings


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    (folder / "src").mkdir(parents=True)
    (folder / "assets").mkdir()
    (folder / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    (folder / "src" / "main.rs").write_text("fn main() {}\n")
    (folder / "art.png").write_bytes(b"x")
    return folder


def test_a_file_of_the_game_may_be_read(game: Path) -> None:
    assert Roots((game,)).find_readable("art.png") == game / "art.png"
    assert Roots((game,)).find_readable(f"{game}/art.png") == game / "art.png"


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/hostname", "assets/../../secret", "~/.bashrc", "link", "linked/secret"]
)
def test_nothing_outside_is_read(game: Path, path: str) -> None:
    (game.parent / "secret").write_bytes(b"x")
    (game / "link").symlink_to(game.parent / "secret")
    (game / "linked").symlink_to(game.parent)

    with pytest.raises(PathNotAllowedError, match="outside"):
        Roots((game,)).find_readable(path)


@pytest.mark.parametrize("path", ["../x.png", "/tmp/x.png", "link.png", "linked/x.png"])
def test_only_pngs_in_existing_folders_of_the_game_are_written(game: Path, path: str) -> None:
    (game / "link.png").symlink_to(game.parent / "secret.png")
    (game / "linked").symlink_to(game.parent)

    assert Roots((game,)).find_writable("assets/x.png") == game / "assets" / "x.png"
    with pytest.raises(PathNotAllowedError):
        Roots((game,), (game.parent,)).find_writable(path)


def test_what_is_not_there_is_called_that_and_not_forbidden(game: Path) -> None:
    roots = Roots((game,))
    for find, path, said in (
        (roots.find_readable, "none.png", "is not a file"),
        (roots.find_readable, "none/art.png", "is not a file"),
        (roots.find_readable, "assets", "is not a file"),
        (roots.find_folder, "none", "is not a folder"),
        (roots.find_writable, "none/x.png", "there is no folder"),
        (roots.find_writable, "x.jpg", "is not the name of a .png file"),
        (roots.find_writable, "assets", "is not the name of a .png file"),
    ):
        with pytest.raises(InvalidArgumentError, match=said):
            find(path)


def test_a_path_that_is_none_is_refused(game: Path) -> None:
    for path in ("a\0b", "~nobody-of-that-name/x", "x" * 5_000):
        with pytest.raises(InvalidArgumentError):
            Roots((game,)).find_readable(path)


def test_the_folder_that_the_server_is_started_in_counts_where_it_holds_a_game(
    game: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(game)
    assert find_roots([], Settings(), library=tmp_path).projects == (game,)
    monkeypatch.chdir(tmp_path)
    assert find_roots([], Settings(), library=tmp_path).projects == ()


def test_a_flag_wins_over_the_setting_and_the_setting_over_the_working_folder(
    game: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other, third = tmp_path / "other", tmp_path / "third"
    other.mkdir()
    third.mkdir()
    monkeypatch.chdir(game)
    assert find_roots([], Settings(project=other), library=tmp_path).projects == (other,)
    assert find_roots([third], Settings(project=other), library=tmp_path).projects == (third,)


def test_a_named_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="not a folder"):
        find_roots([tmp_path / "none"], Settings(), library=tmp_path)
