"""What clients and files write for "nothing", as text or in a short form is read as what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.asked_words.loose_words import read_loosely
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.cli.draw.batch_files import read_batch
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.mcp_server.asking import StatusWords
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.requests import BatchRequest, DeployRequest, SpriteRequest

NOTHING = ("", "  ", None, "null", "NULL", "undefined", "None")


def read(model: type[BaseModel], /, **words: Any) -> dict[str, Any]:
    return parse_request(model, read_loosely(model, words)).model_dump(exclude_unset=True)


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
@pytest.mark.parametrize(
    ("kind", "required"),
    [
        (SpriteRequest, {"prompt": "a key"}),
        (BatchRequest, {"items": ["a key"]}),
        (DeployRequest, {"sprite_id": "a-key-0001.1"}),
        (SheetRequest, {"sprite_ids": ["a-key-0001.1"]}),
        (TilesetRequest, {"upper": "grass", "lower": "water"}),
        (AnimateRequest, {"sprite_id": "a-key-0001.1"}),
        (StatusWords, {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_nothing_in_any_optional_word_is_a_word_left_out(
    kind: type[BaseModel], required: dict[str, Any], nothing: object
) -> None:
    own = {"reference", "tiling", "outline", "border", "animation"}
    words_of_their_own = own if nothing == "None" else set[str]()
    optional = {name: nothing for name in kind.model_fields if name not in required and name not in words_of_their_own}

    assert parse_request(kind, read_loosely(kind, {**required, **optional})) == parse_request(kind, required)


def test_a_required_word_without_content_is_missed_by_name() -> None:
    for nothing in NOTHING[:3]:
        with pytest.raises(InvalidArgumentError, match="prompt"):
            read(SpriteRequest, prompt=nothing)


def test_none_is_a_value_where_the_word_has_it() -> None:
    assert read(SpriteRequest, prompt="a key", reference="None", tiling="None", outline="None") == {
        "prompt": "a key",
        "reference": "none",
        "tiling": "none",
        "outline": "none",
    }


@pytest.mark.parametrize(
    "items",
    [
        ["a key", "a red potion"],
        "a key\na red potion\n",
        '["a key", "a red potion"]',
        [{"prompt": "a key", "seed": None, "count": "", "loras": "null"}, {"prompt": "a red potion"}],
        ['{"prompt": "a key"}', {"prompt": "a red potion", "palette": None}],
        '[{"prompt": "a key", "reference": ""}, "a red potion"]',
        ["a key", None, "", "a red potion"],
    ],
)
def test_items_are_understood_in_every_form(items: Any) -> None:
    assert read(BatchRequest, items=items) == {"items": ({"prompt": "a key"}, {"prompt": "a red potion"})}


def test_one_item_stands_for_a_list_of_one() -> None:
    assert read(BatchRequest, items={"prompt": "a key", "seed": "7"}) == {"items": ({"prompt": "a key", "seed": 7},)}


@pytest.mark.parametrize(
    "loras",
    [
        "shiny:0.8, soft",
        ["shiny:0.8", "soft"],
        ["<lora:shiny:0.8>", {"name": "soft"}],
        {"shiny": 0.8, "soft": 1.0},
        [{"shiny": "0.8"}, {"name": "soft", "weight": ""}],
        '[{"name": "shiny", "weight": "0.8"}, "soft"]',
        ['{"name": "shiny", "weight": 0.8}', "soft", None],
    ],
)
def test_loras_are_understood_in_every_form(loras: Any) -> None:
    asked = parse_request(SpriteRequest, read_loosely(SpriteRequest, {"prompt": "a key", "loras": loras}))
    assert [(lora.name, lora.weight) for lora in asked.loras] == [("shiny", 0.8), ("soft", 1.0)]


@pytest.mark.parametrize(
    "palette",
    ["#1a1c2c,#f4f4f4", ["#1a1c2c", "#f4f4f4"], '["#1a1c2c", "#f4f4f4"]', [[26, 28, 44], [244, 244, 244]]],
)
def test_a_list_of_colors_is_a_palette(palette: Any) -> None:
    assert read(SpriteRequest, prompt="a key", palette=palette)["palette"] == "#1a1c2c,#f4f4f4"
    assert read(BatchRequest, items=[{"prompt": "a key", "palette": palette}])["items"][0]["palette"]


def test_numbers_and_truths_as_text_are_numbers_and_truths() -> None:
    asked = read(SpriteRequest, prompt="a key", seed="7", width_px=" 32 ", steps="12.0", transparent="false")
    assert (asked["seed"], asked["width_px"], asked["steps"], asked["transparent"]) == (7, 32, 12, False)


def test_choices_and_ids_in_one_text_are_a_list() -> None:
    assert read(TilesetRequest, upper="grass", lower="water", kind="Corner")["kind"] == "corner"
    assert read(AnimateRequest, sprite_id="hero-0001.1", motions="Idle, walk")["motions"] == ("idle", "walk")
    assert read(SheetRequest, sprite_ids="hero-0001.1 hero-0001.2")["sprite_ids"] == ("hero-0001.1", "hero-0001.2")


class Sketchy(BaseModel):
    """Rows whose blanks mean something, and a table whose nulls do."""

    rows: tuple[str, ...]
    legend: dict[str, str | None] = Field(default_factory=dict)
    mode: Literal["a", "b"] | None = None
    codes: tuple[Annotated[str, StringConstraints(pattern="^[a-z]+$")], ...] = ()


def test_rows_keep_their_blanks_and_a_table_its_nulls() -> None:
    words = {"rows": ["  ", "", " r"], "legend": {".": None, "r": "#f00"}, "mode": "", "codes": ["x", "", None]}
    assert read(Sketchy, **words) == {
        "rows": ("  ", "", " r"),
        "legend": {".": None, "r": "#f00"},
        "codes": ("x",),
    }
    assert read(Sketchy, rows=".r\nr.\n", legend='{"r": null}') == {"rows": (".r", "r."), "legend": {"r": None}}
    assert read(Sketchy, rows="[[\n..")["rows"] == ("[[", "..")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"items": 7}, 'items: must be a list (got 7); write for example items: ["a ruby potion"'),
        ({"items": [3]}, "items.0: must be an object (got 3); write for example items: "),
        ({"items": []}, "items: must have at least one"),
        ({"items": [{"seed": 1}]}, 'items.0.prompt: is missing; write for example prompt: "a ruby potion"'),
        ({"items": ["a"], "loras": ["shiny:much"]}, "'much' is not a number; write NAME:0.8"),
        ({"items": [{"prompt": "a", "loras": [3]}]}, 'write for example loras: [{"name": "pixel-art-xl"'),
    ],
)
def test_what_is_refused_names_the_word_and_shows_a_right_value(words: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        read(BatchRequest, **words)

    assert said in str(refused.value)
    for word in ("tuple", "Tuple", "dictionary", "instance of"):
        assert word not in str(refused.value)


def test_a_batch_file_is_read_as_loosely(tmp_path: Path) -> None:
    file = tmp_path / "set.json"
    file.write_text(
        '{"seed": "null", "palette": ["#000", "#fff"], "items": [{"prompt": "a key", "seed": null, "loras": null,'
        ' "count": ""}, {"prompt": "an axe", "loras": ["shiny:0.5"], "palette": ["#f00", "#0f0"]}]}'
    )
    key, axe = read_batch(file, {}).requests

    assert (key.prompt, key.palette, key.loras, key.seed) == ("a key", "#000,#fff", (), None)
    assert (axe.palette, axe.loras[0].name, axe.loras[0].weight) == ("#f00,#0f0", "shiny", 0.5)


def test_a_table_may_name_loras(tmp_path: Path) -> None:
    file = tmp_path / "set.csv"
    file.write_text('prompt,loras,palette\na key,"shiny:0.5, soft",null\n')
    (key,) = read_batch(file, {}).requests

    assert [(lora.name, lora.weight) for lora in key.loras] == [("shiny", 0.5), ("soft", 1.0)]
    assert key.palette is None


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("file:///art/Held%20%C3%A4%20%282%29%20100%25.png", "/art/Held ä (2) 100%.png"),
        ("FILE://LocalHost/art/knight.png", "/art/knight.png"),
        ("file:/art/knight.png", "/art/knight.png"),
        ("file:///art/50% off.png", "/art/50% off.png"),
        ("/art/Held 100%25.png", "/art/Held 100%25.png"),
        ("art/file.png", "art/file.png"),
    ],
)
def test_a_file_uri_is_the_path_that_it_names(given: str, path: str) -> None:
    assert parse_request(SpriteRequest, {"prompt": "a key", "reference": given}).reference == path
    assert parse_request(DeployRequest, {"sprite_id": "a-key-0001.1", "project": given}).project == path
    assert parse_request(TilesetRequest, {"upper": given, "lower": "water"}).upper == path


def test_a_file_on_another_computer_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidArgumentError, match="the computer 'server'"):
        parse_request(SpriteRequest, {"prompt": "a key", "reference": "file://server/art/knight.png"})
