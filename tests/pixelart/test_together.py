"""Frames of an animation and members of a set: one grid, one palette; sheets, atlases and animated files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from helpers.fake_art import agreement, fake, scene, sprite_names, tile
from pixels_mcp.errors import NoGridError, PixelArtError, SheetError
from pixels_mcp.pixelart.recovery.joint import recover_frames, recover_set
from pixels_mcp.pixelart.sheets.animation import animation_bytes
from pixels_mcp.pixelart.sheets.atlas_json import FrameTag, aseprite_json, texture_packer_json
from pixels_mcp.pixelart.sheets.sheet import grid_sheet, packed_sheet


def walk(steps: int = 4) -> list[np.ndarray]:
    """Frames of a figure that bobs by one pixel."""
    base = scene("sprite_ettin")
    return [np.roll(base, number % 2, axis=0) for number in range(steps)]


def colors_of(pictures: list[np.ndarray]) -> set[tuple[int, ...]]:
    return {tuple(rgb) for one in pictures for rgb in one[one[..., 3] > 0][:, :3].tolist()}


def test_frames_come_back_on_one_grid_in_one_palette() -> None:
    frames = [
        fake(frame, 9.4, shift=(0.3, 0.2), blur=0.08, noise=3, seed=number) for number, frame in enumerate(walk())
    ]

    frames_back = [one.pixels for one in recover_frames(frames)]

    assert {frame.shape for frame in frames_back} == {frames_back[0].shape}
    assert len(colors_of(frames_back)) <= 1.2 * len(colors_of([tile("sprite_ettin")]))
    # The figure bobs by exactly one pixel, so that no frame jumps.
    tops = [int(np.flatnonzero(frame[..., 3].any(axis=1))[0]) for frame in frames_back]
    assert [top - tops[0] for top in tops] == [0, 1, 0, 1]


def test_frames_of_two_sizes_are_no_animation() -> None:
    with pytest.raises(PixelArtError, match="one size, got 10 x 10, 12 x 10"):
        recover_frames([np.zeros((10, 10, 4), np.uint8), np.zeros((10, 12, 4), np.uint8)])


def test_a_set_shares_cell_and_palette() -> None:
    names = sprite_names()[:3]
    pictures = [fake(scene(name), 8, shift=(0.2 * k, 0.1), blur=0.1, noise=2) for k, name in enumerate(names)]

    pictures_back = [one.pixels for one in recover_set(pictures)]

    for name, one in zip(names, pictures_back, strict=True):
        assert abs(one.shape[0] - 44) <= 1
        assert agreement(one, np.pad(tile(name), ((6, 6), (6, 6), (0, 0))), levels=20) >= 0.9


def test_native_members_of_a_set_keep_their_pixels() -> None:
    art = scene("sprite_ettin", background=(255, 0, 255))

    other = fake(scene("sprite_buckler3", background=(255, 0, 255)), 9, blur=0.1)
    native, _ = (one.pixels for one in recover_set([art, other]))

    assert native.shape == art.shape
    assert np.array_equal(native[..., 3] > 0, np.pad(tile("sprite_ettin"), ((6, 6), (6, 6), (0, 0)))[..., 3] > 0)


def test_members_of_a_set_say_what_became_of_their_backgrounds() -> None:
    plain = fake(scene("sprite_ettin"), 8, blur=0.1, noise=2)
    filled = fake(np.tile(tile("floor_marble_floor1"), (2, 2, 1)), 8, blur=0.1, noise=2)

    kept = recover_set([plain, filled])

    assert all((one.pixels[..., 3] == 255).all() and not one.background_removed for one in kept)
    assert all("1 of 2 pictures show a plain one" in one.notes[0] for one in kept)


def test_a_set_without_any_grid_says_so() -> None:
    smooth = np.full((64, 64, 4), 255, dtype=np.uint8)
    smooth[..., 0] = np.arange(64)
    smooth[..., 1] = np.arange(64)[:, None]

    with pytest.raises(NoGridError, match="none of 2 pictures"):
        recover_set([smooth, smooth])


@pytest.mark.parametrize("file_format", ["gif", "png", "webp"])
def test_an_animation_keeps_pixels_and_times(file_format: str) -> None:
    frames = [np.pad(tile(name), 0) for name in ("sprite_ettin", "sprite_tengu_warrior", "sprite_buckler3")]

    data = animation_bytes(frames, [100, 50, 200], file_format)  # type: ignore[arg-type]  # words of a test

    with Image.open(io.BytesIO(data)) as picture:
        read = [(np.array(one.convert("RGBA")), one.info["duration"]) for one in ImageSequence.Iterator(picture)]
    assert [shown for _, shown in read] == [100, 50, 200]
    for (pixels, _), frame in zip(read, frames, strict=True):
        assert np.array_equal(pixels[..., 3], frame[..., 3])
        assert np.array_equal(pixels[frame[..., 3] > 0], frame[frame[..., 3] > 0])


def test_a_gif_of_many_colours_has_one_palette_for_all_frames() -> None:
    random = np.random.default_rng(0)
    frames = [np.dstack([random.integers(0, 256, (24, 24, 3)), np.full((24, 24), 255)]).astype(np.uint8) for _ in "ab"]

    with Image.open(io.BytesIO(animation_bytes(frames, 100, "gif"))) as picture:
        read = [np.array(one.convert("RGBA")) for one in ImageSequence.Iterator(picture)]

    assert len(colors_of(read)) <= 255


def test_an_atlas_tells_where_the_frames_stand() -> None:
    frames = [tile("sprite_ettin"), tile("sprite_buckler3")]
    sheet, layout = packed_sheet(frames, names=["ettin", "shield"], pivot=(0.5, 1.0), padding_px=2, extrude_px=1)

    packed = texture_packer_json(layout, "sheet.png")
    listed = aseprite_json(layout, "sheet.png", durations_ms=[80, 90], tags={"idle": FrameTag(0, 1)})

    for name, frame in (("ettin", frames[0]), ("shield", frames[1])):
        box = packed["frames"][name]["frame"]
        cut = sheet[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]]
        assert np.array_equal(cut, frame)
        assert packed["frames"][name]["pivot"] == {"x": 0.5, "y": 1.0}
    assert packed["meta"]["size"] == {"w": sheet.shape[1], "h": sheet.shape[0]}
    assert [one["duration"] for one in listed["frames"]] == [80, 90]
    assert listed["meta"]["frameTags"] == [{"name": "idle", "from": 0, "to": 1, "direction": "forward"}]


def test_extruded_edges_repeat_the_frame() -> None:
    floor = tile("floor_lab-stone5")

    sheet, layout = grid_sheet([floor, floor], columns=2, extrude_px=1)

    one = layout.frames[1]
    assert np.array_equal(sheet[one.y_px - 1, one.x_px : one.x_px + 32], floor[0])
    assert np.array_equal(sheet[one.y_px : one.y_px + 32, one.x_px + 32], floor[:, -1])


def test_frames_of_two_sizes_do_not_stand_on_a_grid() -> None:
    with pytest.raises(SheetError, match=r"2 sizes \(16 x 16, 32 x 32\)"):
        grid_sheet([tile("sprite_ettin"), tile("sprite_ettin")[:16, :16]])


def test_a_tag_beyond_the_last_frame_is_refused() -> None:
    _, layout = grid_sheet([tile("sprite_ettin")])

    with pytest.raises(SheetError, match="covers frames 0 to 1 of 1"):
        aseprite_json(layout, "a.png", tags={"walk": FrameTag(0, 1)})
