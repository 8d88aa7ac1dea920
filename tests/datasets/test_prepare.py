"""A folder of pictures becomes a set: native pixels, captions, no copies, a tenth held out; bad folders are named."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.own_art import own_sprite, write_own_set
from pixels_mcp.datasets import source_pictures
from pixels_mcp.datasets.check import check_set
from pixels_mcp.datasets.dataset import open_pixels, read_set, set_hash, write_set
from pixels_mcp.datasets.kohya_export import export_kohya
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.datasets.report import write_report
from pixels_mcp.errors import DatasetError
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.png import encode_png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_own_set(tmp_path / "art")


def test_a_folder_becomes_a_set_whose_pictures_are_the_sprites_themselves(tmp_path: Path, folder: Path) -> None:
    dataset = prepare_set(folder, tmp_path / "set", license_name="CC0-1.0")

    assert read_set(tmp_path / "set") == dataset
    assert (len(dataset.pictures), dataset.canvases(), dataset.license) == (12, {16: 12}, "CC0-1.0")
    assert sum(one.held_out for one in dataset.pictures) == 2
    first = next(one for one in dataset.pictures if one.source == "potion_00.png")
    assert first.caption == "green potion"
    shown = open_pixels(tmp_path / "set", first)
    own = own_sprite(0)
    assert sorted(shown[shown[..., 3] > 0].tolist()) == sorted(own[own[..., 3] > 0].tolist())


def test_enlarged_art_is_brought_to_its_native_pixels_first(tmp_path: Path, folder: Path) -> None:
    small = own_sprite(3)
    Image.fromarray(small).resize((144, 144), Image.Resampling.NEAREST).save(folder / "large_sword.png")
    (folder / "sword_01.png").unlink()

    dataset = prepare_set(folder, tmp_path / "set")

    left = [one.source for one in dataset.left_out]
    assert "large_sword.png" in left or any(
        one.source == "large_sword.png" and one.canvas_px == 16 and one.recovered for one in dataset.pictures
    )
    assert {one.canvas_px for one in dataset.pictures} == {16}


def test_one_picture_many_times_is_one_picture(tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(400):
        (many / f"sword{number}.png").write_bytes(encode_png(own_sprite(1)))

    with pytest.raises(
        DatasetError, match=r"1 pictures of many can be used.*nearly the same as sword0\.png.*and \d+ more"
    ):
        prepare_set(many, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_captions_beside_the_pictures_win_over_names(tmp_path: Path, folder: Path) -> None:
    (folder / "potion_00.txt").write_text("a bubbling   flask\n")
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "sword_01.png", "text": "rusty sword"}) + "\n")
    (folder / "captions.csv").write_text("file;caption\nshield_02.png;round shield\n")

    captions = {one.source: (one.caption, one.caption_author) for one in prepare_set(folder, tmp_path / "set").pictures}

    assert captions["potion_00.png"] == ("a bubbling flask", "file")
    assert captions["sword_01.png"] == ("rusty sword", "file")
    assert captions["shield_02.png"] == ("round shield", "file")
    assert captions["helmet_03.png"] == ("green helmet", "name")


def test_captions_for_other_files_are_named(tmp_path: Path, folder: Path) -> None:
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "elsewhere.png", "text": "a cat"}) + "\n")

    with pytest.raises(DatasetError, match=r"1 captions in art name none of its pictures \(for example 'elsewhere'"):
        prepare_set(folder, tmp_path / "set")


def test_frames_of_a_gif_are_pictures_of_one_side(tmp_path: Path, folder: Path) -> None:
    frames = [Image.fromarray(own_sprite(100 + n)) for n in range(4)]
    frames[0].save(folder / "slime_hop.gif", save_all=True, append_images=frames[1:], duration=100, disposal=2)

    dataset = prepare_set(folder, tmp_path / "set")

    mine = [one for one in dataset.pictures if one.source.startswith("slime_hop.gif#")]
    assert len(mine) == 4
    assert len({one.held_out for one in mine}) == 1


def test_a_zip_is_read_and_names_that_lead_out_of_it_are_not(tmp_path: Path, folder: Path) -> None:
    with zipfile.ZipFile(tmp_path / "art.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"items/{file.name}")
        archive.writestr("../../evil.png", (folder / "potion_00.png").read_bytes())

    dataset = prepare_set(tmp_path / "art.zip", tmp_path / "set")

    assert len(dataset.pictures) == 12
    assert not (tmp_path.parent / "evil.png").exists()


def test_bad_folders_are_named_with_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="empty holds no pictures"):
        prepare_set(tmp_path / "empty", tmp_path / "set")
    with pytest.raises(DatasetError, match="3 pictures of few can be used, a style needs 8"):
        prepare_set(write_own_set(tmp_path / "few", 3), tmp_path / "set")
    with pytest.raises(DatasetError, match="there is no"):
        prepare_set(tmp_path / "nowhere", tmp_path / "set")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(DatasetError, match="neither a folder nor a whole zip"):
        prepare_set(tmp_path / "broken.zip", tmp_path / "set")
    monkeypatch.setattr(source_pictures, "PICTURES_MAX", 10)
    with pytest.raises(DatasetError, match="12 pictures, a set has at most 10"):
        prepare_set(write_own_set(tmp_path / "lots"), tmp_path / "set")


def test_photographs_are_left_out_by_what_they_are(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(9):
        y, x = np.mgrid[:90, :120]
        waves = np.stack([127 + 90 * np.sin((x + y * k) / (9 + number)) for k in (1, 2, 3)], axis=-1)
        photo = np.clip(waves + chance.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)
        Image.fromarray(photo).save(tmp_path / "photos" / f"holiday{number}.jpg", quality=85)

    with pytest.raises(DatasetError, match="0 pictures of photos can be used"):
        prepare_set(tmp_path / "photos", tmp_path / "set")


def test_a_set_made_anew_keeps_what_somebody_wrote(tmp_path: Path, folder: Path) -> None:
    dataset = prepare_set(folder, tmp_path / "set")
    named = dataset.pictures[0].model_copy(update={"caption": "odd vial", "caption_author": "assistant"})
    write_set(tmp_path / "set", dataset.model_copy(update={"pictures": (named, *dataset.pictures[1:])}))
    with pytest.raises(DatasetError, match="holds a set already, of 12 pictures") as refused:
        prepare_set(folder, tmp_path / "set")
    assert "`--replace` makes it anew" in (refused.value.hint or "")

    again = prepare_set(folder, tmp_path / "set", replace_set=True)

    assert (again.pictures[0].caption, again.pictures[0].caption_author) == ("odd vial", "assistant")
    assert set_hash(again) != set_hash(dataset)


def test_a_newer_set_and_a_damaged_one_are_refused(tmp_path: Path, folder: Path) -> None:
    prepare_set(folder, tmp_path / "set")
    file = tmp_path / "set" / "set.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "format": 2}))
    with pytest.raises(DatasetError, match="has format 2, this version reads 1"):
        read_set(tmp_path / "set")
    file.write_text("{")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_set(tmp_path / "set")


def test_the_check_says_what_will_go_wrong_with_numbers(tmp_path: Path, folder: Path) -> None:
    stranger = np.zeros((16, 16, 4), np.uint8)
    stranger[3:13, 3:13] = [250, 20, 220, 255]
    (folder / "blob_99.png").write_bytes(encode_png(stranger))
    dataset = prepare_set(folder, tmp_path / "set")

    said = " | ".join(f"{one.level}: {one.text}" for one in check_set(tmp_path / "set", dataset))

    assert "pictures are trained on: under 20" in said
    assert "1 pictures do not look like the rest: blob_99.png" in said
    assert "nearly all captions say green" in said
    assert "no license is stated" in said
    page = write_report(tmp_path / "set", dataset, []).read_text("utf-8")
    assert page.count("data:image/png;base64,") == 13
    assert "<script" not in page


def test_the_export_for_other_trainers_is_enlarged_by_whole_cells(tmp_path: Path, folder: Path) -> None:
    dataset = prepare_set(folder, tmp_path / "set")
    inside = export_kohya(tmp_path / "set", dataset, tmp_path / "kohya", trigger="qzx style", repeats=5)

    assert inside.name == "5_qzx_style"
    assert len(list(inside.glob("*.png"))) == len(list(inside.glob("*.txt"))) == len(dataset.trained())
    one = dataset.trained()[0]
    large = open_picture(inside / one.file)
    assert large.shape == (1024, 1024, 4)
    native = open_pixels(tmp_path / "set", one)
    assert np.array_equal(large[::64, ::64][native[..., 3] > 0], native[native[..., 3] > 0])
    text = (inside / one.file.replace(".png", ".txt")).read_text()
    assert text == f"qzx style, {one.caption}, plain background\n"
