"""`*.tileset.ron`: written in one form, read or refused as in the game, whose golden files these are too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.bevy.formats.tileset_file import TilesetFile, parse_tileset
from pixels_mcp.bevy.undo import undo
from pixels_mcp.errors import NameTakenError, SheetFileError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.requests import DeployRequest

GOLDEN = Path(__file__).parents[1] / "golden" / "tileset_ron"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text("utf-8"))


def golden(kind: str, name: str) -> str:
    return (GOLDEN / kind / f"{name}.tileset.ron").read_text("utf-8")


@pytest.mark.parametrize("name", EXPECTED["valid"])
def test_a_golden_file_is_read_and_written_byte_for_byte(name: str) -> None:
    wanted = EXPECTED["valid"][name]
    read = parse_tileset(golden("valid", name), label=name)

    assert read == TilesetFile.model_validate(wanted)
    assert read.to_ron() == golden("valid", name)


@pytest.mark.parametrize("name", EXPECTED["broken"])
def test_a_broken_file_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(SheetFileError) as caught:
        parse_tileset(golden("broken", name), label=f"{name}.tileset.ron")
    assert str(caught.value).startswith(f"{name}.tileset.ron")
    assert caught.value.hint


def test_every_golden_file_is_expected() -> None:
    for kind in ("valid", "broken"):
        files = {file.name.removesuffix(".tileset.ron") for file in (GOLDEN / kind).iterdir()}
        assert files == set(EXPECTED[kind])


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


@pytest.fixture
def game(tmp_path: Path) -> Path:
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    (tmp_path / "assets").mkdir()
    return tmp_path


def keep(library: Library, **told: Any) -> str:
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[..., 0] = np.arange(64)
    recipe = Recipe(format_version=2, operation="tileset", request={"name": "shore"}, plan={})
    words: dict[str, Any] = {"seed": 0, "prompt": "shore", "model": "tileset", "facts": {}, "name": "shore", **told}
    new = NewEntry(**words)
    return library.add(f"shore-{library.reserve_number():04d}.1", pixels, recipe, new).sprite_id


FACTS = {
    "tileset_kind": "corner",
    "tile_px": 16,
    "columns": 4,
    "tiles": [[code, 0] for code in range(16)],
    "weights": [1] * 16,
    "terrains": ["water", "grass"],
}


def test_a_tileset_is_deployed_with_its_codes_and_taken_back(library: Library, game: Path) -> None:
    sprite_id = keep(library, entry_kind="tileset", facts=FACTS)
    request = DeployRequest(sprite_id=sprite_id, project=str(game))

    done = deploy(library, request, [game], confirm=False)

    manifest = game / "assets" / "sprites" / "shore.tileset.ron"
    assert done.asset == "sprites/shore.tileset.ron"
    told = parse_tileset(manifest.read_text(), label="x")
    assert (told.image, told.kind, told.tiles[9]) == ("shore.png", "Corner", ((9, 1),))
    assert deploy(library, request, [game], confirm=False).state == "unchanged"

    back = undo(str(game), "shore", [game], confirm=False)
    assert not manifest.exists()
    assert not (manifest.parent / "shore.png").exists()
    assert back.asset == "sprites/shore.tileset.ron"


def test_a_sprite_and_a_tileset_do_not_share_a_picture(library: Library, game: Path) -> None:
    tiles, sprite = keep(library, entry_kind="tileset", facts=FACTS), keep(library)
    deploy(library, DeployRequest(sprite_id=sprite, project=str(game)), [game], confirm=False)
    for on_conflict in ("error", "replace"):
        words: Any = {"sprite_id": tiles, "project": str(game), "on_conflict": on_conflict}
        with pytest.raises(NameTakenError, match=r"shore\.sprite\.ron stands there"):
            deploy(library, DeployRequest(**words), [game], confirm=False)
    renamed = deploy(
        library, DeployRequest(sprite_id=tiles, project=str(game), on_conflict="rename"), [game], confirm=False
    )
    assert renamed.asset == "sprites/shore-2.tileset.ron"
