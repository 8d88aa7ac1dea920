"""Workflows run on real entries without a worker: sheets, recolors, exports and deploys, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from helpers.bevy_games import keep, make_game
from pixels_mcp.errors import NotABevyProjectError, PixelsError, WorkflowError
from pixels_mcp.events import JobInfo
from pixels_mcp.game_style.style_file import GameStyle
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.workflow_run import WorkflowResult, run_workflow
from pixels_mcp.operations.workflow_steps import StepTools
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.workflows.workflow_file import read_workflow

HEAD = 'format = 1\ntitle = "T"\ndescription = "D"\n[inputs.items]\ntype = "sprites"\n'
CHAIN = """\
[[steps]]
id = "one_look"
do = "recolor"
each = "$items"
sprite_id = "$item"
palette = "game-boy"
[[steps]]
id = "walk"
do = "sheet"
sprite_ids = "$one_look"
animation = "walk"
frame_ms = 120
name = "walker"
[[steps]]
id = "placed"
do = "deploy"
sprite_id = "$walk"
name = "walker"
[[steps]]
id = "files"
do = "export"
sprite_id = "$walk"
formats = ["aseprite", "gif"]
folder = "art/out"
[output]
show = "$files"
"""


def never(request: object, key: str) -> JobInfo:
    raise AssertionError(f"nothing is drawn here: {request} {key}")


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


@pytest.fixture
def game(tmp_path: Path) -> Path:
    return make_game(tmp_path / "game")


def run(
    library: Library, game: Path | None, steps: str, style: GameStyle | None = None, **given: Any
) -> WorkflowResult:
    folder = find_paths().state
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "own.toml"
    place.write_text(HEAD + steps)
    tools = StepTools(library, never, style, game)
    return run_workflow(read_workflow(place), given, 0, tools, folder / "kept", lambda _: None)


def test_sprites_become_one_look_a_sheet_files_and_a_part_of_the_game(library: Library, game: Path) -> None:
    items = [keep(library, seed) for seed in (1, 2, 3)]

    first = run(library, game, CHAIN, items=items)
    again = run(library, game, CHAIN, items=items)

    (sheet,) = first.shown
    entry = library.get(sheet)
    assert (entry.entry_kind, entry.parts) == ("animation", first.steps[0].entries)
    assert entry.facts["clips"] == {"walk": {"frames": [0, 1, 2], "ms": [120] * 3, "play": "Loop"}}
    third = open_picture(library.path_of(first.steps[0].entries[2]))
    assert np.array_equal(open_picture(library.path_of(sheet))[32:64, :32], third), "the first of the second row"
    assert (game / "assets" / "sprites" / "walker.png").is_file()
    assert '"walk"' in (game / "assets" / "sprites" / "walker.sprite.ron").read_text()
    assert first.steps[3].files == ("art/out/walker.aseprite", "art/out/walker_walk.gif")
    assert all((game / file).is_file() for file in first.steps[3].files)
    assert again.shown == first.shown
    assert [step.was_kept for step in again.steps] == [True, True, False, False]
    assert "unchanged" in again.steps[2].files[0]


def test_without_a_clip_each_sprite_is_one_by_its_name(library: Library, game: Path) -> None:
    items = [keep(library, 1, "key"), keep(library, 2, "key"), keep(library, 3, "lamp")]

    (sheet,) = run(library, game, '[[steps]]\nid = "s"\ndo = "sheet"\nsprite_ids = "$items"\n', items=items).shown

    assert list(cast("dict[str, object]", library.get(sheet).facts["clips"])) == ["a-key", "a-key-2", "a-lamp"]


def test_the_games_own_export_formats_are_taken_where_a_step_names_none(library: Library, game: Path) -> None:
    (game / "pixels.toml").write_text("")
    style = GameStyle(game / "pixels.toml", export_formats=("png",))
    steps = '[[steps]]\nid = "e"\ndo = "export"\neach = "$items"\nsprite_id = "$item"\n'

    made = run(library, game, steps, style, items=[keep(library, 1, "key"), keep(library, 2, "lamp")])

    assert made.steps[0].files == (
        "exports/a-key.png",
        "exports/a-key.json",
        "exports/a-lamp.png",
        "exports/a-lamp.json",
    )
    assert json.loads((game / "exports" / "a-key.json").read_text())["sprite_id"] == "key-0001.1"


def test_a_file_that_holds_something_else_stays(library: Library, game: Path) -> None:
    (game / "exports").mkdir()
    (game / "exports" / "a-key.png").write_bytes(b"drawn by hand")
    steps = '[[steps]]\nid = "e"\ndo = "export"\nsprite_id = "$items.1"\nformats = ["png"]\n'

    with pytest.raises(PixelsError, match=r"own.toml: step 1 \(e\): .*key.png exists already and holds something else"):
        run(library, game, steps, items=[keep(library, 1, "key")])

    assert (game / "exports" / "a-key.png").read_bytes() == b"drawn by hand"
    assert not (game / "exports" / "a-key.json").exists()


def test_a_folder_that_leads_out_through_a_link_is_refused(library: Library, game: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (game / "exports").symlink_to(tmp_path / "elsewhere")
    steps = '[[steps]]\nid = "e"\ndo = "export"\nsprite_id = "$items.1"\nformats = ["png"]\n'

    with pytest.raises(PixelsError, match=r"step 1 \(e\): exports leads out"):
        run(library, game, steps, items=[keep(library, 1)])

    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        'do = "draw"\nprompt = "x"\nreference = "../secret.png"\n',
        'do = "draw"\nprompt = "x"\nreference = "/etc/hostname"\n',
        'do = "draw"\nprompt = "x"\nreference = "linked/secret.png"\n',
        'do = "tileset"\nupper = "../grass.png"\nlower = "water"\n',
        'do = "edit"\noperation = "inpaint"\nprompt = "x"\nsprite_id = "a-0001.1"\nmask = "/root/mask.png"\n',
        'do = "animate"\nsprite_id = "a-0001.1"\ndirections = 4\nviews = {north = "../a.png", east = "b.png"}\n',
    ],
)
def test_a_file_outside_the_games_folder_is_refused_before_anything_is_done(
    library: Library, game: Path, tmp_path: Path, words: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (game / "linked").symlink_to(tmp_path / "elsewhere")
    before = '[[steps]]\nid = "turned"\ndo = "edit"\nsprite_id = "$items.1"\noperation = "flip"\naxis = "x"\n'
    sprite_id = keep(library, 1)

    with pytest.raises(WorkflowError, match=r"own.toml: step 2 \(last\): \w+: .* lies outside the game's folder"):
        run(library, game, f'{before}[[steps]]\nid = "last"\n{words}', items=[sprite_id])

    assert [entry.sprite_id for entry in library.search(limit=10)] == [sprite_id]


def test_a_deploy_without_a_game_is_refused_before_anything_is_done(library: Library, tmp_path: Path) -> None:
    sprite_id = keep(library, 1)

    with pytest.raises(NotABevyProjectError, match=r"step 3 \(placed\)"):
        run(library, tmp_path, CHAIN, items=[sprite_id])
    with pytest.raises(PixelsError, match=r"no game.s folder"):
        run(library, None, CHAIN, items=[sprite_id])

    assert [entry.sprite_id for entry in library.search(limit=10)] == [sprite_id]


def test_sprites_of_two_sizes_do_not_stand_on_one_sheet(library: Library, game: Path) -> None:
    items = [keep(library, 1), keep(library, 2, size_px=(16, 24))]

    with pytest.raises(PixelsError, match=r"32 x 32 px, .* 16 x 24"):
        run(library, game, '[[steps]]\nid = "s"\ndo = "sheet"\nsprite_ids = "$items"\n', items=items)


def test_a_run_that_broke_goes_on_where_it_broke(library: Library, game: Path) -> None:
    items = [keep(library, seed) for seed in (1, 2)]
    (game / "art").mkdir()
    (game / "art" / "out").write_text("in the way")
    with pytest.raises(PixelsError, match=r"step 4 \(files\)"):
        run(library, game, CHAIN, items=items)
    (game / "art" / "out").unlink()

    again = run(library, game, CHAIN, items=items)

    assert [step.was_kept for step in again.steps] == [True, True, False, False]
    assert (game / "art" / "out" / "walker.aseprite").is_file()
