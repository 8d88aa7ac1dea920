"""What is asked for when sprites become the frames of a sheet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from pixels_mcp.requests import SPRITE_ID_PATTERN, PathText, check_name

SpriteId = Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)]
Side = Annotated[int, Field(ge=1, le=8_192)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class SheetRequest(BaseModel):
    """Put several sprites into a game's folder as one animated sheet; or one sprite that bobs."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sprite_ids: tuple[SpriteId, ...] = Field(min_length=1, max_length=256, description="The frames, in order")
    project: PathText | None = Field(default=None, description="The Bevy project's folder")
    name: str | None = Field(default=None, description="File name without ending; the first sprite's own name")
    animation: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = Field(
        default="idle", description="Name of the animation"
    )
    frame_ms: int = Field(default=200, ge=1, le=60_000, description="How long each frame is shown")
    play: Literal["Loop", "Once", "PingPong"] = Field(default="Loop", description="What follows the last frame")
    pivot: tuple[Share, Share] | None = Field(
        default=None, description="Point of a frame at the entity's position, 0 to 1, y down; the centre"
    )
    tile: tuple[Side, Side] | None = Field(
        default=None, description="The one sprite is a sheet itself, of frames of this width and height"
    )
    bob: bool = Field(default=False, description="Make two frames out of one sprite: its upper body a pixel lower")
    on_conflict: Literal["error", "replace", "rename"] = Field(
        default="error", description="What to do when another file has that name"
    )
    dry_run: bool = Field(default=False, description="Say what would be written, write nothing")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)

    @model_validator(mode="after")
    def _of_one_sprite(self) -> SheetRequest:
        if self.bob and self.tile:
            raise ValueError("a sheet of tiles does not bob: leave out bob or tile")
        if (self.bob or self.tile) and len(self.sprite_ids) != 1:
            what = "a bob" if self.bob else "a sheet that is cut into tiles"
            raise ValueError(f"{what} is made of one sprite, not of {len(self.sprite_ids)}")
        return self
