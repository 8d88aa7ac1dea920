from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from pixels_mcp.errors import RecipeError, UnreadablePictureError
from pixels_mcp.library.recipe import Recipe, embed, encode_png, read_recipe
from pixels_mcp.png import encode_png as encode_plain

POTION = Recipe(
    request={"prompt": "a ruby potion 🧪 شراب", "count": 1},
    plan={"seed": 7, "row": 0, "rows": 4, "steps": 4},
    model_sha256="a" * 64,
    loras_sha256={"glass": "b" * 64},
    versions={"pixels-mcp": "0.1.0", "torch": "2.15.0"},
)


def picture(seed: int = 0) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 24, 4), dtype=np.uint8)
    pixels[..., 3] = np.where(pixels[..., 3] > 127, 255, 0)
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def test_a_recipe_comes_back_from_the_picture_as_it_went_in() -> None:
    data = encode_png(picture(), POTION)

    assert read_recipe(data) == POTION


def test_the_recipe_stands_in_one_text_chunk_that_any_reader_of_pngs_finds() -> None:
    with Image.open(io.BytesIO(encode_png(picture(), POTION))) as opened:
        opened.load()
        assert isinstance(opened, PngImageFile)
        texts = opened.text

    assert list(texts) == ["pixels_mcp"]
    assert json.loads(texts["pixels_mcp"])["request"]["prompt"] == "a ruby potion 🧪 شراب"


def test_the_same_pixels_and_recipe_give_the_same_bytes_whatever_the_order_of_its_words() -> None:
    turned = Recipe(**dict(reversed(POTION.model_dump().items())))

    assert encode_png(picture(), POTION) == encode_png(picture(), turned)


def test_every_pixel_survives_the_file_also_under_half_and_no_alpha() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 7, 4), dtype=np.uint8)

    with Image.open(io.BytesIO(encode_png(pixels, None))) as opened:
        assert opened.mode == "RGBA"
        assert np.array_equal(np.array(opened), pixels)


def test_a_new_recipe_replaces_the_old_one_and_leaves_the_pixels_alone() -> None:
    other = POTION.model_copy(update={"plan": {"seed": 8}})

    changed = embed(encode_png(picture(), POTION), other)

    assert read_recipe(changed) == other
    assert changed == encode_png(picture(), other)


def test_a_picture_without_a_recipe_says_where_one_with_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "hand_made.png"
    file.write_bytes(encode_png(picture(), None))

    with pytest.raises(RecipeError, match=r"hand_made\.png carries no recipe"):
        read_recipe(file)


def test_a_recipe_of_a_newer_format_names_both_versions() -> None:
    newer = {**POTION.model_dump(), "format_version": 3, "mood": "sunny"}
    data = encode_plain(picture(), {"pixels_mcp": json.dumps(newer)})

    with pytest.raises(RecipeError, match="format 3, this version reads up to 2"):
        read_recipe(data)


@pytest.mark.parametrize("text", ["{", "[]", '{"format_version": 1}', '{"format_version": 1, "mood": 2}'])
def test_a_damaged_recipe_is_a_named_error(text: str) -> None:
    with pytest.raises(RecipeError):
        read_recipe(encode_plain(picture(), {"pixels_mcp": text}))


def test_what_is_not_a_png_is_a_named_error(tmp_path: Path) -> None:
    whole = encode_png(picture(), POTION)
    for data in (b"", b"GIF89a", whole[:100], whole[: len(whole) // 2]):
        with pytest.raises(UnreadablePictureError):
            read_recipe(data)
    with pytest.raises(UnreadablePictureError, match=r"nowhere\.png"):
        read_recipe(tmp_path / "nowhere.png")


def test_what_no_model_made_names_its_operation_and_its_sources_in_format_2() -> None:
    recipe = Recipe(
        format_version=2,
        operation="import",
        sources={"file": "c" * 64},
        request={},
        plan={"entry_kind": "sprite"},
    )

    written = json.loads(recipe.to_json())

    assert (written["format_version"], written["operation"]) == (2, "import")
    assert "model_sha256" not in written
    assert read_recipe(encode_png(picture(), recipe)) == recipe


@pytest.mark.parametrize(
    "words",
    [
        {"format_version": 1, "operation": "import", "model_sha256": "a" * 64},
        {"format_version": 1, "sources": {"file": "c" * 64}, "model_sha256": "a" * 64},
        {"format_version": 2, "sources": {"file": "no hash"}, "operation": "import"},
        {"format_version": 2},
    ],
)
def test_a_recipe_that_does_not_fit_its_format_is_refused(words: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(json.dumps({"request": {}, "plan": {}, **words}))
