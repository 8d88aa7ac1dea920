"""Edits that a model draws, through a whole worker: what stays stays to the bit, and the recipe makes them again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.client import Client
from pixels_mcp.errors import InvalidArgumentError, PixelsError, RegionError, SizeNotSupportedError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.redraws import redraw_of
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import encode_png
from pixels_mcp.requests import RedrawRequest


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    with threaded_worker(home) as connect:
        yield connect()


def keep(library: Library, pixels: Rgba, *, kind: Any = "sprite") -> LibraryEntry:
    recipe = Recipe(format_version=2, operation="import", request={}, plan={})
    new = NewEntry(seed=0, prompt="a knight", model="imported", facts={}, entry_kind=kind)
    return library.add(f"knight-{library.reserve_number():04d}.1", pixels, recipe, new)


def figure(side: int = 32) -> Rgba:
    picture = np.zeros((side, side, 4), dtype=np.uint8)
    picture[4:-2, 8:-8] = (60, 90, 160, 255)
    picture[6:10, 10:-10] = (240, 200, 160, 255)
    picture[::5, 9:-9, :3] //= 2
    return picture


def ground() -> Rgba:
    chance = np.random.default_rng(4)
    picture = np.full((32, 32, 4), 255, dtype=np.uint8)
    picture[..., :3] = np.array((90, 130, 60)) + chance.integers(0, 4, (32, 32, 1)) * 12
    return picture


def redrawn(client: Client, library: Library, **words: Any) -> list[SpriteInfo]:
    job = client.wait(client.redraw(redraw_of(EditRequest(**words), library)).job_id, PATIENCE_S)
    assert job.state == "done", job.parts[0].error
    return list(job.parts[0].sprites)


def test_every_pixel_outside_the_region_stays_and_some_inside_change(client: Client, library: Library) -> None:
    parent = keep(library, figure())

    sprites = redrawn(
        client, library, sprite_id=parent.sprite_id, operation="inpaint", prompt="a crown", region="6,0,20,9",
        strength=1.0, count=3, seed=7,
    )  # fmt: skip

    assert len(sprites) == 3
    for sprite in sprites:
        before, after = open_picture(parent.path), open_picture(sprite.path)
        changed = (before != after).any(axis=-1)
        assert changed[0:9, 6:26].any()
        changed[0:9, 6:26] = False
        assert not changed.any()
        entry = library.get(sprite.sprite_id)
        assert entry.parent == parent.sprite_id
        assert read_recipe(entry.path).sources.keys() == {"parent", "mask"}
        assert sprite.reference
        assert sprite.reference.name == parent.sprite_id


@pytest.mark.parametrize("operation", ["vary", "inpaint", "extend", "seams"])
def test_a_drawn_edit_is_made_again_to_the_byte_without_its_parent(
    client: Client, library: Library, operation: str, home: Path
) -> None:
    parent = keep(library, ground() if operation == "seams" else figure())
    mask = np.zeros((32, 32, 4), np.uint8)
    mask[3:12, 4:20] = 255
    (home / "mask.png").write_bytes(encode_png(mask))
    words: dict[str, Any] = {
        "vary": {"strength": 0.6},
        "inpaint": {"prompt": "a hat", "mask": str(home / "mask.png")},
        "extend": {"left_px": 8},
        "seams": {},
    }[operation]
    (sprite,) = redrawn(client, library, sprite_id=parent.sprite_id, operation=operation, seed=3, **words)
    library.remove(parent.sprite_id)
    library.empty_trash()
    (home / "mask.png").unlink()

    again = client.wait(client.regenerate(read_recipe(sprite.path).model_dump()).job_id, PATIENCE_S).parts[0]

    assert again.error is None
    assert again.sprites[0].sha256 == sprite.sha256
    assert again.sprites[0].sprite_id != sprite.sprite_id


def test_a_larger_canvas_keeps_the_sprite_where_it_was(client: Client, library: Library) -> None:
    parent = keep(library, figure())
    (sprite,) = redrawn(client, library, sprite_id=parent.sprite_id, operation="extend", right_px=12)

    after = open_picture(sprite.path)
    assert after.shape == (32, 44, 4)
    assert np.array_equal(after[:32, :32], figure())


def test_a_part_of_a_picture_larger_than_the_model_is_redrawn_in_a_window(client: Client, library: Library) -> None:
    parent = keep(library, figure(96))
    (sprite,) = redrawn(
        client, library, sprite_id=parent.sprite_id, operation="inpaint", prompt="a buckle", region="40,60,10,8",
        strength=1.0,
    )  # fmt: skip
    changed = (open_picture(sprite.path) != figure(96)).any(axis=-1)
    assert changed.any()
    assert changed[60:68, 40:50].sum() == changed.sum()
    with pytest.raises(SizeNotSupportedError, match="what changes spans 80 x 90 px"):
        redrawn(client, library, sprite_id=parent.sprite_id, operation="inpaint", prompt="x", region="8,4,80,90")


def test_only_the_rim_of_a_ground_changes(client: Client, library: Library) -> None:
    parent = keep(library, ground())
    (sprite,) = redrawn(client, library, sprite_id=parent.sprite_id, operation="seams", axis="x", rim_px=3)
    changed = (open_picture(sprite.path) != ground()).any(axis=-1)
    assert changed.any()
    assert not changed[:, 3:-3].any()


def _mask(home: Path, pixels: np.ndarray) -> str:
    (home / "m.png").write_bytes(encode_png(pixels))
    return str(home / "m.png")


def test_masks_and_regions_that_name_nothing_are_refused_by_name(home: Path, library: Library) -> None:
    parent = keep(library, figure()).sprite_id
    empty, small = np.zeros((32, 32, 4), np.uint8), np.full((8, 8, 4), 255, np.uint8)

    def refused(kind: type[PixelsError], match: str, **words: Any) -> None:
        with pytest.raises(kind, match=match) as caught:
            redraw_of(EditRequest(sprite_id=parent, operation="inpaint", prompt="x", **words), library)
        assert caught.value.hint

    refused(RegionError, "the mask is empty", mask=_mask(home, empty))
    refused(RegionError, "the mask is 8 x 8 px, the picture 32 x 32", mask=_mask(home, small))
    refused(RegionError, "reaches beyond the picture of 32 x 32 px", region="30,30,5,5")
    refused(RegionError, "no area", region="3,3,0,5")
    refused(RegionError, "has 1 pixel", region="9,9,1,1")
    refused(RegionError, "is no region", region="the head")
    refused(RegionError, "no pixel of the 32 x 32 picture", region="color:#00ff00")
    with pytest.raises(InvalidArgumentError, match="fill their square"):
        redraw_of(EditRequest(sprite_id=parent, operation="seams"), library)
    with pytest.raises(InvalidArgumentError, match="no open side"):
        redraw_of(EditRequest(sprite_id=keep(library, ground()).sprite_id, operation="extend", left_px=3), library)
    with pytest.raises(InvalidArgumentError, match="of kind tileset"):
        redraw_of(EditRequest(sprite_id=keep(library, ground(), kind="tileset").sprite_id, operation="vary"), library)


def test_a_ground_drawn_plainly_says_that_it_does_not_join(client: Client) -> None:
    from pixels_mcp.requests import SpriteRequest

    plain = client.wait(client.submit(SpriteRequest(prompt="a stone floor", transparent=False)).job_id, PATIENCE_S)
    free = client.wait(client.submit(SpriteRequest(prompt="a stone floor", transparent=True)).job_id, PATIENCE_S)

    (floor,), (cut,) = plain.parts[0].sprites, free.parts[0].sprites
    joins = max(floor.facts["seam_error_x"], floor.facts["seam_error_y"]) <= 1.0  # type: ignore[type-var]  # both are numbers
    assert joins != any("does not join" in note for note in floor.notes)
    assert not any("does not join" in note for note in cut.notes)


def test_the_frames_of_a_clip_are_redrawn_each_for_itself_in_one_job(client: Client, library: Library) -> None:
    first = figure()
    frames = [first, np.roll(first, (0, 2), axis=(0, 1))]
    words: dict[str, Any] = {
        "operation": "vary", "prompt": "a knight", "reference": library.keep_reference(np.concatenate(frames)),
        "parent_sha256": "0" * 64, "frames": 2, "count": 2, "strength": 0.4, "transparent": True, "seed": 5,
    }  # fmt: skip

    job = client.wait(client.redraw(parse_request(RedrawRequest, words)).job_id, PATIENCE_S)
    redrawn_frames = [open_picture(sprite.path) for sprite in job.parts[0].sprites]

    for before, after in zip(frames, redrawn_frames, strict=True):
        assert after.shape == before.shape
        assert not after[before[..., 3] == 0].any(), "nothing is drawn where the frame is empty"
        assert (after != before).any(axis=-1)[before[..., 3] > 0].mean() > 0.05
    with pytest.raises(InvalidArgumentError, match="3 frames are 3 variants, not 2"):
        parse_request(RedrawRequest, {**words, "frames": 3})
    with pytest.raises(PixelsError, match="64 rows is not 3 frames"):
        client.redraw(parse_request(RedrawRequest, {**words, "frames": 3, "count": 3}))
