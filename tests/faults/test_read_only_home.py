"""A home that nobody may write: every face says so in one sentence, and what needs no home goes on working."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import mounts
from helpers.bevy_games import make_game, picture
from helpers.commands import PIXELS, pixels
from helpers.server_pipes import INITIALIZE, ask
from helpers.waiting import PATIENCE_S
from pixels_mcp.files import write_whole
from pixels_mcp.paths import find_paths
from pixels_mcp.png import encode_png


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a game, a picture and a batch file; the person's home is read-only."""
    folder, home = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("home")
    make_game(folder / "game")
    (folder / "items.txt").write_text("a key\n", "utf-8")
    write_whole(folder / "a.png", encode_png(picture(1)))
    with pytest.MonkeyPatch.context() as patch, mounts.read_only(home):
        patch.setenv("PIXELS_HOME", str(home))
        yield folder


@pytest.mark.parametrize(
    "words",
    [
        ("generate", "a key"),
        ("batch", "items.txt"),
        ("watch", "game"),
        ("library", "import", "a.png"),
        ("worker",),
        ("config", "set", "threads", "2"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_face_says_that_it_is_read_only(desk: Path, words: tuple[str, ...]) -> None:
    done = pixels(*words, cwd=desk)

    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    error = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert "read-only" in error.lower()
    assert done.stderr.splitlines()[-1].startswith("next:  ")
    assert done.stdout == ""


def test_pictures_are_worked_on_all_the_same(desk: Path) -> None:
    done = pixels("pixelize", "a.png", "--output-dir", "out", cwd=desk)

    assert done.returncode == 0, done.stderr
    assert (desk / "out" / "a.png").is_file()


def test_a_server_answers_that_it_is_read_only_and_goes_on(desk: Path) -> None:
    with subprocess.Popen(
        [*PIXELS, "serve"], cwd=desk, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        ask(server, 1, "initialize", INITIALIZE)
        call = {"name": "generate_sprite", "arguments": {"prompt": "a key"}}
        refused = ask(server, 2, "tools/call", call)["result"]
        listed = ask(server, 3, "tools/list", {})["result"]

        assert refused["isError"]
        assert "is read-only\nNext: make it writable again" in refused["content"][0]["text"]
        assert len(listed["tools"]) > 10
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(PATIENCE_S) == 0
    assert not find_paths().jobs_db.exists()
