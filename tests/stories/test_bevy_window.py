"""What stands on the screen is what stands in the library, pixel by pixel: the real game, drawn in software."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.bevy_games import keep, make_game, picture, wait_until
from helpers.real_game import BUILD_S, built_example, count_wrong_pixels, running, virtual_display
from helpers.toolchains import REPOSITORY
from pixels_mcp import png
from pixels_mcp.bevy.deploy import deploy, deploy_sheet
from pixels_mcp.bevy.frames import bob
from pixels_mcp.bevy.game import read_game
from pixels_mcp.bevy.screenshot import GameView, view_game
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest

pytestmark = [pytest.mark.bevy, pytest.mark.display, pytest.mark.timeout(BUILD_S + 300)]


def look(project: Path) -> tuple[GameView, np.ndarray]:
    view = view_game(project, [project])
    return view, png.decode_png(Path(view.path).read_bytes())[0]


def test_every_sprite_on_the_screen_has_the_librarys_pixels_also_after_a_swap(tmp_path: Path) -> None:
    library, project = Library(tmp_path / "library"), make_game(tmp_path / "game")
    sizes_px = {"floor": (32, 32), "wall": (32, 32), "chest": (32, 32), "sword": (16, 32), "slime": (24, 40)}
    sizes_px["potion"] = (32, 32)
    seeds = {name: seed for seed, name in enumerate(sizes_px, start=1)}
    frames = {f"sprites/{name}.sprite.ron": [picture(seeds[name], *sizes_px[name])] for name in sizes_px}
    frames["sprites/hero.sprite.ron"] = bob(picture(40))

    def put(name: str, seed: int, size_px: tuple[int, int] = (32, 32)) -> str:
        request = DeployRequest(
            sprite_id=keep(library, seed, name, size_px), project=str(project), name=name, on_conflict="replace"
        )
        return deploy(library, request, [project]).state

    with virtual_display(tmp_path) as display, running(project, "--zoom", "3", environment=display):
        before, empty_room = look(project)
        assert before.sprites == (), "placeholders are no sprites"

        assert {put(name, seed, sizes_px[name]) for name, seed in seeds.items()} == {"confirmed"}
        hero = SheetRequest(
            sprite_ids=(keep(library, 40),),
            project=str(project),
            name="hero",
            bob=True,
            animation="walk",
            pivot=(0.5, 1.0),
        )
        assert deploy_sheet(library, hero, [project]).state == "confirmed"
        _check(*look(project), frames=frames)

        assert put("potion", 50, (16, 16)) == "confirmed"
        frames["sprites/potion.sprite.ron"] = [picture(50, 16, 16)]
        view, screen = look(project)
        _check(view, screen, frames=frames)

    assert not np.array_equal(screen, empty_room)


def _check(view: GameView, screen: np.ndarray, *, frames: dict[str, list[np.ndarray]]) -> None:
    assert {sprite.sheet for sprite in view.sprites} == set(frames)
    compared: dict[str, int] = {}
    for sprite in view.sprites:
        opaque, wrong = count_wrong_pixels(screen, sprite, frames[sprite.sheet][sprite.frame], view.sprites)
        assert wrong == 0, f"{sprite.name} at {sprite.screen_px}: {wrong} wrong pixels"
        compared[sprite.sheet] = compared.get(sprite.sheet, 0) + opaque
    assert all(count > 100 for count in compared.values()), compared


@pytest.mark.parametrize(("example", "sheet"), [("one_sheet", "potion"), ("walking_hero", "hero")])
def test_the_examples_of_the_crate_show_their_sheet_pixel_by_pixel(tmp_path: Path, example: str, sheet: str) -> None:
    project = make_game(tmp_path / "game")
    art = REPOSITORY / "bevy_bridge" / "examples" / "assets"
    shutil.copytree(art, project / "examples" / "assets")
    with virtual_display(tmp_path) as display:
        environment = {**os.environ, **display, "BEVY_ASSET_ROOT": str(project)}
        with (project / "game.log").open("wb") as log:
            player = subprocess.Popen([built_example(example)], env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: read_game(project / ".pixels") is not None, what="it reports")
            wait_until(lambda: (project / ".pixels" / "ack.jsonl").exists(), what="the sheet is loaded")
            view, screen = look(project)
        finally:
            player.kill()
            player.wait()

    (sprite,) = view.sprites
    assert (sprite.sheet, view.notes) == (f"sprites/{sheet}.sprite.ron", ())
    x, y, width, height = sprite.source_px
    frame = png.decode_png((art / "sprites" / f"{sheet}.png").read_bytes())[0][y : y + height, x : x + width]
    opaque, wrong = count_wrong_pixels(screen, sprite, frame)
    assert opaque > 100
    assert wrong == 0
