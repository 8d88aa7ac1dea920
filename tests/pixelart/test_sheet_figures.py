"""Sheets whose figures were drawn each for itself: every figure comes back in cells of its own lattice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from helpers.fake_art import fake, scene
from helpers.real_art import beast, enlarged, sheet_of
from pixels_mcp.pixelart.pixelize import pixelize
from pixels_mcp.pixelart.recovery.figures import find_figures
from pixels_mcp.pixelart.recovery.recover import Recovery, recover


def figures_in(recovery: Recovery) -> list[np.ndarray]:
    """The parts of a recovered sheet that stand free, in the order of reading."""
    opaque = ndimage.binary_dilation(recovery.pixels[..., 3] > 0, np.ones((3, 3), dtype=bool))
    labels, _ = ndimage.label(opaque, np.ones((3, 3), dtype=bool))
    boxes = sorted(ndimage.find_objects(labels), key=lambda box: (box[0].start // 20, box[1].start))
    return [trimmed(recovery.pixels[box]) for box in boxes]


def trimmed(art: np.ndarray) -> np.ndarray:
    """Art without its empty rim."""
    rows, columns = (np.flatnonzero((art[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    return art[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def on_nothing(art: np.ndarray) -> np.ndarray:
    """A drawing less its ground, which is the color of its corner."""
    cut = art.copy()
    cut[(art == art[0, 0]).all(axis=-1)] = 0
    return trimmed(cut)


@pytest.mark.parametrize(("cell_px", "spread"), [(3.85, 0.02), (14.4, 0.03)])
def test_each_figure_of_a_sheet_is_cut_by_itself(cell_px: float, spread: float) -> None:
    figures = [beast(32 + number % 3, number) for number in range(4)]

    recovery = recover(sheet_of(figures, 2, cell_px, spread=spread, seed=3))

    came_back = figures_in(recovery)
    assert len(came_back) == 4
    for truth, art in zip(map(on_nothing, figures), came_back, strict=True):
        assert np.abs(np.subtract(art.shape[:2], truth.shape[:2])).max() <= 1
        if art.shape == truth.shape:
            assert np.mean((art[..., 3] > 0) == (truth[..., 3] > 0)) >= 0.97
    assert sum(art.shape == on_nothing(truth).shape for truth, art in zip(figures, came_back, strict=True)) >= 3


def test_cells_of_several_sizes_on_one_sheet_are_told() -> None:
    figures = [beast(30, number) for number in range(4)]
    cells_px = (14.0, 14.3, 14.6, 14.9)
    room = np.full((480, 4 * 480, 4), 255, dtype=np.uint8)
    room[...] = figures[0][0, 0]
    for number, (figure, cell_px) in enumerate(zip(figures, cells_px, strict=True)):
        large = enlarged(figure, cell_px)
        left = number * 480 + 7 * number + 8
        room[10 : 10 + large.shape[0], left : left + large.shape[1]] = large

    made = pixelize(room)

    assert any("4 figures were cut each by itself (cells of 14 to 14.9 px)" in note for note in made.notes)


def test_a_sheet_on_one_lattice_keeps_it() -> None:
    art = np.concatenate([scene("sprite_ettin"), scene("sprite_buckler3")], axis=1)

    recovery = recover(fake(art, 9, blur=0.08, noise=2))

    assert recovery.grid is not None
    assert not recovery.grid.patches


def test_a_single_figure_and_a_full_scene_are_no_sheet() -> None:
    assert find_figures(enlarged(beast(40), 8)) == []
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 4)).astype(np.uint8)
    assert find_figures(noise) == []


def test_a_given_cell_is_followed_on_a_sheet() -> None:
    sheet = sheet_of([beast(32, number) for number in range(4)], 2, 10, spread=0.0, seed=5)

    recovery = recover(sheet, cell_px=5)

    assert recovery.grid is not None
    assert recovery.grid.cell_width_px == pytest.approx(5, rel=0.01)
