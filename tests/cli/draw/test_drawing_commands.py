"""Commands that draw, with a real worker: what they print, where they stop, where they go on."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from helpers.commands import PIXELS, pixels
from helpers.plain_home import plain_home
from helpers.waiting import PATIENCE_S
from pixels_mcp.pixelart.pictures import open_picture

STEP_S = 0.05


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One worker for the file; the log has a line for each render."""
    log = tmp_path_factory.mktemp("engine") / "renders"
    log.touch()
    with plain_home(step_s=STEP_S, log=str(log)):
        yield log


pytestmark = pytest.mark.usefixtures("renders")


def rows_drawn(log: Path) -> int:
    return sum(int(line.split()[0]) for line in log.read_text().splitlines())


def read_until(stream: IO[str], wanted: str) -> str:
    """Read lines until one has the wanted text."""
    read = ""
    for line in stream:
        read += line
        if wanted in line:
            return read
    raise AssertionError(f"{wanted!r} never came; there was: {read}")


def test_generate_prints_the_path_on_stdout_and_all_else_on_stderr() -> None:
    done = pixels("generate", "a ruby potion", "--seed", "7", "--steps", "3", "--count", "2", "--name", "ruby")

    paths = [Path(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [path.read_bytes()[:4] for path in paths] == [b"\x89PNG"] * 2
    assert re.search(r"ruby-\d{4}\.1: 32x32, \d+ colors, seed 7\n", done.stderr)
    assert re.search(r"ruby-\d{4}\.2: 32x32, \d+ colors, seed 8\n", done.stderr)


def test_generate_json_is_one_document() -> None:
    done = pixels("generate", "a ruby potion", "--steps", "2", "--palette", "pico-8", "--json")

    (sprite,) = json.loads(done.stdout)["parts"][0]["sprites"]
    assert hashlib.sha256(Path(sprite["path"]).read_bytes()).hexdigest() == sprite["sha256"]
    assert sprite["facts"]["colors"] <= 16


def test_a_palette_file_is_read_where_the_person_is(tmp_path: Path) -> None:
    (tmp_path / "duo.hex").write_text("ff0000\n00ff00\n")
    done = pixels("generate", "a ruby potion", "--steps", "2", "--palette", "duo.hex", "--json", cwd=tmp_path)

    (sprite,) = json.loads(done.stdout)["parts"][0]["sprites"]
    assert set(sprite["facts"]["palette"]) <= {"#ff0000", "#00ff00"}


def test_a_job_may_be_left_alone_and_looked_at_later() -> None:
    left = pixels("generate", "a ruby potion", "--steps", "40", "--no-wait")
    job_id = left.stdout.strip()

    waited = pixels("status", job_id, "--wait")
    listed = pixels("status")

    assert waited.returncode == 0
    assert Path(waited.stdout.strip()).is_file()
    assert re.search(rf"{job_id} +done +1/1 ", listed.stdout)


def test_an_interrupted_command_leaves_its_job_and_says_how_to_see_it() -> None:
    command = [*PIXELS, "generate", "a ruby potion", "--steps", "150"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        read_until(process.stderr, "denoising")
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        assert process.wait(timeout=PATIENCE_S) == 130
        assert process.stdout.read() == ""

    job_id = re.search(r"pixels-mcp status (\S+) --wait", told)
    assert job_id, told
    assert pixels("status", job_id.group(1), "--wait").returncode == 0


def test_cancel_stops_a_job_and_its_command() -> None:
    command = [*PIXELS, "generate", "a ruby potion", "--steps", "150", "--name", "long"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        job_id = read_until(process.stderr, "denoising").split(":")[0]
        began_s = time.monotonic()
        cancelled = pixels("cancel", job_id)
        told = process.stderr.read()
        assert process.wait(timeout=PATIENCE_S) == 130

    assert cancelled.returncode == 0
    assert "was cancelled" in told
    assert time.monotonic() - began_s < 150 * STEP_S


def test_a_command_that_waits_says_for_what() -> None:
    first = pixels("generate", "a ruby potion", "--steps", "150", "--no-wait").stdout.strip()
    command = [*PIXELS, "generate", "an iron sword", "--steps", "2", "--reference", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        read_until(process.stderr, f"queued: {first}")
        pixels("cancel", first)
        process.stderr.read()
        assert process.wait(timeout=PATIENCE_S) == 0


@pytest.mark.parametrize("words", [("status", "ruby-9999"), ("cancel", "ruby-9999"), ("status", "../x", "--wait")])
def test_an_unknown_job_is_named(words: tuple[str, ...]) -> None:
    done = pixels(*words)

    assert done.returncode in (1, 2)
    assert words[1] in done.stderr
    assert "next:" in done.stderr


def test_a_batch_is_drawn_once_however_often_it_is_called(tmp_path: Path, renders: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("prompt,seed,count\na ruby potion,1,2\nan iron sword,2,\na ruby potion,1,2\n")
    before = rows_drawn(renders)
    first = pixels("batch", str(file), "--steps", "2", "--style", "dark")
    drawn = rows_drawn(renders)
    again = pixels("batch", str(file), "--steps", "2", "--style", "dark")

    assert (first.returncode, again.returncode) == (0, 0)
    assert drawn - before == 5
    assert rows_drawn(renders) == drawn
    assert again.stdout == first.stdout
    assert len(first.stdout.splitlines()) == 5

    file.write_text(file.read_text() + "a shield,3,\n")
    longer = pixels("batch", str(file), "--steps", "2", "--style", "dark", "--json")
    assert rows_drawn(renders) == drawn + 1
    assert json.loads(longer.stdout)["done"] == 4

    pixels("batch", str(file), "--steps", "2", "--style", "dark", "--again")
    assert rows_drawn(renders) == drawn + 1 + 6


def test_a_sprite_that_was_removed_is_drawn_again(tmp_path: Path, renders: Path) -> None:
    file = tmp_path / "items.txt"
    file.write_text("a green potion\na blue potion\n")
    first = pixels("batch", str(file), "--steps", "2", "--seed", "5").stdout.splitlines()
    Path(first[1]).unlink()
    before = rows_drawn(renders)

    again = pixels("batch", str(file), "--steps", "2", "--seed", "5")

    assert again.returncode == 0
    assert rows_drawn(renders) == before + 1
    assert all(Path(line).is_file() for line in again.stdout.splitlines())


def test_a_batch_that_was_stopped_goes_on_where_it_stopped_and_says_what_failed(tmp_path: Path, renders: Path) -> None:
    """One part is cancelled, the command is killed: the next call waits for the rest and draws what is missing."""
    file = tmp_path / "items.txt"
    file.write_text("a red gem\na green gem\na blue gem\n")
    words = ("batch", str(file), "--steps", "30", "--reference", "none")
    before = rows_drawn(renders)
    with subprocess.Popen([*PIXELS, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        batch_id = read_until(process.stderr, "batch-").split(":")[0]
        job = json.loads(pixels("status", batch_id, "--json").stdout)
        pixels("cancel", job["parts"][1]["part_id"])
        process.kill()

    partial = pixels(*words)
    assert partial.returncode == 0, "the missing part was drawn by the second call"
    assert rows_drawn(renders) - before <= 4
    assert len(partial.stdout.splitlines()) == 3


def test_a_batch_with_a_part_that_was_cancelled_ends_with_exit_code_3(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    file.write_text(json.dumps([{"prompt": "a red ring", "steps": 149}, {"prompt": "a green ring", "steps": 150}]))
    with subprocess.Popen(
        [*PIXELS, "batch", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        batch_id = read_until(process.stderr, "batch-").split(":")[0]
        parts = json.loads(pixels("status", batch_id, "--json").stdout)["parts"]
        pixels("cancel", parts[1]["part_id"])
        told, paths = process.stderr.read(), process.stdout.read()
        assert process.wait(timeout=PATIENCE_S) == 3

    assert len(paths.splitlines()) == 1
    assert "item 2 ('a green ring'): cancelled" in told
    assert "1 of 2 items are drawn" in told


def test_items_that_are_wrong_fail_by_name_and_the_others_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("prompt,seed,model\na red cup,1,\na green cup,many,\na blue cup,3,none-such\na gray cup,4,\n")

    first, again = (pixels("batch", str(file), "--steps", "2") for _ in range(2))
    for done in (first, again):  # the second call draws nothing new, and says the same
        assert done.returncode == 3
        assert len(done.stdout.splitlines()) == 2
        assert "item 2 ('a green cup'): failed: seed: " in done.stderr
        assert "item 3 ('a blue cup'): failed: " in done.stderr
        assert "none-such" in done.stderr
        assert "2 of 4 items are drawn" in done.stderr
    for sprite_id in ("red-cup", "gray-cup"):  # as generate: ids, sizes and notes beside the paths
        assert re.search(rf"{sprite_id}-\d+\.1: \d+x\d+, \d+ colors, seed", again.stderr)
    items = json.loads(pixels("batch", str(file), "--steps", "2", "--json").stdout)["items"]
    assert [item["state"] for item in items] == ["done", "failed", "failed", "done"]
    assert [item["error"]["code"] for item in items[1:3]] == ["InvalidArgumentError", "UnknownModelError"]


def test_regenerate_makes_the_same_bytes_or_says_that_they_differ(tmp_path: Path) -> None:
    path = pixels("generate", "a ruby potion", "--seed", "3", "--steps", "2", "--count", "3").stdout.splitlines()[2]
    same = pixels("regenerate", path, "--check")
    assert (same.returncode, same.stdout.strip()) == (0, path)

    from pixels_mcp.library.recipe import embed, read_recipe

    other = tmp_path / "other.png"
    recipe = read_recipe(Path(path))
    other.write_bytes(embed(Path(path).read_bytes(), recipe.model_copy(update={"versions": {"torch": "0.1"}})))
    differs = pixels("regenerate", str(other), "--check")
    assert differs.returncode == 1
    assert "the bytes differ" in differs.stderr


def test_a_file_without_a_recipe_is_refused(tmp_path: Path) -> None:
    from pixels_mcp.png import encode_png

    (tmp_path / "text.png").write_text("no picture")
    import numpy as np

    (tmp_path / "plain.png").write_bytes(encode_png(np.zeros((8, 8, 4), dtype=np.uint8)))
    for name in ("text.png", "plain.png", "none.png"):
        done = pixels("regenerate", name, cwd=tmp_path)
        assert done.returncode in (1, 2), name
        assert name in done.stderr
        assert "next:" in done.stderr


def test_on_a_terminal_there_is_a_bar_and_the_sprite_is_drawn() -> None:
    """A real pseudo-terminal; one that answers no question of what it can show gets half blocks."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PIXELS, "generate", "a ruby potion", "--steps", "20", "--seed", "4"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "50"},
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    ends_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_s:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
        elif process.poll() is not None:
            break
    os.close(ours)

    text = shown.decode()
    assert process.wait(timeout=PATIENCE_S) == 0
    assert "denoising step" in text
    assert "\x1b[38;2;" in text
    assert text.count("▀") + text.count("▄") > 50
    assert re.search(r"/sprites/[0-9a-f]{2}/[0-9a-f]{64}\.png", text)


def test_a_dry_run_tells_of_a_file_and_draws_nothing(renders: Path, tmp_path: Path) -> None:
    (tmp_path / "items.txt").write_text("a drum\na flute\n")
    pixels("batch", str(tmp_path / "items.txt"), "--steps", "2")
    (tmp_path / "items.txt").write_text("a drum\na flute\na harp\n")
    before = rows_drawn(renders)
    done = pixels("batch", str(tmp_path / "items.txt"), "--steps", "2", "--dry-run")
    document = json.loads(pixels("batch", str(tmp_path / "items.txt"), "--steps", "2", "--dry-run", "--json").stdout)

    assert (done.returncode, rows_drawn(renders)) == (0, before)
    assert done.stdout.splitlines() == ["   1  a harp: 32x32 px from scratch"]
    assert "2 of 3 items are drawn or under way already" in done.stderr
    assert re.search(r"dry run, nothing is queued: 1 sprites, about [0-9.]+ s; memory [0-9.]+ of", done.stderr)
    assert (document["state"], document["sprites"]) == ("dry_run", 1)
    assert 0.02 < document["seconds"] < 10


def test_a_dry_run_of_what_cannot_be_drawn_says_so_by_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(json.dumps(["a harp", {"prompt": "a horn", "model": "nix"}]))
    done = pixels("batch", str(tmp_path / "items.json"), "--dry-run")

    assert done.returncode == 3
    assert "nix" in done.stdout.splitlines()[0]
    assert "1 of 2 items cannot be drawn as asked: 2" in done.stderr


def test_generate_like_takes_the_words_and_seed_of_an_earlier_sprite(tmp_path: Path) -> None:
    first = pixels("generate", "a ruby ring", "--seed", "11", "--steps", "3", "--palette", "pico-8")
    said = re.search(r"(\S+\.1): 32x32", first.stderr)
    assert said is not None
    sprite_id = said[1]
    same = pixels("generate", "a ruby ring", "--like", sprite_id)
    other = pixels("generate", "a ruby ring", "--like", sprite_id, "--seed", "12")
    missing = pixels("generate", "a ruby ring", "--like", "ring-9999.1")

    drawn = [open_picture(Path(done.stdout.strip())) for done in (first, same, other)]
    assert "seed 11" in same.stderr
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert missing.returncode != 0
    assert "ring-9999.1" in missing.stderr
