"""The recipe of a sprite: all that is needed to make the same bytes again, kept inside its PNG."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
    model_validator,
)

from pixels_mcp import png
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import RecipeError, UnreadablePictureError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.told_apart import JsonObject, is_table

CHUNK = "pixels_mcp"
"""Keyword of the one PNG text chunk."""

FORMAT_VERSION = 2

_LEFT_OUT = ("model_sha256", "parent", "parts")
"""Not written where there is none."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Recipe(BaseModel):
    """How a picture was made; no time and no job id, so that the same recipe gives the same file.

    Attributes:
        format_version: 1, or 2 where it has something that format 1 cannot tell: another operation than `draw`, or
            sources.
        operation: What made it: `draw` for a model, else the operation's name, for example `import`.
        sources: Content hash of each file that the operation worked on, by what it was to it: `file`, `parent`,
            `part-1`, `mask`, ...
        parent: The recipe of the picture that this is an edit of, where it has one, so that the whole chain can be
            followed.
        parts: The recipes of the pictures that this was put together from, by their names in `sources`, as far as they
            have one.
        request: The request as asked, a path in it replaced by the file's sha256.
        plan: Every value as decided: seed, row and size of the denoising batch, threads, device kind, palette,
            reference with its sha256, hue shift and strength, ...
        model_sha256: Content hash of the model; None where no model worked.
        loras_sha256: Content hash of each LoRA by its name, in the order of the stack.
        versions: Of pixels-mcp, torch, diffusers, ... by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1, 2] = 1
    operation: str = Field(default="draw", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    sources: dict[str, Sha256] = Field(default_factory=dict)
    parent: dict[str, JsonValue] | None = None
    parts: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    request: dict[str, JsonValue]
    plan: dict[str, JsonValue]
    model_sha256: Sha256 | None = None
    loras_sha256: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_format(self) -> Recipe:
        if self.operation == "draw" and self.model_sha256 is None:
            raise ValueError("it was drawn, but names no model_sha256")
        if self.format_version == 1 and (self.operation != "draw" or self.sources or self.parent or self.parts):
            raise ValueError("format 1 has neither operation, sources, parent nor parts")
        return self

    @model_serializer(mode="wrap")
    def _as_its_format(self, write: SerializerFunctionWrapHandler) -> JsonObject:
        plain = write(self)
        if self.format_version == 1:
            plain = {key: value for key, value in plain.items() if key not in ("operation", "sources")}
        return {key: value for key, value in plain.items() if key not in _LEFT_OUT or value}

    def to_json(self) -> str:
        """Write it in one canonical line: sorted keys, UTF-8, no spaces; LoRAs keep their order in the plan."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )

    @classmethod
    def from_json(cls, text: str, *, label: str = "recipe") -> Recipe:
        """Read what `to_json` wrote.

        Raises:
            RecipeError: Not JSON, not a recipe, or of a newer format.
        """
        try:
            words: Any = parse_json(text)
        except ValueError as error:
            raise RecipeError(f"{label}: the recipe is not JSON: {error}", hint="use an unchanged copy") from error
        version = words.get("format_version") if is_table(words) else None
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise RecipeError(
                f"{label}: the recipe has format {version}, this version reads up to {FORMAT_VERSION}",
                hint="install a newer pixels-mcp",
            )
        try:
            return cls.model_validate(words)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            raise RecipeError(
                f"{label}: the recipe is not usable: {where}: {first['msg']}", hint="use an unchanged copy"
            ) from error


def encode_png(pixels: np.ndarray, recipe: Recipe | None) -> bytes:
    """Write a sprite's file; the same pixels and recipe give the same bytes.

    Args:
        pixels: (H, W, 4) uint8, straight alpha.
        recipe: What the file shall tell of its making, or None for a plain picture.

    Raises:
        PixelShapeError: `pixels` is not a picture.
    """
    return png.encode_png(pixels, {CHUNK: recipe.to_json()} if recipe else None)


def embed(data: bytes, recipe: Recipe) -> bytes:
    """Give a PNG a recipe, or another one; its pixels stay, other texts go.

    Raises:
        UnreadablePictureError: `data` is not a PNG.
    """
    pixels, _ = png.decode_png(data)
    return encode_png(pixels, recipe)


def read_recipe(source: bytes | Path | str) -> Recipe:
    """Read the recipe in a PNG.

    Args:
        source: The file's bytes, or its path.

    Raises:
        UnreadablePictureError: Not there, or not a PNG.
        RecipeError: The PNG carries no recipe, a damaged one, or one of a newer format.
    """
    if isinstance(source, bytes):
        data, label = source, "PNG"
    else:
        label = str(source)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise UnreadablePictureError(f"cannot read {source}: {error.strerror}", hint="check the path") from error
    _, texts = png.decode_png(data, label=label)
    if CHUNK not in texts:
        raise RecipeError(
            f"{label} carries no recipe",
            hint="the copy in a game's folder has none; use the library's file",
            steps=[NextStep("view_sprite")],
        )
    return Recipe.from_json(texts[CHUNK], label=label)
