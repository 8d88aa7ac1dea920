"""Finished sprites of one size on one sheet: the frames of a clip, or for each a clip of one frame by its name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.keeping import keep_made
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.pixelart.sheets.sheet import grid_sheet
from pixels_mcp.requests import SPRITE_ID_PATTERN, check_name, make_slug

FRAMES_MAX = 256
SpriteId = Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _listed(value: object) -> object:
    """A step that gave one sprite gives it alone."""
    return [value] if isinstance(value, str) else value


class KeptSheetRequest(BaseModel):
    """Sprites that stand on one sheet."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sprite_ids: Annotated[tuple[SpriteId, ...], BeforeValidator(_listed)] = Field(
        min_length=1, max_length=FRAMES_MAX, description="In order"
    )
    animation: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = Field(
        default=None, description="They are the frames of a clip of this name; else each is a clip of its own"
    )
    frame_ms: int = Field(default=200, ge=1, le=60_000, description="How long each frame is shown")
    play: Literal["Loop", "Once", "PingPong"] = Field(default="Loop", description="What follows the last frame")
    columns: int | None = Field(default=None, ge=1, le=FRAMES_MAX, description="In a row; by default a square")
    pivot: tuple[Share, Share] = Field(default=(0.5, 0.5), description="Of each frame, 0 to 1, y down")
    name: str | None = Field(default=None, description="Short name for the files")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)


def lay_sheet(request: KeptSheetRequest, library: Library) -> LibraryEntry:
    """Lay sprites on one sheet and keep it as an entry that is deployed and exported as animations are.

    Raises:
        UnknownSpriteError: One is not there.
        InvalidArgumentError: One is no single sprite, or they have several sizes.
        SheetError: They are too many, or too large together.
        DiskFullError, StoreError: It cannot be kept.
    """
    sources = [library.get(sprite_id) for sprite_id in request.sprite_ids]
    _check(sources)
    pixels, _ = grid_sheet([open_picture(library.path_of(one.sprite_id)) for one in sources], columns=request.columns)
    width_px, height_px = sources[0].width_px, sources[0].height_px
    facts: dict[str, object] = {
        **measure_facts(pixels).to_dict(),
        "frame_px": [width_px, height_px],
        "frames": len(sources),
        "clips": _clips(request, sources),
        "pivot": list(request.pivot),
    }
    frames = {f"frame_{number}": one for number, one in enumerate(sources)}
    name = request.name or request.animation
    return keep_made(
        library,
        pixels,
        NewEntry(
            seed=sources[0].seed,
            prompt=", ".join(dict.fromkeys(one.prompt for one in sources))[:1_000],
            model="sheet",
            facts=facts,
            name=request.name,
            entry_kind="animation",
            parts=tuple(dict.fromkeys(one.sprite_id for one in sources)),
        ),
        label=name or "sheet",
        operation="sheet",
        request=request,
        left_out=frozenset({"sprite_ids", "name"}),
        sources={name: one.sha256 for name, one in frames.items()},
        parts=frames,
        plan={"frame_px": [width_px, height_px]},
    )


def _check(sources: list[LibraryEntry]) -> None:
    other = next((one for one in sources if one.entry_kind not in ("sprite", "tile")), None)
    if other is not None:
        raise InvalidArgumentError(
            f"{other.sprite_id} is of kind {other.entry_kind}, single sprites stand on a sheet",
            hint="name the sprites that it was made from",
        )
    odd = next((one for one in sources if (one.width_px, one.height_px) != _size(sources[0])), None)
    if odd is not None:
        raise InvalidArgumentError(
            f"{sources[0].sprite_id} is {sources[0].width_px} x {sources[0].height_px} px, "
            f"{odd.sprite_id} {odd.width_px} x {odd.height_px}",
            hint="bring them to one size first: edit with operation pad or crop",
        )


def _size(entry: LibraryEntry) -> tuple[int, int]:
    return entry.width_px, entry.height_px


def _clips(request: KeptSheetRequest, sources: list[LibraryEntry]) -> dict[str, JsonValue]:
    if request.animation is not None:
        frames: list[JsonValue] = list(range(len(sources)))
        times: list[JsonValue] = [request.frame_ms] * len(sources)
        return {request.animation: {"frames": frames, "ms": times, "play": request.play}}
    clips: dict[str, JsonValue] = {}
    for place, source in enumerate(sources):
        name = source.name or make_slug(source.prompt)
        number = 2
        while (unique := name if number == 2 and name not in clips else f"{name}-{number}") in clips:
            number += 1
        clips[unique] = {"frames": [place], "ms": [request.frame_ms], "play": request.play}
    return clips
