"""What a person or an assistant asks for: the same words in MCP, CLI, batch files and on the wire.

A request says only what was asked; everything left open (`None`) is decided by the worker's plan. Unknown words are
refused, and so is every value out of range, with the name of the word.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.asked_words.short_forms import item_of, items_of, lora_of, loras_of, palette_of
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import local_path
from pixels_mcp.set_words import DrawnOperation

PROMPT_CHARS_MAX = 1_000
COUNT_MAX = 16
BATCH_ITEMS_MAX = 1_000
SIZE_PX_MIN, SIZE_PX_MAX = 8, 2_048
SEED_MAX = 2**32 - 1
WAIT_S_MAX = 45.0

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
JOB_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,47}-[0-9]{4,9}$"
SPRITE_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,47}-[0-9]{4,9}\.(?:[1-9]|1[0-6])$"

COLOR_PATTERN = r"^#[0-9a-fA-F]{6}$"

_WINDOWS_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)


def check_name(name: str) -> str:
    """Return the name of a sprite or file, or say why it cannot be one.

    Raises:
        ValueError: It does not match `NAME_PATTERN`, or Windows reserves it.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(f"{name!r} is not a name: 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or digit")
    if name in _WINDOWS_RESERVED:
        raise ValueError(f"{name!r} is a name that Windows reserves")
    return name


def make_slug(text: str, *, chars_max: int = 32) -> str:
    """Make the readable half of an id: ASCII, lower case, words joined by '-'; `sprite` where nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > chars_max:
            break
        slug = longer
    return slug or (words[0][:chars_max] if words else "sprite")


def make_job_id(text: str, number: int) -> str:
    """Join a slug and a number that is unique in a library: `ruby-potion-0007`."""
    return f"{make_slug(text)}-{number:04d}"


def make_sprite_id(part_id: str, variant: int) -> str:
    """Name one sprite of a request: `ruby-potion-0007.1`; `variant` counts from 1."""
    return f"{part_id}.{variant}"


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class LoraChoice(_Words):
    """One LoRA of a stack."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        description="Name as list_models gives it"
    )
    weight: float = Field(default=1.0, ge=-4.0, le=4.0, description="Strength; 0 switches it off")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return lora_of(value)


def check_controls(text: str) -> str:
    """Return a text as it is, unless a control character other than a tab or a line's end stands in it.

    Raises:
        ValueError: One does.
    """
    for place, sign in enumerate(text, start=1):
        if unicodedata.category(sign) == "Cc" and sign not in "\t\n\r":
            raise ValueError(f"the control character U+{ord(sign):04X} stands at place {place}; take it out")
    return text


Prompt = Annotated[str, StringConstraints(min_length=1, max_length=PROMPT_CHARS_MAX), AfterValidator(check_controls)]
SizePx = Annotated[int, Field(ge=SIZE_PX_MIN, le=SIZE_PX_MAX)]
PathText = Annotated[str, StringConstraints(min_length=1, max_length=4_096), AfterValidator(local_path)]
"""A path, or a `file:` URI, which becomes the path that it names."""
PaletteText = Annotated[str, StringConstraints(min_length=1, max_length=4_096), BeforeValidator(palette_of)]
"""A palette's name or its colors; a list of colors is written as one text."""


def _reference(text: str) -> str:
    return text.lower() if text.lower() in ("auto", "none") else local_path(text)


class DrawWords(_Words):
    """The words that decide how something is drawn; all of them optional, `None` lets the plan decide."""

    negative_prompt: (
        Annotated[str, StringConstraints(max_length=PROMPT_CHARS_MAX), AfterValidator(check_controls)] | None
    ) = Field(default=None, description="What must not be seen")
    width_px: SizePx | None = Field(
        default=None, description="Width of the finished sprite; that of its art or the model"
    )
    height_px: SizePx | None = Field(
        default=None, description="Height of the finished sprite; that of its art or the model"
    )
    model: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = Field(
        default=None, description="A name from list_models"
    )
    loras: Annotated[tuple[LoraChoice, ...], BeforeValidator(loras_of)] = Field(
        default=(),
        max_length=8,
        description="LoRAs and their weights",
        examples=[[{"name": "pixel-art-xl", "weight": 0.8}]],
    )
    palette: PaletteText | None = Field(
        default=None,
        description="A palette's name (pico-8, game-boy, ...) or 2 to 256 colors: '#1a1c2c,#f4f4f4'",
        examples=["pico-8", "#1a1c2c,#f4f4f4"],
    )
    palette_by: Literal["nearest", "hue"] | None = Field(
        default=None, description="Which palette color: the nearest, or of the same hue; tiles and floors: hue"
    )
    max_colors: int | None = Field(default=None, ge=2, le=256, description="At most so many colors")
    outline: Literal["none", "outer", "inner"] | None = Field(
        default=None, description="A line around it, on its own border, or taken away; as drawn when left out"
    )
    outline_color: Annotated[str, StringConstraints(pattern=COLOR_PATTERN)] | None = Field(
        default=None, description="Of the outline: #1a1c2c; its darkest color"
    )
    transparent: bool | None = Field(
        default=None, description="Remove the background; by default for all but tiles and floors"
    )
    tiling: Literal["none", "x", "y", "both"] = Field(
        default="none", description="Join the picture with itself along these axes, for floors and grounds"
    )
    count: int = Field(default=1, ge=1, le=COUNT_MAX, description="Variants to draw")
    seed: int | None = Field(
        default=None,
        ge=0,
        le=SEED_MAX,
        description="Variant k uses seed + k - 1; a batch makes a seed for each item of it; random when left out",
    )
    steps: int | None = Field(default=None, ge=1, le=150, description="Denoising steps")
    guidance_scale: float | None = Field(default=None, ge=0.0, le=30.0, description="How strictly to follow the prompt")
    reference: Annotated[str, StringConstraints(min_length=1, max_length=4_096), AfterValidator(_reference)] = Field(
        default="auto",
        description="auto: start from a fitting library tile where the model has some; none: draw from scratch; "
        "or a sprite_id or the path of a PNG to redraw",
    )
    strength: float | None = Field(default=None, ge=0.1, le=1.0, description="How far to move away from the reference")
    style: Annotated[str, StringConstraints(max_length=300), AfterValidator(check_controls)] | None = Field(
        default=None, description="How it looks (dark fantasy, pastel colors); never names the thing"
    )


class SpriteRequest(DrawWords):
    """One thing to draw, in `count` variants."""

    prompt: Prompt = Field(description="What to draw, in plain words", examples=["a ruby potion"])
    name: str | None = Field(default=None, description="Short name for the files: a-z, 0-9, '_', '-'")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)

    @field_validator("prompt")
    @classmethod
    def _printable(cls, prompt: str) -> str:
        if not any(ch.isprintable() and not ch.isspace() for ch in prompt):
            raise ValueError("the prompt has no visible character")
        return prompt

    @model_validator(mode="after")
    def _seeds_fit(self) -> SpriteRequest:
        if self.seed is not None and self.seed + self.count - 1 > SEED_MAX:
            raise ValueError(f"seed + count - 1 must be at most {SEED_MAX}; choose a smaller seed")
        return self

    @property
    def label(self) -> str:
        """What ids are made from: the name, else the prompt."""
        return self.name or self.prompt


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RedrawRequest(SpriteRequest):
    """An edit that a model draws, as a face words it for the worker: what is redrawn of which kept picture.

    `reference` is the sha256 of the picture to edit, kept in the library; its size is the finished size.

    Attributes:
        operation: What the edit is called.
        parent_sha256: Of the file that it is an edit of.
        mask_sha256: A kept picture of the same size whose opaque pixels are redrawn, all others stay to the bit; None
            redraws everything.
        frames: The picture is so many frames of a clip, one below the other: variant k redraws frame k, all of them
            from one noise that moves along with the pixels.
    """

    operation: DrawnOperation
    parent_sha256: Sha256
    mask_sha256: Sha256 | None = None
    frames: int = Field(default=1, ge=1, le=COUNT_MAX)

    @model_validator(mode="after")
    def _a_variant_a_frame(self) -> RedrawRequest:
        if self.frames > 1 and self.count != self.frames:
            raise ValueError(f"{self.frames} frames are {self.frames} variants, not {self.count}")
        return self


class BatchItem(SpriteRequest):
    """One item of a batch; what it leaves out is taken from the batch. A prompt alone is an item too."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return item_of(value)


class BatchRequest(DrawWords):
    """Many things to draw as one job, sharing what they do not say themselves."""

    items: Annotated[tuple[BatchItem, ...], BeforeValidator(items_of)] = Field(
        min_length=1,
        max_length=BATCH_ITEMS_MAX,
        description="What to draw",
        examples=[["a ruby potion", {"prompt": "an iron sword", "seed": 7}]],
    )
    name: str | None = Field(default=None, description="Short name of the batch")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)

    @property
    def label(self) -> str:
        """What the batch's id is made from."""
        return self.name or "batch"

    def expand(self) -> tuple[SpriteRequest, ...]:
        """Give every item what it left out and the batch says; an item's own word wins.

        Raises:
            InvalidArgumentError: An item and the batch's words do not fit together.
        """
        shared = {key: getattr(self, key) for key in DrawWords.model_fields if key in self.model_fields_set}
        said: Counter[str] = Counter()
        requests: list[SpriteRequest] = []
        for number, item in enumerate(self.items, start=1):
            requests.append(self._complete(item, number, shared, said[item.label]))
            said[item.label] += 1
        return tuple(requests)

    def _complete(self, item: BatchItem, number: int, shared: Mapping[str, Any], repeats: int) -> SpriteRequest:
        own = {key: getattr(item, key) for key in item.model_fields_set}
        words = {**shared, **own}
        if self.seed is not None and own.get("seed") is None:
            words["seed"] = _item_seed(self.seed, item, repeats, words.get("count", 1))
        try:
            return parse_request(SpriteRequest, words)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"item {number} ({item.label!r}): {error.message}", hint=error.hint) from error


def _item_seed(seed: int, item: BatchItem, repeats: int, count: int) -> int:
    """The seed of one item of a batch: another for each, and the same when items before it come or go."""
    digest = zlib.crc32(f"{item.label}\n{item.prompt}\n{repeats}".encode())
    return (seed + digest) % (SEED_MAX - count + 1)


class DeployRequest(_Words):
    """Put a finished sprite into a game's folder."""

    sprite_id: Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)] = Field(
        description="As generate_sprite gave it, for example ruby-potion-0007.1"
    )
    project: PathText | None = Field(
        default=None, description="The Bevy project's folder; the folder that the server was started for"
    )
    name: str | None = Field(default=None, description="File name without ending; the sprite's own name")
    on_conflict: Literal["error", "replace", "rename"] = Field(
        default="error", description="What to do when another file has that name"
    )
    dry_run: bool = Field(default=False, description="Say what would be written, write nothing")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)
