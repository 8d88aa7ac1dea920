"""`pixels-mcp tileset` and `animate` as a person calls them, with pictures of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.commands import pixels
from pixels_mcp.png import encode_png


@pytest.fixture
def tiles(home: Path) -> tuple[str, str]:
    files: list[str] = []
    for name, color in (("grass.png", (80, 140, 60)), ("water.png", (40, 80, 160))):
        chance = np.random.default_rng(3)
        pixels_of = np.full((32, 32, 4), 255, dtype=np.uint8)
        pixels_of[..., :3] = np.array(color) + chance.integers(0, 4, (32, 32, 1)) * 8
        (home / name).write_bytes(encode_png(pixels_of))
        files.append(name)
    return files[0], files[1]


def test_own_tiles_become_a_sheet_and_a_map(home: Path, tiles: tuple[str, str]) -> None:
    done = pixels(
        "tileset", *tiles, "--name", "shore", "-o", "out", "--map", "out/map.png",
        "--map-size", "6x4", "--json", cwd=home,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["entry_kind"] == "tileset"
    assert Image.open(told["files"]["sheet"]).size == (128, 128)
    assert Image.open(told["files"]["map"]).size == (6 * 32, 4 * 32)
    assert Path(told["path"]).read_bytes()[:4] == b"\x89PNG"


def test_words_that_do_not_fit_end_with_exit_code_2_and_say_so(home: Path, tiles: tuple[str, str]) -> None:
    done = pixels("tileset", *tiles, "--kind", "wall", "--border", "bank", cwd=home)
    assert done.returncode == 2
    assert "walls have no border" in done.stderr
    assert "Traceback" not in done.stderr
    done = pixels("tileset", *tiles, "--map", "m.png", "--map-size", "9", cwd=home)
    assert done.returncode == 2
    assert "20x12" in done.stderr


def test_a_sprite_of_the_library_moves(home: Path, tiles: tuple[str, str]) -> None:
    made = json.loads(pixels("tileset", tiles[0], "--kind", "single", "--json", cwd=home).stdout)
    refused = pixels("animate", made["sprite_id"], cwd=home)
    assert refused.returncode == 2
    assert "a single sprite is animated" in refused.stderr


def test_views_are_given_as_side_and_picture(home: Path, tiles: tuple[str, str]) -> None:
    kept = json.loads(pixels("library", "import", tiles[0], "--json", cwd=home).stdout)[0]["sprite_id"]
    done = pixels(
        "animate", kept, "--motion", "float", "--directions", "4", "--view", f"north={kept}", "--view",
        f"east={tiles[0]}", "--json", cwd=home,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)["facts"]["clips"]) == [f"float_{d}" for d in ("south", "east", "north", "west")]
    for views, told in (("north", "not a view"), ("up=x.png", "up"), ("north=x.png", "not a file")):
        wrong = pixels("animate", kept, "--directions", "4", "--view", views, "--view", f"east={kept}", cwd=home)
        assert wrong.returncode in (1, 2)
        assert told in wrong.stderr
        assert "Traceback" not in wrong.stderr


def test_an_edit_is_a_new_sprite_and_is_made_again_from_its_file(home: Path, tiles: tuple[str, str]) -> None:
    kept = json.loads(pixels("library", "import", tiles[0], "--json", cwd=home).stdout)[0]["sprite_id"]
    done = pixels("edit", kept, "rotate", "--turns", "2", "--json", cwd=home)

    assert done.returncode == 0, done.stderr
    turned = json.loads(done.stdout)
    assert turned["parent"] == kept
    again = pixels("regenerate", turned["path"], "--check", "--json", cwd=home)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["sha256"] == turned["sha256"]
    wrong = pixels("edit", kept, "rotate", "--axis", "x", cwd=home)
    assert wrong.returncode == 2
    assert "rotate takes no axis; it takes turns" in wrong.stderr


def test_a_tileset_is_exported_mapped_and_read_by_tiled(home: Path, tiles: tuple[str, str]) -> None:
    import pytiled_parser

    done = pixels("tileset", *tiles, "--name", "shore", "--export", "tiled,bevy", "-o", "out", "--json", cwd=home)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert pytiled_parser.parse_map(home / "out" / "shore.tmx").map_size.width == 20
    assert (home / "out" / "shore.tileset.ron").read_text().startswith("(\n    version: 1,")

    drawn = pixels("map", made["sprite_id"], "--size", "6x4", "-o", "out/m.png", "--seed", "3", cwd=home)
    assert drawn.returncode == 0, drawn.stderr
    assert Image.open(home / "out" / "m.png").size == (6 * 32, 4 * 32)

    job = made["sprite_id"].rpartition(".")[0]
    exported = pixels("export", job, "--as", "png,ldtk", "-o", "all", "--names", "{kind}-{number}", "--json", cwd=home)
    assert exported.returncode == 0, exported.stderr
    assert [Path(file).name for file in json.loads(exported.stdout)["files"]] == [
        "tileset-1.png", "tileset-1.json", "tileset-1.ldtk"
    ]  # fmt: skip
    wrong = pixels("export", made["sprite_id"], "--as", "psd", "-o", "all", cwd=home)
    assert wrong.returncode == 2
    assert "aseprite-json" in wrong.stderr
