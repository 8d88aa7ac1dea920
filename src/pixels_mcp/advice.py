"""Answers that carry a next step: whole between processes, in a face's own words for whoever reads them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, SerializationInfo, SerializerFunctionWrapHandler, model_serializer
from pydantic.json_schema import SkipJsonSchema

from pixels_mcp.next_steps import NextStep, Phrases, in_words
from pixels_mcp.told_apart import JsonObject, is_table


class Advised(BaseModel):
    """Base of such answers. `steps` goes with the words in the field that `ADVICE` names.

    `model_dump(context=said_with(phrases))` puts both into the one field, in that face's words; without a context the
    steps stay values, for another process.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ADVICE: ClassVar[str] = "next"

    steps: SkipJsonSchema[tuple[NextStep, ...]] = ()

    def in_words(self, phrases: Phrases) -> str:
        """What to do next, in a face's words; empty where nothing is advised."""
        return in_words(getattr(self, self.ADVICE) or "", self.steps, phrases)

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler, info: SerializationInfo) -> JsonObject:
        told = dump(self)
        phrases = info.context.get("phrases") if is_table(info.context) else None
        if phrases is not None:
            told.pop("steps", None)
            if words := self.in_words(phrases):
                told[self.ADVICE] = words
        elif not self.steps:
            told.pop("steps", None)
        return told


def said_with(phrases: Phrases) -> dict[str, Phrases]:
    """The context with which a face dumps its answers."""
    return {"phrases": phrases}
