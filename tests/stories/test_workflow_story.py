"""A small workflow with the embedded model: run by command, and again without doing anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.bevy_games import wait_until
from helpers.commands import PIXELS, end_worker, pixels
from pixels_mcp.library.library_folder import Library

OWN = """\
format = 1
title = "A hero"
description = "A hero that walks, flipped too"
[inputs.prompt]
type = "prompt"
default = "a knight"
[inputs.turned]
type = "bool"
default = false
[[steps]]
id = "hero"
do = "draw"
prompt = "$prompt"
steps = 2
[[steps]]
id = "clips"
do = "animate"
sprite_id = "$hero"
motions = ["idle", "walk"]
[[steps]]
id = "turned_hero"
do = "edit"
when = "$turned"
sprite_id = "$hero"
operation = "flip"
axis = "x"
[output]
show = "$clips"
"""


@pytest.fixture
def game(home: Path) -> Iterator[Path]:
    (home / "game" / "workflows").mkdir(parents=True)
    (home / "game" / "workflows" / "own.toml").write_text(OWN)
    (home / "game" / "pixels.toml").write_text("[style]\nmax_colors = 8\n")
    yield home / "game"
    end_worker()


def run(game: Path, *words: str) -> dict[str, Any]:
    done = pixels("workflow", "run", "own", *words, "--json", cwd=game)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_workflow_draws_animates_and_is_not_done_twice(game: Path, home: Path) -> None:
    first = run(game)
    again = run(game)
    more = run(game, "turned=true")

    (clips,) = first["shown"]
    entry = Library(home / "data" / "library").get(clips)
    assert entry.entry_kind == "animation"
    assert {"idle", "walk"} == set(cast("dict[str, object]", entry.facts["clips"]))
    assert [step["was_kept"] for step in first["steps"]] == [False, False]
    assert [step["was_kept"] for step in again["steps"]] == [True, True]
    assert again["shown"] == first["shown"]
    assert [step["was_kept"] for step in more["steps"]] == [True, True, False]
    hero = Library(home / "data" / "library").get(first["steps"][0]["entries"][0])
    assert cast("int", hero.facts["colors"]) <= 8, "the game's pixels.toml holds in workflows, too"
    assert first["game_style"] == str(game / "pixels.toml")
    other = run(game, "--seed", "1")
    assert other["steps"][0]["entries"] != first["steps"][0]["entries"]


def test_a_run_that_was_killed_goes_on_and_does_nothing_twice(game: Path, home: Path) -> None:
    friend = '[[steps]]\nid = "friend"\ndo = "draw"\nprompt = "a wizard"\nsteps = 2\n'
    clips = '[[steps]]\nid = "clips"'
    (game / "workflows" / "two.toml").write_text(OWN.replace(clips, friend + clips))
    kept = home / "state" / "workflows"
    words = [*PIXELS, "workflow", "run", "two", "--json"]
    running = subprocess.Popen(words, cwd=game, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(list(kept.glob("*.json"))) == 1, what="the first step is done", seconds=120)
    running.kill()
    running.wait()

    done = pixels("workflow", "run", "two", "--json", cwd=game)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [step["was_kept"] for step in told["steps"]] == [True, False, False]
    library = Library(home / "data" / "library")
    prompts = [entry.prompt for entry in library.search(limit=20) if entry.entry_kind == "sprite"]
    assert sorted(prompts) == ["a knight", "a wizard"], "the draw that was asked for before the kill is not asked again"
    job = json.loads(pixels("status", told["job_id"], "--json", cwd=game).stdout)
    assert [part["prompt"] for part in job["parts"]] == ["a knight", "a wizard"], "it went on in its job"
    assert (job["kind"], job["state"]) == ("workflow", "done")


def test_a_run_whose_sprite_is_gone_does_that_step_again(game: Path, home: Path) -> None:
    first = run(game)
    gone = Library(home / "data" / "library").get(first["shown"][0])
    Path(gone.path).unlink()

    again = run(game)

    assert [step["was_kept"] for step in again["steps"]] == [True, False]


def test_what_is_missing_is_told_by_check_and_refused_by_run(home: Path) -> None:
    checked = pixels("workflow", "check", "sdxl-walk-sheet", "--json", cwd=home)
    refused = pixels("workflow", "run", "sdxl-walk-sheet", cwd=home)

    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["missing"] == [
        "model sdxl is not installed",
        "lora pixel-art-xl is not installed",
    ]
    assert refused.returncode == 2
    assert "pixel-art-xl" in refused.stderr


def test_a_copy_of_a_shipped_one_is_listed_and_shown(home: Path) -> None:
    made = pixels("workflow", "new", "item-set", "workflows/mine.toml", cwd=home)
    listed = json.loads(pixels("workflow", "list", "--json", cwd=home).stdout)
    shown = json.loads(pixels("workflow", "show", "mine", "--json", cwd=home).stdout)

    assert made.returncode == 0, made.stderr
    assert {"mine", "item-set"} <= {one["name"] for one in listed}
    assert shown["inputs"]["items"]["type"] == "prompts"
    assert pixels("workflow", "new", "item-set", "workflows/mine.toml", cwd=home).returncode == 2
