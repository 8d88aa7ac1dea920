"""Things that a sheet was cut through stand whole again; art that is a little too large for its canvas is narrowed."""

from __future__ import annotations

import numpy as np

from pixels_mcp.training.packs.pack_wholes import told_captions, whole_things
from pixels_mcp.training.packs.training_canvas import fit_to_canvas, narrowed

SHEET = "tiny_ski/object/cable_car_ski_lift"


def cell(value: int) -> np.ndarray:
    return np.full((16, 16, 4), (value, value, value, 255), np.uint8)


def test_the_cells_of_a_sheet_are_put_together_in_their_places() -> None:
    cells = [(f"{SHEET}_r{row:02d}c{column:02d}.png", cell(10 * row + column)) for row in (4, 5) for column in (7, 8)]

    ((path, pixels, caption),) = whole_things("kenney_pixel", cells)

    assert path.startswith(SHEET)
    assert caption == "cable car"
    assert pixels.shape == (32, 32, 4)
    assert [int(pixels[y, x, 0]) for y in (0, 31) for x in (0, 31)] == [47, 48, 57, 58]


def test_a_sheet_of_which_nothing_is_there_makes_nothing() -> None:
    assert whole_things("kenney_pixel", []) == []
    assert whole_things("toys", [(f"{SHEET}_r04c07.png", cell(1))]) == []


def test_captions_told_by_hand_belong_to_their_pack_alone() -> None:
    told = told_captions("platformer_mix")

    assert told["grafxkid/object/snack_machine_bench_trash_bin_00.png"] == "vending machine"
    assert told_captions("toys") == {}


def test_art_of_eighteen_pixels_stands_on_sixteen_with_its_outline_whole() -> None:
    box = np.zeros((32, 32, 4), np.uint8)
    box[5:23, 4:22] = (20, 20, 20, 255)
    box[6:22, 5:21] = (200, 120, 40, 255)

    fitted = fit_to_canvas(box, fills=False, may_halve=False)

    assert fitted is not None
    assert fitted.shape == (16, 16, 4)
    assert (fitted[[0, -1], :, 0] == 20).all()
    assert (fitted[:, [0, -1], 0] == 20).all()
    assert (fitted[1:-1, 1:-1, 0] == 200).all()


def test_narrowing_leaves_out_plain_lines_and_keeps_every_other_pixel() -> None:
    stripes = np.zeros((20, 16, 4), np.uint8)
    stripes[..., 3] = 255
    stripes[:, :, 0] = np.repeat([0, 50, 100, 150, 200, 250, 30, 80, 130, 180], 2)[:, None]

    left = narrowed(stripes, 16)

    assert left.shape == (16, 16, 4)
    assert set(left[:, 0, 0].tolist()) == set(stripes[:, 0, 0].tolist())
