"""Checkerboards that were painted where transparency was meant."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from helpers.beasts import WHITE, beast, blurred, checkered, enlarged, on_ground
from helpers.fake_art import scene, tile
from pixels_mcp.errors import NoGridError
from pixels_mcp.pixelart import pixels as pixels_module
from pixels_mcp.pixelart.pixelize import PixelizeOptions, pixelize
from pixels_mcp.pixelart.recovery.checkerboard import find_checkerboard
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.joint import recover_frames
from pixels_mcp.pixelart.recovery.recover import recover, recover_image

BOARDS = [
    # cell, square, light, dark, blur, jpeg
    (14.8, 16.0, 255, 204, 0.0, None),
    (17.0, 8.0, 102, 64, 0.8, None),
    (11.0, 20.0, 255, 238, 0.8, 90),
    (20.7, 24.0, 210, 150, 1.5, 80),
    (13.0, 40.0, 60, 20, 0.8, 85),
    (16.0, 12.5, 250, 190, 0.8, None),
    (20.0, 20.0, 241, 190, 0.0, None),
]


def on_board(
    side: int, seed: int, board: tuple[float, float, int, int, float, int | None]
) -> tuple[np.ndarray, np.ndarray]:
    """An animal with white parts on a painted checkerboard, and its art."""
    cell_px, square_px, light, dark, blur_px, jpeg = board
    animal = beast(side, seed, parts=WHITE)
    large = enlarged(animal.art, cell_px)
    painted = on_ground(large, checkered(large.shape[0], large.shape[1], square_px, light, dark))
    return blurred(painted, blur_px, jpeg=jpeg, seed=seed), animal.art


@pytest.mark.parametrize("board", BOARDS)
def test_a_painted_checkerboard_goes_before_the_grid_is_looked_for(
    board: tuple[float, float, int, int, float, int | None],
) -> None:
    picture, art = on_board(40, round(board[0]), board)

    recovery, board_seen = recover(picture), find_checkerboard(picture)

    kept, drawn = recovery.pixels[..., 3] > 0, art[..., 3] > 0
    assert recovery.kind == "grid"
    assert recovery.background_removed
    assert recovery.pixels.shape == art.shape
    assert (kept & drawn).sum() / (kept | drawn).sum() >= 0.98
    assert board_seen is not None
    assert board_seen.square_px == pytest.approx(board[1], rel=0.05)
    assert f"squares of {board_seen.square_px:g} px" in recovery.notes[0]


def test_a_board_of_which_one_gray_was_erased_goes_too() -> None:
    picture, art = on_board(40, 3, (14.0, 18.0, 255, 228, 0.0, None))
    drawn = enlarged(art, 14.0)[..., 3] > 0
    picture[~drawn & (picture[..., 0] == 255)] = 0

    board = find_checkerboard(picture)

    assert board is not None
    assert board.levels == (228,)
    assert (board.cleared(picture)[..., 3] > 0).sum() == drawn.sum()


@pytest.mark.parametrize("band_lines", [1, 7, 100])
def test_a_picture_gives_the_same_however_many_lines_are_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch, band_lines: int
) -> None:
    picture, _ = on_board(40, 5, (16.0, 12.5, 250, 190, 0.8, None))
    monkeypatch.setattr(pixels_module, "BAND_LINES", len(picture))
    at_once, board = recover_image(Image.fromarray(picture)), find_checkerboard(picture)

    monkeypatch.setattr(pixels_module, "BAND_LINES", band_lines)
    in_bands, board_in_bands = recover_image(Image.fromarray(picture)), find_checkerboard(picture)

    assert board is not None
    assert board_in_bands is not None
    assert (board_in_bands.mask == board.mask).all()
    assert (board_in_bands.levels, board_in_bands.square_px) == (board.levels, board.square_px)
    assert in_bands.tobytes() == at_once.tobytes()


def test_a_board_is_kept_where_a_person_says_so_and_its_squares_are_no_cells() -> None:
    picture, art = on_board(40, 5, (14.8, 22.0, 255, 204, 0.8, None))

    recovery = recover(picture, choice=CutChoice(ground="keep"))

    assert recovery.pixels.shape == art.shape
    assert (recovery.pixels[..., 3] == 255).all()
    assert "was kept" in recovery.notes[0]


def test_a_board_behind_what_is_no_pixel_art_is_told() -> None:
    y, x = np.mgrid[0:300, 0:300]
    painted = checkered(300, 300, 25, 255, 204)
    ball = (y - 150) ** 2 + (x - 150) ** 2 < 80**2
    painted[ball] = np.stack([x * 0.8, y * 0.6, 255 - x * 0.7], axis=-1)[ball]
    picture = blurred(painted, 0.8)

    with pytest.raises(NoGridError, match="checkerboard"):
        pixelize(picture)
    made = pixelize(picture, PixelizeOptions(size_px=(48, 48)))

    assert any("checkerboard" in note for note in made.notes)
    assert made.pixels[0, 0, 3] == 0


def test_frames_on_a_board_lose_it() -> None:
    picture, art = on_board(36, 2, (12.0, 16.0, 255, 204, 0.8, None))

    frames = recover_frames([picture, picture])

    assert frames[0].pixels.shape == art.shape
    assert frames[0].pixels[0, 0, 3] == 0
    assert "painted checkerboard" in frames[0].notes[0]


@pytest.mark.parametrize("name", ["floor_marble_floor1", "floor_lab-stone5"])
def test_floors_and_plain_grounds_are_no_boards(name: str) -> None:
    assert find_checkerboard(np.tile(tile(name), (3, 3, 1))) is None
    assert find_checkerboard(np.kron(scene("sprite_ettin"), np.ones((8, 8, 1), dtype=np.uint8))) is None


def test_a_chessboard_with_nothing_on_it_stays() -> None:
    empty = checkered(256, 256, 32, 255, 204).astype(np.uint8)
    picture = np.dstack([empty, np.full((256, 256), 255, dtype=np.uint8)])

    assert find_checkerboard(picture) is None
