"""Art of the assistant's own becomes a sprite like any other: kept, shown back, redrawn, animated, deployed."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.mcp_faces import draw, images_of, run_async, server_here, text_of, told
from helpers.plain_home import plain_home
from pixels_mcp.mcp_server.library_tools.importing_tool import IMPORT

HERO = {
    "rows": [
        "....kkkk....",
        "...khhhhk...",
        "...kffffk...",
        "...kfefek...",
        "...kffffk...",
        "..kbbbbbbk..",
        ".kbkbbbbkbk.",
        ".kfkbbbbkfk.",
        "..kkbbbbkk..",
        "...kllllk...",
        "...klkklk...",
        "...kl..lk...",
        "...kk..kk...",
    ],
    "legend": {"k": "#1a1423", "h": "#7a4a20", "f": "#f2c199", "e": "#20304a", "b": "#2f6db5", "l": "#4a3a30"},
    "name": "hero",
    "prompt": "a small hero",
}

GROUND = {
    "rows": ["gdgggggdggdggggg", "ggggdggggggggdgg"] * 8,
    "legend": {"g": "#4c8a3a", "d": "#3f7431"},
    "name": "turf",
}


@pytest.fixture
def game(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    return tmp_path


@run_async
async def test_a_sketch_goes_every_way_that_a_sprite_goes(game: Path) -> None:
    with plain_home():
        async with server_here(projects=(game,)) as client:
            result = await client.call_tool("import_sprite", HERO)
            sketch = told(result)
            (shown,) = images_of(result)
            sprite_id = sketch["sprite_id"]
            redrawn = await draw(client, prompt="a small hero", reference=sprite_id, strength=0.2, steps=2)
            moving = told(await client.call_tool("animate_sprite", {"sprite_id": sprite_id, "motions": "idle"}))
            ground = told(await client.call_tool("import_sprite", GROUND))["sprite_id"]
            tiles = told(await client.call_tool("make_tileset", {"upper": ground, "kind": "single", "tile_px": 16}))
            await client.call_tool("deploy_to_bevy", {"sprite_id": sprite_id})
            again = told(await client.call_tool("import_sprite", HERO))

    assert (sprite_id, sketch["entry_kind"], sketch["is_new"]) == ("hero-0001.1", "sprite", True)
    assert sketch["facts"]["colors"] == 6
    assert max(Image.open(io.BytesIO(base64.b64decode(shown.data))).size) >= 256
    assert redrawn["sprites"][0]["redrawn_from"] == f"sprite {sprite_id}"
    assert moving["facts"]["clips"]
    assert (tiles["entry_kind"], tiles["parts"]) == ("tileset", [ground])
    assert (again["sprite_id"], again["is_new"]) == (sprite_id, False)
    with Image.open(game / "assets" / "sprites" / "hero.png") as deployed:
        assert deployed.size == (12, 13)
        assert np.array(deployed.convert("RGBA"))[3, 5].tolist() == [0x20, 0x30, 0x4A, 255]


@pytest.mark.usefixtures("home")
@run_async
async def test_the_example_in_the_tools_text_works_as_it_stands() -> None:
    example = re.search(r"\{.*\}", IMPORT)
    assert example
    async with server_here() as client:
        answer = told(await client.call_tool("import_sprite", json.loads(example[0])))
    assert answer["sprite_id"] == "berry-0001.1"


@pytest.mark.usefixtures("home")
@run_async
async def test_a_file_is_imported_from_the_games_folder_and_from_nowhere_else(game: Path) -> None:
    strip = np.zeros((16, 48, 4), np.uint8)
    strip[4:12, [4, 5, 20, 21, 36, 37]] = (200, 40, 60, 255)
    Image.fromarray(strip).save(game / "walk cycle.png")
    (game / "sheet.json").write_text(
        json.dumps({"frames": [{"frame": {"x": 0, "y": 0, "w": 8, "h": 8}}], "meta": {"image": "out.png"}})
    )
    outside = game.parent / "outside.png"
    Image.fromarray(strip).save(outside)
    (game / "out.png").symlink_to(outside)

    async with server_here(projects=(game,)) as client:
        sheet = told(await client.call_tool("import_sprite", {"path": "walk cycle.png", "tile": [16, 16]}))
        placed = told(await client.call_tool("deploy_to_bevy", {"sprite_id": sheet["sprite_id"], "name": "walk"}))
        refused = [
            await client.call_tool("import_sprite", words)
            for words in (
                {"path": str(outside)},
                {"path": "sheet.json"},
                {"path": "walk cycle.png", "rows": ["r"]},
                {"tile": [8, 8], **HERO},
                {"frame_ms": 80, **HERO},
            )
        ]

    assert (sheet["entry_kind"], sheet["facts"]["frames"]) == ("animation", 3)
    assert "walk.sprite.ron" in placed["asset"]
    assert "animations" in (game / "assets" / "sprites" / "walk.sprite.ron").read_text()
    assert all(one.is_error and "Next: " in text_of(one) for one in refused)
    assert ["outside the allowed folders" in text_of(one) for one in refused[:2]] == [True, True]


@pytest.mark.usefixtures("home")
@run_async
async def test_a_pixelized_picture_is_a_sprite_that_is_deployed(game: Path) -> None:
    y, x = np.mgrid[:16, :16]
    gem = np.full((16, 16, 4), 255, np.uint8)
    gem[abs(x - 7.5) + abs(y - 7.5) < 7.5] = (30, 10, 20, 255)
    gem[abs(x - 7.5) + abs(y - 7.5) < 6] = (200, 30, 50, 255)
    Image.fromarray(gem).resize((208, 208), Image.Resampling.NEAREST).convert("RGB").save(game / "gem.png")

    async with server_here(projects=(game,)) as client:
        made = told(await client.call_tool("pixelize_image", {"path": "gem.png"}))
        again = told(await client.call_tool("pixelize_image", {"path": "gem.png"}))
        done = told(await client.call_tool("deploy_to_bevy", {"sprite_id": made["sprite_id"]}))
        of_library = told(await client.call_tool("view_sprite", {"sprite_ids": [made["sprite_id"]]}))["sprites"][0]
        kept = told(await client.call_tool("pixelize_image", {"path": of_library["path"]}))

    assert made["sprite_id"] == again["sprite_id"] == "gem-0001.1"
    assert made["sprite_id"] in made["next"]
    assert done["sprite_ids"] == ["gem-0001.1"]
    assert (game / "assets" / "sprites" / "gem.png").is_file()
    assert kept["path"].startswith(str(Path(of_library["path"]).parents[1])), "beside a library file nothing is written"
