"""Schemas are shortened without losing a rule."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.mcp_server.schemas import input_schema, output_schema
from pixels_mcp.mcp_server.tool import lenient


class Gem(BaseModel):
    """A nested thing."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(description="A property that is called title")
    weight: float | None = Field(default=None, ge=0, description="Grams")


class Words(BaseModel):
    """Not for assistants."""

    note: str | None = Field(default=None, max_length=9, description="A note")
    gems: tuple[Gem, ...] = Field(default=(), description="Gems")
    name: str = Field(description="A name")


def test_an_optional_word_keeps_its_limits_and_loses_its_null() -> None:
    assert input_schema(Words)["properties"]["note"] == {"description": "A note", "maxLength": 9, "type": "string"}


def test_required_words_come_first() -> None:
    assert list(input_schema(Words)["properties"]) == ["name", "note", "gems"]


def test_a_property_called_title_is_kept() -> None:
    assert "title" in input_schema(Words)["$defs"]["Gem"]["properties"]


def test_a_brief_nested_model_keeps_types_alone() -> None:
    gem = input_schema(Words, brief=frozenset({"Gem"}))["$defs"]["Gem"]
    assert gem["properties"] == {"title": {"type": "string"}, "weight": {"type": "number"}}
    assert gem["required"] == ["title"]


def test_what_an_answer_may_leave_out_is_not_required() -> None:
    assert output_schema(Words)["required"] == ["name"]


def test_null_and_json_text_are_read_as_the_client_meant_them() -> None:
    read = lenient(Words, {"note": None, "gems": '[{"title": "ruby"}]', "name": '["a"]', "other": None})
    assert read == {"gems": [{"title": "ruby"}], "name": '["a"]', "other": None}
