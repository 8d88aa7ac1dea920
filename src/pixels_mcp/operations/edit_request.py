"""What is asked for when a finished sprite is edited; the same words in every face. One operation a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from pixels_mcp.requests import COUNT_MAX, SEED_MAX, SIZE_PX_MAX, SPRITE_ID_PATTERN, Prompt, check_name
from pixels_mcp.set_words import DrawnOperation, EditOperation, MaterialName

FACTOR_MAX = 16
DRAWN_OPERATIONS: tuple[DrawnOperation, ...] = get_args(DrawnOperation)

_DRAWN = frozenset({"prompt", "strength", "count", "seed", "model", "palette"})
_LOOK = frozenset({"max_colors", "outline", "color"})
_SIDES = frozenset({"left_px", "top_px", "right_px", "bottom_px"})
_WHERE = frozenset({"mask", "region"})
WORDS_OF: Mapping[EditOperation, frozenset[str]] = {
    "vary": _DRAWN | _LOOK,
    "inpaint": _DRAWN | _WHERE,
    "extend": (_DRAWN - {"strength"}) | _SIDES,
    "seams": _DRAWN | {"axis", "rim_px"},
    "recolor": frozenset({"palette", "by", "swap", "max_colors"}) | _WHERE,
    "material": frozenset({"material", "palette"}) | _WHERE,
    "outline": frozenset({"outline", "color"}),
    "match": frozenset({"style"}) | _LOOK,
    "rotate": frozenset({"turns"}),
    "flip": frozenset({"axis"}),
    "crop": _SIDES,
    "pad": _SIDES,
    "resize": frozenset({"factor"}),
}
"""Words that an operation takes beside `sprite_id`, `operation` and `name`."""

_NEEDED: Mapping[EditOperation, tuple[str, ...]] = {
    "inpaint": ("prompt",),
    "material": ("material",),
    "outline": ("outline",),
    "match": ("style",),
    "flip": ("axis",),
    "resize": ("factor",),
}

Text = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]
SidePx = Annotated[int, Field(ge=0, le=SIZE_PX_MAX)]


class EditWords(BaseModel):
    """The words of an edit, before it is known whether they are enough for its operation."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sprite_id: Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)] = Field(
        description="What is edited; it stays as it is"
    )
    operation: EditOperation = Field(description="What is done")
    prompt: Prompt | None = Field(default=None, description="What is drawn; by default its own prompt")
    mask: Text | None = Field(default=None, description="A PNG of the sprite's size: opaque pixels change")
    region: Text | None = Field(
        default=None, description="x,y,width,height, color:#rrggbb, outline, background or inside:N"
    )
    strength: float | None = Field(default=None, ge=0.1, le=1.0, description="How far from what is there")
    count: int = Field(default=1, ge=1, le=COUNT_MAX, description="Variants to draw")
    seed: int | None = Field(default=None, ge=0, le=SEED_MAX, description="Of what is drawn")
    model: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = Field(
        default=None, description="That draws"
    )
    left_px: SidePx = Field(default=0, description="Of crop, pad, extend")
    top_px: SidePx = Field(default=0, description="Likewise")
    right_px: SidePx = Field(default=0, description="Likewise")
    bottom_px: SidePx = Field(default=0, description="Likewise")
    palette: Text | None = Field(default=None, description="A palette's name, or colors")
    by: Literal["nearest", "hue", "lightness"] | None = Field(
        default=None, description="Likest color, likest of its hue (by default of tiles), or darkest to darkest"
    )
    swap: Text | None = Field(default=None, description="'#old=#new,...', others stay")
    max_colors: int | None = Field(default=None, ge=2, le=256, description="At most so many")
    material: MaterialName | None = Field(default=None, description="What it is made of")
    outline: Literal["none", "outer", "inner"] | None = Field(default=None, description="none takes it away")
    color: Text | None = Field(default=None, description="Of the outline; its darkest")
    style: Text | None = Field(default=None, description="Of match: a sprite_id to look like, or a palette")
    turns: Literal[1, 2, 3] = Field(default=1, description="Quarter turns clockwise")
    axis: Literal["x", "y", "both"] | None = Field(default=None, description="Of flip (x, y) and seams")
    factor: int | None = Field(
        default=None, ge=-FACTOR_MAX, le=FACTOR_MAX, description="3 enlarges by it, -3 undoes that"
    )
    rim_px: int = Field(default=4, ge=1, le=16, description="Of seams: how wide a rim is redrawn")
    name: str | None = Field(default=None, description="Short name for the files")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)


class EditRequest(EditWords):
    """One change to a finished sprite, which becomes a new one."""

    @model_validator(mode="after")
    def _words_fit_the_operation(self) -> EditRequest:
        unused = sorted(self.model_fields_set - WORDS_OF[self.operation] - {"sprite_id", "operation", "name"})
        if unused:
            takes = ", ".join(sorted(WORDS_OF[self.operation]))
            raise ValueError(f"{self.operation} takes no {', '.join(unused)}; it takes {takes}")
        for word in _NEEDED.get(self.operation, ()):
            if getattr(self, word) is None:
                raise ValueError(f"{self.operation} needs {word}")
        if self.mask is not None and self.region is not None:
            raise ValueError("mask and region both say what changes: give one")
        if self.operation == "inpaint" and self.mask is None and self.region is None:
            raise ValueError("inpaint needs to know what changes: give mask or region")
        if WORDS_OF[self.operation] >= _SIDES and not any(self.sides_px):
            raise ValueError(f"{self.operation} needs at least one of left_px, top_px, right_px, bottom_px above 0")
        self._check_numbers()
        return self

    def _check_numbers(self) -> None:
        if self.operation == "flip" and self.axis == "both":
            raise ValueError("a flip goes along x or y; both together are rotate with turns=2")
        if self.factor is not None and abs(self.factor) < 2:
            raise ValueError(f"factor {self.factor} changes nothing: give 2 to {FACTOR_MAX}, or -2 to -{FACTOR_MAX}")
        if self.operation == "recolor" and not (self.palette or self.swap or self.max_colors):
            raise ValueError("recolor needs a palette, a swap or max_colors")
        if self.swap is not None and (self.palette is not None or self.max_colors is not None):
            raise ValueError("swap stands alone: leave palette and max_colors out")
        if self.by is not None and self.palette is None:
            raise ValueError("by belongs to palette: give one, or leave by out")
        if self.by == "lightness" and self.max_colors is not None:
            raise ValueError("max_colors goes with by=nearest and by=hue: leave one of them out")
        if self.outline == "none" and self.color is not None:
            raise ValueError("an outline that is taken away has no color: leave color out")
        if self.color is not None and self.outline is None:
            raise ValueError("color is the outline's: give outline too, or leave color out")

    @property
    def sides_px(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.left_px, self.top_px, self.right_px, self.bottom_px

    @property
    def is_drawn(self) -> bool:
        """Whether a model draws it, as a job of the worker."""
        return self.operation in DRAWN_OPERATIONS
