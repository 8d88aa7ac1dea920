from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.bevy_games import keep, make_game, picture, shown, speaking, wait_until
from helpers.waiting import PATIENCE_S
from pixels_mcp import png
from pixels_mcp.bevy.deploy import deploy, deploy_sheet
from pixels_mcp.bevy.deploy_registry import read_registry
from pixels_mcp.bevy.formats.atlas import SheetFile, parse_sheet, single_sprite
from pixels_mcp.bevy.project import find_project
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.bevy.undo import redo, undo
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest
from pixels_mcp.watch.watcher import Told, Watcher


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def game(tmp_path: Path, library: Library) -> Path:
    """A game in which hero stands."""
    folder = make_game(tmp_path / "game")
    put(library, folder, keep(library, 1))
    return folder


@pytest.fixture
def hero(game: Path) -> Path:
    return game / "assets" / "sprites" / "hero.png"


def put(library: Library, game: Path, sprite_id: str, name: str | None = None) -> Path:
    request = DeployRequest(sprite_id=sprite_id, project=str(game), on_conflict="replace", name=name)
    return Path(deploy(library, request, [game], confirm=False).files[0].path)


class Watching:
    """A watcher on its thread, and what it told."""

    def __init__(self, game: Path, library: Library, **words: object) -> None:
        self.told: list[Told] = []
        self.stop, self.ready = threading.Event(), threading.Event()
        project = find_project(game, allowed_roots=[game])
        self.watcher = Watcher(project, library, tell=self.told.append, **words)  # type: ignore[arg-type]  # words of a test
        self.thread = threading.Thread(
            target=self.watcher.run, args=(self.stop,), kwargs={"when_ready": self.ready.set}, daemon=True
        )

    def wait_for(self, count: int) -> list[Told]:
        wait_until(lambda: len(self.told) >= count, what=f"{count} reports, got {self.told}")
        return self.told

    def stay_silent(self, seconds: float = 0.5) -> None:
        """Nothing more is told for a while, long enough for a change to be noticed."""
        count = len(self.told)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert len(self.told) == count, self.told[count:]
            time.sleep(0.02)


@contextmanager
def watching(game: Path, library: Library, **words: object) -> Generator[Watching]:
    one = Watching(game, library, **words)
    one.thread.start()
    assert one.ready.wait(PATIENCE_S)
    try:
        yield one
    finally:
        one.stop.set()
        one.thread.join(timeout=PATIENCE_S)
        assert not one.thread.is_alive()


def edited(seed: int = 1) -> np.ndarray:
    pixels = picture(seed)
    pixels[10:14, 10:14] = (255, 0, 255, 255)
    return pixels


def test_an_edit_in_the_games_folder_is_confirmed_and_registered_as_one(
    library: Library, game: Path, hero: Path
) -> None:
    with speaking(game, "sprites/hero.png"), watching(game, library) as watch:
        saved = png.encode_png(edited())
        hero.write_bytes(saved)
        (told,) = watch.wait_for(1)
        watch.stay_silent()

    assert told.result is not None
    assert (told.name, told.result.state) == ("hero", "confirmed")
    assert hero.read_bytes() == saved, "a person's file is left as it was saved"
    entry = read_registry(game / ".pixels" / "deployed.json").sprites["hero"]
    assert (entry.edited, entry.sprite_ids) == (True, ("hero-0001.1",))


def test_an_edit_that_the_games_watcher_lost_reaches_it_all_the_same(library: Library, game: Path, hero: Path) -> None:
    with speaking(game, "sprites/hero.png") as voice, watching(game, library) as watch:
        voice.deaf_to_moves = True
        saved = hero.with_name("hero.png~saving")
        saved.write_bytes(png.encode_png(edited()))
        saved.replace(hero)
        (told,) = watch.wait_for(1)

    assert told.result is not None
    assert told.result.state == "confirmed"


def test_undo_takes_an_edit_back(library: Library, game: Path, hero: Path) -> None:
    before = hero.read_bytes()
    with watching(game, library) as watch:
        hero.write_bytes(png.encode_png(edited()))
        watch.wait_for(1)
        undo(game, "hero", [game])
        watch.stay_silent()

    assert hero.read_bytes() == before


def test_a_burst_of_saves_is_one_deploy(library: Library, game: Path, hero: Path) -> None:
    with watching(game, library) as watch:
        for step in range(20):
            pixels = edited()
            pixels[0, step] = (1, 2, 3, 255)
            hero.write_bytes(png.encode_png(pixels))
        watch.wait_for(1)
        watch.stay_silent()

    assert len(watch.told) == 1
    assert shown(hero)[0, 19].tolist() == [1, 2, 3, 255]


def test_a_half_written_file_waits_until_it_is_whole(library: Library, game: Path, tmp_path: Path) -> None:
    art = tmp_path / "art"
    art.mkdir()
    data = png.encode_png(np.random.default_rng(1).integers(0, 256, (64, 64, 4), dtype=np.uint8))
    target = game / "assets" / "sprites" / "ghost.png"
    with watching(game, library, art=art) as watch:
        with (art / "ghost.png").open("wb") as stream:
            for part in range(0, len(data), len(data) // 4):
                stream.write(data[part : part + len(data) // 4])
                stream.flush()
                assert not target.exists()
                time.sleep(0.2)
        (told,) = watch.wait_for(1)

    assert told.problem is None
    assert np.array_equal(shown(target), png.decode_png(data)[0] * (png.decode_png(data)[0][..., 3:] > 0))


def test_a_file_that_stays_broken_is_told_once_and_never_deployed(
    library: Library, game: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixels_mcp.watch.watcher.UNREADABLE_S", 0.4)
    art = tmp_path / "art"
    art.mkdir()
    with watching(game, library, art=art) as watch:
        (art / "hero.png").write_bytes(png.encode_png(edited())[:-30])
        (art / "photo.png").write_bytes(b"\xff\xd8 not a PNG")
        told = {one.file.name: one for one in watch.wait_for(2)}
        watch.stay_silent()

    assert "damaged" in str(told["hero.png"].problem)
    assert "not a PNG" in str(told["photo.png"].problem)
    assert all(one.next for one in told.values())
    assert np.array_equal(shown(game / "assets" / "sprites" / "hero.png"), picture(1))


def test_deploys_of_other_processes_are_no_edits(library: Library, game: Path) -> None:
    with watching(game, library) as watch:
        put(library, game, keep(library, 2), "hero")
        put(library, game, keep(library, 3, "potion"))
        watch.stay_silent(1.2)


def test_a_picture_in_the_art_folder_is_put_into_the_game_by_its_name(
    library: Library, game: Path, tmp_path: Path
) -> None:
    art = tmp_path / "art"
    art.mkdir()
    with watching(game, library, art=art) as watch:
        (art / "hero.png").write_bytes(png.encode_png(edited()))
        (art / "door.png").write_bytes(png.encode_png(picture(9, 16, 24)))
        (art / "notes.txt").write_text("no picture")
        (art / ".hidden.png").write_bytes(b"")
        told = watch.wait_for(2)
        watch.stay_silent()

    assert sorted(one.name for one in told) == ["door", "hero"]
    sprites = game / "assets" / "sprites"
    assert np.array_equal(shown(sprites / "hero.png"), edited())
    assert parse_sheet((sprites / "door.sprite.ron").read_text(), label="door").size == (16, 24)


def test_what_was_saved_before_the_watch_began_is_caught_up_with(library: Library, game: Path, tmp_path: Path) -> None:
    art, sprites = tmp_path / "art", game / "assets" / "sprites"
    art.mkdir()
    sprite_id = keep(library, 7)
    for name in ("same", "older", "newer", "edited"):
        put(library, game, sprite_id, name)
    (art / "same.png").write_bytes(png.encode_png(shown(sprites / "same.png")))
    for name, age_s in (("older", 60), ("newer", -60), ("missing", 60)):
        (art / f"{name}.png").write_bytes(png.encode_png(edited()))
        then = (sprites / "newer.png").stat().st_mtime - age_s
        os.utime(art / f"{name}.png", (then, then))
    (sprites / "edited.png").write_bytes(png.encode_png(edited()))
    (sprites / "foreign.png").write_bytes(png.encode_png(picture(5)))

    with watching(game, library, art=art) as watch:
        told = {one.name: one for one in watch.wait_for(4)}
        watch.stay_silent()

    assert set(told) == {"older", "newer", "missing", "edited"}
    assert "newer" in str(told["older"].problem)
    assert "save it again" in str(told["older"].next)
    for name in ("newer", "missing", "edited"):
        assert told[name].result is not None, name
        assert np.array_equal(shown(sprites / f"{name}.png"), edited()), name
    assert not np.array_equal(shown(sprites / "older.png"), edited())


def test_names_and_files_that_cannot_be_deployed_are_told_with_the_next_step(
    library: Library, game: Path, tmp_path: Path
) -> None:
    art = tmp_path / "art"
    art.mkdir()
    mine = game / "assets" / "sprites" / "mine.png"
    mine.write_bytes(png.encode_png(picture(4)))
    with watching(game, library, art=art) as watch:
        (art / "My Hero.png").write_bytes(png.encode_png(edited()))
        (art / "mine.png").write_bytes(png.encode_png(edited()))
        told = {one.file.name: one for one in watch.wait_for(2)}

    assert "is not a name" in str(told["My Hero.png"].problem)
    assert "was not put there by pixels-mcp" in str(told["mine.png"].problem)
    assert np.array_equal(shown(mine), picture(4))


def test_an_edit_is_brought_back_to_size_and_palette_when_asked(library: Library, game: Path, hero: Path) -> None:
    original = picture(1)
    off = original.copy()
    off[10:14, 10:14, :3] = original[10:14, 10:14, :3] ^ 1  # colours a bit off
    off[0, 0] = (9, 9, 9, 40)  # a soft edge
    enlarged = np.kron(off, np.ones((3, 3, 1), np.uint8))
    with watching(game, library, snap=True) as watch:
        hero.write_bytes(png.encode_png(enlarged))
        (told,) = watch.wait_for(1)
        watch.stay_silent()

    assert np.array_equal(shown(hero), original)
    assert "96 x 96 px brought to 32 x 32" in told.notes[0]
    assert "17 pixels brought to the sprite's 5 colors" in told.notes[1]


def test_an_edit_that_does_not_fit_is_told_and_left_alone(library: Library, game: Path, hero: Path) -> None:
    large = png.encode_png(picture(3, 50, 40))
    with watching(game, library, snap=True) as watch:
        hero.write_bytes(large)
        (told,) = watch.wait_for(1)

    assert "46 x 36 px does not fit on 32 x 32 px" in str(told.problem)
    assert hero.read_bytes() == large


def test_without_being_asked_an_edit_may_change_size_and_colors(library: Library, game: Path, hero: Path) -> None:
    with watching(game, library) as watch:
        hero.write_bytes(png.encode_png(picture(3, 48, 40)))
        watch.wait_for(1)

    assert parse_sheet(hero.with_name("hero.sprite.ron").read_text(), label="hero").size == (48, 40)


def test_a_sheet_that_got_another_frame_animates_it(library: Library, game: Path, hero: Path) -> None:
    request = SheetRequest(
        sprite_ids=("hero-0001.1",), project=str(game), bob=True, animation="walk", on_conflict="replace"
    )
    deploy_sheet(library, request, [game], confirm=False)
    manifest = hero.with_name("hero.sprite.ron")
    with watching(game, library) as watch:
        hero.write_bytes(png.encode_png(np.hstack([shown(hero), picture(5)])))
        watch.wait_for(1)
        sheet = parse_sheet(manifest.read_text(), label="hero")
        assert (sheet.frame_count, sheet.animations["walk"].frames) == (3, (0, 1, 2))

        hero.write_bytes(png.encode_png(picture(5, 50, 32)))
        told = watch.wait_for(2)[1]

    assert "no whole number of frames of 32 x 32" in str(told.problem)


def test_an_edit_of_the_librarys_file_reaches_every_name_made_of_it(library: Library, game: Path, hero: Path) -> None:
    put(library, game, "hero-0001.1", "twin")
    put(library, game, keep(library, 2), "other")
    with watching(game, library) as watch:
        stream = io.BytesIO()
        Image.fromarray(edited()).save(stream, "PNG")
        library.path_of("hero-0001.1").write_bytes(stream.getvalue())
        told = watch.wait_for(2)
        keep(library, 7)  # a new sprite is no edit
        watch.stay_silent()

    assert sorted(one.name for one in told) == ["hero", "twin"]
    assert np.array_equal(shown(hero), edited())
    assert np.array_equal(shown(hero.with_name("other.png")), picture(2))


def replace_by_hand(game: Path, name: str, pixels: np.ndarray, sheet: SheetFile) -> dict[str, bytes]:
    """Put a picture and a manifest of one's own into the game; returns their bytes."""
    sprites = game / "assets" / "sprites"
    own = {f"{name}.png": png.encode_png(pixels), f"{name}.sprite.ron": sheet.to_ron().encode()}
    for file_name, data in own.items():
        (game / file_name).write_bytes(data)
        (game / file_name).replace(sprites / file_name)
    return own


def standing(game: Path, name: str) -> dict[str, bytes]:
    sprites = game / "assets" / "sprites"
    return {file.name: file.read_bytes() for file in (sprites / f"{name}.png", sprites / f"{name}.sprite.ron")}


@pytest.mark.parametrize("size_px", [(64, 64), (64, 32), (32, 32), (96, 32)])
def test_picture_and_manifest_replaced_by_hand_are_undone_and_redone_as_one(
    library: Library, game: Path, size_px: tuple[int, int]
) -> None:
    request = SheetRequest(sprite_ids=(keep(library, 1),), project=str(game), bob=True, animation="walk", name="trial")
    deploy_sheet(library, request, [game], confirm=False)
    before = standing(game, "trial")
    with watching(game, library) as one:
        own = replace_by_hand(game, "trial", picture(9, *size_px), single_sprite("trial.png", *size_px))
        one.wait_for(1)
        assert standing(game, "trial")["trial.sprite.ron"] == own["trial.sprite.ron"]

        undo(game, "trial", [game])
        one.stay_silent()
        assert standing(game, "trial") == before

        redo(game, "trial", [game])
        one.stay_silent()
        assert standing(game, "trial") == own
    undo(game, "trial", [game])
    assert standing(game, "trial") == before


def test_an_edit_that_is_brought_back_to_the_palette_is_kept_as_it_was_saved(
    library: Library, game: Path, hero: Path
) -> None:
    pixels = shown(hero)
    pixels[10, 10] = (1, 2, 3, 128)
    own = png.encode_png(pixels)
    with watching(game, library, snap=True) as one:
        hero.write_bytes(own)
        (told,) = one.wait_for(1)
    assert hero.read_bytes() != own
    kept = Path(told.notes[-1].rpartition(" in ")[2])
    assert [file.read_bytes() for file in kept.rglob("as-saved.hero.png")] == [own]

    undo(game, "hero", [game])
    assert [file.read_bytes() for file in (game / ".pixels").rglob("as-saved.hero.png")] == [own]
