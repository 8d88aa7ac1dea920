"""Taking a background away without eating the drawing."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.beasts import beast, blurred, enlarged, glowing, meadow, on_ground
from helpers.fake_art import scene, sprite_names, tile
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.recovery.cutout import CutChoice, remove_background
from pixels_mcp.pixelart.recovery.recover import recover

WHITE, BLACK, RED, MAGENTA = (255, 255, 255, 255), (0, 0, 0, 255), (200, 30, 30, 255), (255, 0, 255, 255)
SKY, INK_PIXEL = (110, 180, 240, 255), (26, 20, 34, 255)


def ring(background: tuple[int, ...], inside: tuple[int, ...], hole_px: int, size_px: int = 24) -> np.ndarray:
    """A square of ink on a background, with a square of another colour in its middle."""
    picture = np.full((size_px, size_px, 4), background, dtype=np.uint8)
    picture[3:-3, 3:-3] = RED
    start = (size_px - hole_px) // 2
    picture[start : start + hole_px, start : start + hole_px] = inside
    return picture


@pytest.mark.parametrize("name", sprite_names()[::3])
def test_what_is_left_is_the_drawing(name: str) -> None:
    done = remove_background(scene(name, background=(0, 200, 70)))
    cut, removed = done.pixels, done.removed

    assert removed
    drawn = np.pad(tile(name), ((6, 6), (6, 6), (0, 0)))[..., 3] > 0
    kept = cut[..., 3] > 0
    assert (kept & drawn).sum() / (kept | drawn).sum() >= 0.97


def test_a_hole_in_a_colour_that_is_no_gray_shows_the_background_and_goes() -> None:
    done = remove_background(ring(SKY, SKY, hole_px=6))

    assert done.pixels[12, 12, 3] == 0
    assert "1 patch" in done.notes[0]
    assert "(36 px)" in done.notes[0]


@pytest.mark.parametrize("ground", [WHITE, BLACK, (128, 130, 127, 255), (245, 240, 230, 255)])
def test_a_patch_of_white_black_or_gray_is_a_part_of_the_drawing(ground: tuple[int, ...]) -> None:
    done = remove_background(ring(ground, ground, hole_px=6))

    assert done.pixels[12, 12].tolist() == list(ground)
    assert done.pixels[0, 0, 3] == 0
    assert "(36 px)" in done.notes[0]


def test_a_persons_word_about_holes_is_followed() -> None:
    gone = remove_background(ring(WHITE, WHITE, hole_px=6), CutChoice(holes="remove"))
    kept = remove_background(ring(MAGENTA, MAGENTA, hole_px=6), CutChoice(holes="keep"))

    assert gone.pixels[12, 12, 3] == 0
    assert kept.pixels[12, 12].tolist() == list(MAGENTA)


def test_a_ground_that_the_drawing_uses_all_over_is_one_of_its_colours() -> None:
    art = np.full((32, 32, 4), SKY, dtype=np.uint8)
    art[3:-3, 3:-3] = RED
    art[6:-4:6, 6:-4] = np.where(np.arange(22)[None, :, None] % 6 < 5, SKY, RED)

    assert remove_background(art).pixels[6, 6].tolist() == list(SKY)


@pytest.mark.parametrize("seed", range(4))
def test_a_white_chest_on_white_survives_recovery(seed: int) -> None:
    animal = beast(40, seed, parts=WHITE[:3])

    recovery = recover(blurred(enlarged(on_ground(animal.art, WHITE[:3]), 20), 0.8))

    assert recovery.pixels.shape == animal.art.shape
    assert (recovery.pixels[animal.parts][:, 3] == 255).all()
    assert (recovery.pixels[..., 3] != animal.art[..., 3]).sum() <= 2
    assert any("kept as part" in note for note in recovery.notes)


@pytest.mark.parametrize("seed", range(3))
def test_a_scene_keeps_its_ground_and_tells_the_share_of_it(seed: int) -> None:
    scene_art = meadow(seed)

    done = remove_background(scene_art)
    asked = remove_background(scene_art, CutChoice(ground="remove"))

    assert not done.removed
    assert np.array_equal(done.pixels, scene_art)
    assert "% of the picture" in done.notes[0]
    assert asked.removed
    assert asked.pixels[0, 0, 3] == 0


@pytest.mark.parametrize(
    ("key", "seed"), [((255, 0, 255), 0), ((255, 0, 255), 1), ((60, 220, 60), 2), ((0, 255, 0), 3)]
)
def test_a_key_colour_goes_with_its_shades_and_leaves_the_outline(key: tuple[int, int, int], seed: int) -> None:
    animal = beast(48, seed)
    drawn = animal.art[..., 3] > 0

    picture = blurred(enlarged(on_ground(animal.art, key), 6.2, wobble=0.2, seed=seed), 1.0, jpeg=85)
    recovery = recover(picture, cell_px=6.2)

    kept = recovery.pixels[..., 3] > 0
    assert recovery.pixels.shape == animal.art.shape
    distance = oklab(recovery.pixels[kept][:, :3]) - oklab(np.array(key, dtype=np.uint8))
    assert np.linalg.norm(distance, axis=1).min() > 0.2
    assert (kept & drawn).sum() / (kept | drawn).sum() >= 0.96


def test_a_thing_in_a_shade_of_the_key_colour_stays() -> None:
    art = np.full((24, 24, 4), MAGENTA, dtype=np.uint8)
    art[4:20, 4:20] = (200, 40, 190, 255)

    assert (remove_background(art).pixels[4:20, 4:20, 3] == 255).all()


@pytest.mark.parametrize("cell_px", [8, 11, 13.6])
def test_thin_tendrils_of_a_leafs_green_stay_whole_on_a_green_key(cell_px: float) -> None:
    green, leaf, rim, tendril = (103, 214, 79, 255), (66, 104, 30, 255), (91, 138, 48, 255), (26, 87, 4, 255)
    art = np.full((48, 48, 4), green, dtype=np.uint8)
    y, x = np.mgrid[0:48, 0:48]
    art[np.hypot(y - 18, x - 24) < 12] = (190, 80, 10, 255)
    for middle in (13, 34):
        art[np.hypot(y - 27, x - middle) < 6] = rim
        art[np.hypot(y - 27, x - middle) < 4.6] = leaf
        art[24:30, middle] = rim
    art[38, 8:40] = tendril
    art[30:39, 24] = tendril
    art[np.arange(39, 45), np.arange(39, 45) - 12] = tendril
    drawn = (art != green).any(axis=-1)

    picture = blurred(enlarged(art, cell_px), 1.0, jpeg=90)
    kept = recover(picture, size_px=(48, 48)).pixels[..., 3] > 0

    assert kept[(art == tendril).all(axis=-1)].all()
    assert (kept & drawn).sum() / (kept | drawn).sum() >= 0.99


@pytest.mark.parametrize(("ground", "seed"), [((32, 72, 78), 0), ((70, 60, 90), 1), ((150, 130, 110), 2)])
def test_a_ground_that_fades_goes_whole(ground: tuple[int, int, int], seed: int) -> None:
    animal = beast(64, seed)

    recovery = recover(glowing(animal.art, 12, ground, seed))

    kept, drawn = recovery.pixels[..., 3] > 0, animal.art[..., 3] > 0
    assert recovery.background_removed
    assert (kept & drawn).sum() / (kept | drawn).sum() >= 0.98


def test_a_drawing_that_fades_into_its_ground_keeps_all_of_it_and_says_so() -> None:
    y, x = np.mgrid[0:48, 0:48]
    near = np.exp(-((y - 24) ** 2 + (x - 24) ** 2) / 120)[..., None]
    rgb = np.array([60, 50, 90]) * (1 - near) + np.array([70, 160, 210]) * near
    art = np.dstack([rgb, np.full((48, 48), 255)]).astype(np.uint8)

    done = remove_background(art)

    assert not done.removed
    assert "fades" in done.notes[0]


def test_a_faint_rim_of_the_ground_along_an_outline_goes_with_it_and_a_silver_one_stays() -> None:
    art = np.full((16, 16, 4), 255, dtype=np.uint8)
    art[4:12, 4:12, :3] = (20, 18, 22)
    art[3, 4:12, :3], art[4:12, 12, :3] = 232, 170

    drawn = remove_background(art).pixels[..., 3] > 0

    assert not drawn[3].any()
    assert drawn[4:12, 4:13].all()


def test_a_white_eye_on_white_stays() -> None:
    cut = remove_background(ring(WHITE, WHITE, hole_px=1)).pixels

    assert cut[11, 11].tolist() == list(WHITE)


def test_a_white_ghost_on_white_stays_inside_its_outline() -> None:
    ghost = np.full((24, 24, 4), WHITE, dtype=np.uint8)
    ghost[3:-3, 3:-3] = BLACK
    ghost[4:-4, 4:-4] = WHITE

    done = remove_background(ghost)
    cut, removed = done.pixels, done.removed

    assert removed
    assert cut[0, 0, 3] == 0
    assert cut[12, 12].tolist() == list(WHITE)


def test_a_key_colour_goes_everywhere() -> None:
    cut = remove_background(ring(MAGENTA, MAGENTA, hole_px=1)).pixels

    assert cut[11, 11, 3] == 0


@pytest.mark.parametrize("name", ["floor_lab-stone5", "floor_marble_floor1", "floor_slime2", "floor_snake3"])
def test_a_floor_has_no_background(name: str) -> None:
    floor = np.tile(tile(name), (2, 2, 1))

    done = remove_background(floor)
    cut, removed = done.pixels, done.removed

    assert not removed
    assert np.array_equal(cut, floor)


def test_a_picture_that_is_cut_out_already_is_left_alone() -> None:
    art = tile("sprite_ettin")

    done = remove_background(art)
    cut, removed = done.pixels, done.removed

    assert not removed
    assert np.array_equal(cut, art)


def test_a_plain_picture_does_not_vanish() -> None:
    plain = np.full((16, 16, 4), RED, dtype=np.uint8)

    done = remove_background(plain)
    cut, removed = done.pixels, done.removed

    assert not removed
    assert np.array_equal(cut, plain)
