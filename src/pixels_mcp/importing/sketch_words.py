"""What a drawing in letters is asked with: rows, frames and a legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError, SketchError


def _lines(value: object) -> object:
    """Rows in one text."""
    return value.strip("\r\n").splitlines() if isinstance(value, str) else value


Rows = Annotated[tuple[str, ...], BeforeValidator(_lines)]


class Sketch(BaseModel):
    """What a drawing in letters says: `rows` of one picture, or `frames` of several, and the `legend` of both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Rows | None = Field(
        default=None,
        description="A drawing of your own: rows of characters, a character a pixel, 8 to 64 px a side",
        examples=[["..rr..rr", ".rrrrrrr"]],
    )
    frames: tuple[Rows, ...] | None = Field(default=None, description="Or an animation: such rows for each frame")
    legend: dict[str, str | None] | None = Field(
        default=None,
        description="The color of each character; null is transparent",
        examples=[{".": None, "r": "#c03a2b"}],
    )

    @property
    def is_drawn(self) -> bool:
        """Whether it says anything."""
        return self.rows is not None or self.frames is not None or self.legend is not None


def read_sketch(document: Mapping[str, Any], *, label: str) -> Sketch:
    """Read a sketch out of a JSON document.

    Raises:
        SketchError: It has other words, or words of another kind.
    """
    try:
        return parse_request(Sketch, document)
    except InvalidArgumentError as error:
        raise SketchError(f"{label}: {error.message}", hint="it has rows or frames, and a legend") from error
