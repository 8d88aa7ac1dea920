"""One picture in, true pixel art out, with the options that people have."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from helpers.fake_art import fake, scene, tile
from helpers.real_art import beast, mixed_lattices
from pixels_mcp.errors import NoGridError, PictureSizeError, PixelShapeError
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.inspection import inspect_picture
from pixels_mcp.pixelart.pixelize import PixelizeOptions, pixelize, pixelize_frames, pixelize_set
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.search import UNSURE
from pixels_mcp.pixelart.sheets.comparison import before_and_after
from pixels_mcp.pixelart.sheets.preview import contact_sheet, enlarge, preview_png


def gradient(side_px: int = 200) -> np.ndarray:
    """A smooth picture without any grid."""
    ramp = np.linspace(0, 255, side_px)
    red, green = np.meshgrid(ramp, ramp)
    rgb = np.stack([red, green, np.sqrt(red * green)], axis=-1)
    return np.dstack([rgb, np.full((side_px, side_px), 255)]).astype(np.uint8)


def test_a_smaller_canvas_resamples_once_and_says_so() -> None:
    made = pixelize(fake(scene("sprite_ettin"), 10), PixelizeOptions(size_px=(16, 16)))

    assert made.pixels.shape == (16, 16, 4)
    assert made.facts.resampled
    assert any("resampled" in note for note in made.notes)


def test_a_larger_canvas_pads_and_never_scales() -> None:
    made = pixelize(fake(scene("sprite_ettin"), 10), PixelizeOptions(size_px=(64, 80), anchor="bottom"))

    assert made.pixels.shape == (80, 64, 4)
    assert made.facts.padded
    assert not made.facts.resampled
    assert made.facts.margins[3] == 0
    assert made.facts.bounding_box[2:] == measure_facts(tile("sprite_ettin")).bounding_box[2:]


def test_a_picture_without_grid_needs_a_size() -> None:
    with pytest.raises(NoGridError, match=r"200 x 200 px\) shows no pixel grid; give the size"):
        pixelize(gradient())

    made = pixelize(gradient(), PixelizeOptions(size_px=(24, 24), palette=load_palette("pico-8")))

    assert made.kind == "none"
    assert made.pixels.shape == (24, 24, 4)
    assert made.facts.resampled


def test_more_cells_than_pixels_are_refused() -> None:
    with pytest.raises(PictureSizeError, match="never scaled up"):
        pixelize(gradient(), PixelizeOptions(size_px=(400, 400)))


def test_every_option_changes_the_picture() -> None:
    picture = fake(scene("sprite_ettin"), 9.4, blur=0.1, noise=3)
    plain = pixelize(picture).pixels
    options = {
        "palette": PixelizeOptions(palette=load_palette("pico-8")),
        "max_colors": PixelizeOptions(max_colors=4),
        "dither": PixelizeOptions(max_colors=4, dither="bayer4"),
        "ground kept": PixelizeOptions(background=CutChoice(ground="keep")),
        "trim_edges": PixelizeOptions(trim_edges=True),
        "remove_orphans": PixelizeOptions(remove_orphans=True),
        "outer": PixelizeOptions(outline="outer", outline_color=np.array([255, 0, 0], np.uint8)),
        "inner": PixelizeOptions(outline="inner", outline_color=np.array([255, 0, 0], np.uint8)),
        "cell": PixelizeOptions(cell_px=18.8),
        "anchor": PixelizeOptions(size_px=(60, 60), anchor="bottom"),
    }
    results = {name: pixelize(picture, option).pixels for name, option in options.items()}
    results["nothing"] = plain

    assert len({(one.shape, one.tobytes()) for one in results.values()}) == len(results)


def test_an_outline_keeps_to_the_palette() -> None:
    duo = load_palette("game-boy")
    options = PixelizeOptions(palette=duo, outline="outer", outline_color=np.array([255, 0, 0], np.uint8))

    made = pixelize(fake(scene("sprite_ettin"), 8), options)

    assert set(made.facts.palette) <= set(duo.hex_codes)


def test_frames_are_pixelized_alike() -> None:
    frames = [fake(np.roll(scene("sprite_ettin"), k, axis=1), 8, blur=0.1, noise=2, seed=k) for k in range(3)]

    made = pixelize_frames(frames, PixelizeOptions(size_px=(48, 48), max_colors=6))

    assert {one.pixels.shape for one in made} == {(48, 48, 4)}
    assert len({code for one in made for code in one.facts.palette}) == 6
    assert all(one.facts.background_removed and one.facts.padded for one in made)


def test_frames_and_members_of_a_set_say_that_their_grid_is_unsure() -> None:
    picture = mixed_lattices(beast(84, 0), 12, seed=0)

    for made in (pixelize_frames([picture, picture]), pixelize_set([picture, picture])):
        assert all(one.confidence < UNSURE and "The grid is unsure" in one.notes[0] for one in made)


def test_a_render_is_finished_at_the_asked_size() -> None:
    render = fake(scene("sprite_tengu_warrior", margin_px=16), 16, blur=0.06, noise=3)

    finished = finish_sprite(render, size_px=(48, 48), max_colors=12, native=False)

    assert finished.pixels.shape == (48, 48, 4)
    assert finished.facts.background_removed
    assert not finished.facts.resampled
    assert finished.facts.colors <= 12
    assert finished.facts.margins[0] == pytest.approx(finished.facts.margins[2], abs=1)


def test_a_floor_of_a_render_stays_opaque() -> None:
    render = fake(np.tile(tile("floor_lab-stone5"), (2, 2, 1)), 16, blur=0.06, noise=3)

    finished = finish_sprite(render, size_px=(32, 32), transparent=False, native=False)

    assert finished.pixels.shape == (32, 32, 4)
    assert (finished.pixels[..., 3] == 255).all()
    assert finished.facts.resampled


def test_what_a_picture_is_is_told() -> None:
    art = tile("sprite_ettin")

    assert inspect_picture(art).kind == "native"
    large = inspect_picture(enlarge(art, 8))
    assert (large.kind, large.facts.cell_px, large.art_width_px, large.facts.on_grid) == ("native", 8, 32, True)
    faked = inspect_picture(fake(scene("sprite_ettin"), 9.4, blur=0.1, noise=3))
    assert (faked.kind, faked.art_width_px, faked.facts.on_grid) == ("grid", 44, False)
    assert faked.cell_candidates[0][0] == pytest.approx(9.4, rel=0.02)
    assert inspect_picture(gradient()).kind == "none"


def test_seams_are_measured_where_they_are() -> None:
    ramp = np.full((16, 16, 4), 255, dtype=np.uint8)
    ramp[..., :3] = (np.arange(16) * 16)[None, :, None]

    facts = measure_facts(ramp)

    assert facts.seam_error_x > 50
    assert facts.seam_error_y == 0


def test_orphans_are_single_pixels_that_stand_out() -> None:
    plain = np.full((20, 50, 4), (40, 40, 40, 255), dtype=np.uint8)
    plain[5, 5, :3] = 255
    plain[10:12, 20:22, :3] = 255

    assert measure_facts(plain).orphan_pixels_per_1000 == 1.0


@pytest.mark.parametrize("side_px", [1, 32, 300, 2000])
def test_a_preview_is_small_and_made_of_whole_pixels(side_px: int) -> None:
    pixels = np.resize(tile("sprite_ettin"), (side_px, side_px, 4))

    data = preview_png(pixels)

    assert len(data) <= 100_000
    with Image.open(io.BytesIO(data)) as shown:
        assert max(shown.size) <= 512
        if side_px == 32:
            assert shown.size == (256, 256)
            assert np.array_equal(np.array(shown)[::8, ::8], pixels)


def test_a_sheet_shows_every_picture() -> None:
    sheet = contact_sheet([tile("sprite_ettin")] * 5, ["a"] * 5, columns=3, cell_px=64)

    assert sheet.shape == (2 * (64 + 8 + 14) + 8, 3 * (64 + 8) + 8, 4)
    assert (sheet[..., 3] == 255).all()
    assert before_and_after(gradient(), tile("sprite_ettin"), 128).shape == (128, 264, 4)


@pytest.mark.parametrize("shape", [(4, 4, 3), (4, 4), (0, 4, 4)])
def test_what_is_no_picture_is_refused_by_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(PixelShapeError, match=r"expected \(H, W, 4\) uint8"):
        pixelize(np.zeros(shape, dtype=np.uint8))
