"""Schemas are written out and shortened without losing a rule."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from helpers.mcp_faces import unread_in
from pixels_mcp.mcp_server.schemas import input_schema, written_out


class Gem(BaseModel):
    """A nested thing."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(description="A property that is called title")
    weight: float | None = Field(default=None, ge=0, description="Grams")


class Coin(BaseModel):
    """Another."""

    kind: Literal["coin"] = "coin"
    value: int | float = 1


class Chest(BaseModel):
    """It may hold itself."""

    inner: Chest | None = None
    gems: dict[str, Gem] = Field(default_factory=dict)


class Words(BaseModel):
    """Not for assistants."""

    note: int | None = Field(default=None, le=9, description="A note")
    gems: tuple[Gem, ...] = Field(default=(), description="Gems")
    size_px: tuple[int, int] | None = Field(default=None, description="Width and height")
    mode: Literal["a"] | Literal["b", "c"] | None = Field(default=None, description="A choice")
    anything: list[Any] = Field(default_factory=list, description="A list of anything")
    prize: Annotated[Gem | Coin, Field(description="One of two")] = Coin()
    chest: Chest | None = Field(default=None, description="A chest")
    legend: dict[str, str | None] = Field(default_factory=dict, description="Letters")
    name: str = Field(description="A name")


def test_every_way_to_say_a_thing_is_written_out() -> None:
    schema = input_schema(Words)
    words = schema["properties"]

    assert unread_in(schema) == []
    assert "$" not in json.dumps(schema)
    assert words["size_px"] == {
        "type": "array",
        "items": {"type": "integer"},
        "minItems": 2,
        "maxItems": 2,
        "description": "Width and height",
    }
    assert words["mode"] == {"type": "string", "enum": ["a", "b", "c"], "description": "A choice"}
    assert set(words["prize"]["properties"]) == {"title", "weight", "kind", "value"}
    assert words["prize"]["properties"]["kind"]["enum"] == ["coin"]
    assert words["prize"]["properties"]["value"]["type"] == "number"
    assert words["chest"]["properties"]["inner"] == {"type": "object"}
    assert words["chest"]["properties"]["gems"]["additionalProperties"]["required"] == ["title"]
    assert words["legend"]["additionalProperties"] == {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": ["string", "null"]}, {"type": "string"}),
        ({"const": 3}, {"type": "integer", "enum": [3]}),
        ({"allOf": [{"type": "integer"}, {"minimum": 2}]}, {"type": "integer", "minimum": 2}),
        ({"oneOf": [{"type": "null"}, {"type": "boolean"}]}, {"type": "boolean"}),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"enum": ["x"]}}, "default": "x"},
         {"type": "string", "enum": ["x"], "default": "x"}),
    ],
)  # fmt: skip
def test_words_that_clients_do_not_read_are_said_with_others(schema: dict[str, Any], written: dict[str, Any]) -> None:
    assert written_out(schema) == written


def test_an_optional_word_keeps_its_limits_and_loses_its_null() -> None:
    assert input_schema(Words)["properties"]["note"] == {"description": "A note", "maximum": 9, "type": "integer"}


def test_required_words_come_first() -> None:
    assert list(input_schema(Words)["properties"])[:3] == ["name", "note", "gems"]


def test_a_property_called_title_is_kept() -> None:
    assert "title" in input_schema(Words)["properties"]["gems"]["items"]["properties"]


def test_a_brief_nested_model_shows_some_words_and_takes_all() -> None:
    gem = input_schema(Words, brief={"Gem": ("title",)})["properties"]["gems"]["items"]
    assert gem == {"type": "object", "properties": {"title": {"type": "string"}}, "additionalProperties": True}


def test_a_bound_that_nobody_comes_near_is_left_to_the_error() -> None:
    class Bounded(BaseModel):
        """Two numbers."""

        seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Any")
        count: int = Field(default=1, ge=1, le=16, description="A few")

    words = input_schema(Bounded)["properties"]
    assert words["seed"] == {"type": "integer", "minimum": 0, "default": 0, "description": "Any"}
    assert words["count"]["maximum"] == 16


def test_words_that_another_tool_describes_keep_their_type_alone() -> None:
    class Weighed(Gem):
        """With a word of its own."""

        place: str = Field(default="", description="Where it lies")

    words = input_schema(Weighed, told_as=("For all gems", Gem))["properties"]
    assert words["weight"] == {"type": "number", "description": "For all gems"}
    assert words["place"]["description"] == "Where it lies"
