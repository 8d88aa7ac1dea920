"""What is asked for when sprites become sets: tilesets and animations; the same words in every face."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from pixels_mcp.paths import local_path
from pixels_mcp.requests import SEED_MAX, SPRITE_ID_PATTERN, PaletteText, check_name
from pixels_mcp.set_words import FACINGS, VARIANTS_MAX, Body, BorderKind, Facing, MotionName, TileKind

Style = Annotated[str, StringConstraints(max_length=300)]
View = Annotated[str, StringConstraints(min_length=1, max_length=1_000), AfterValidator(local_path)]
Terrain = Annotated[str, StringConstraints(min_length=1, max_length=1_000), AfterValidator(local_path)]


class _SetWords(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str | None = Field(default=None, description="Short name for the files: a-z, 0-9, '_', '-'")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)


class TilesetRequest(_SetWords):
    """Tiles between two terrains that meet without a seam."""

    upper: Terrain = Field(
        description="The terrain on top (grass, a path, a wall): words to draw, a sprite_id, or a PNG's path"
    )
    lower: Terrain | None = Field(
        default=None, description="The terrain below (water, a floor), likewise; every kind but single needs it"
    )
    band: Terrain | None = Field(default=None, description="The strip between them for border=band, likewise")
    kind: TileKind = Field(
        default="corner",
        description="corner (16 tiles by corners, also a dual grid), edge (paths), blob (47), wall, single (a ground)",
    )
    border: BorderKind | None = Field(
        default=None, description="bank (the upper stands higher), band, outline, none; by default what suits the kind"
    )
    tile_px: Literal[16, 32] = Field(default=32, description="Side of a tile")
    variants: int = Field(default=1, ge=1, le=VARIANTS_MAX, description="Different tiles for each place")
    path_px: int | None = Field(default=None, ge=4, le=24, description="Width of a path, for kind=edge")
    face_px: int | None = Field(default=None, ge=4, le=28, description="Height of a wall's front, for kind=wall")
    roughness_px: float | None = Field(default=None, ge=0, le=4, description="How far the border wanders")
    palette: PaletteText | None = Field(
        default=None, description="Colors to use and no others: a palette's name, or #1a1c2c,..."
    )
    style: Style | None = Field(default=None, description="How terrains in words look (dark fantasy, pastel colors)")
    frames: int = Field(
        default=1, ge=1, le=8, description="Frames of water or lava that moves: the lower terrain sways; 4 look well"
    )
    frame_ms: int = Field(default=250, ge=20, le=10_000, description="How long each of them stands")
    max_colors: int = Field(default=24, ge=4, le=256, description="Colors of both terrains together")
    model: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = Field(
        default=None, description="Model that draws terrains given as words"
    )
    seed: int = Field(default=0, ge=0, le=SEED_MAX, description="Of the terrains drawn and of the border")

    @model_validator(mode="after")
    def _words_fit_the_kind(self) -> TilesetRequest:
        if self.kind == "single" and (self.lower or self.band or self.border):
            raise ValueError("kind single is one ground: leave lower, band and border out")
        if self.kind != "single" and self.lower is None:
            raise ValueError(f"kind {self.kind} needs a lower terrain beside the upper one")
        if self.kind == "wall" and self.border:
            raise ValueError("walls have no border: leave border out")
        if self.band is not None and self.border != "band":
            raise ValueError("band is used by border=band alone: set it, or leave band out")
        for word, kind in (("path_px", "edge"), ("face_px", "wall")):
            value = getattr(self, word)
            if value is not None and self.kind != kind:
                raise ValueError(f"{word} belongs to kind {kind}, not to {self.kind}")
            if value is not None and value > self.tile_px - 4:
                raise ValueError(
                    f"{word} {value} leaves no room in tiles of {self.tile_px} px: at most {self.tile_px - 4}"
                )
        if self.variants > 1 and self.kind in ("blob", "wall"):
            raise ValueError(f"variants are made for corner, edge and single, not for {self.kind}: leave variants out")
        if self.frames > 1 and self.kind == "wall":
            raise ValueError("walls and floors stand still: leave frames out")
        if "frame_ms" in self.model_fields_set and self.frames == 1:
            raise ValueError("frame_ms belongs to frames: give 2 to 8 of them, or leave frame_ms out")
        if self.roughness_px is not None and self.kind in ("wall", "single"):
            raise ValueError(f"kind {self.kind} has no border that wanders: leave roughness_px out")
        return self

    @property
    def label(self) -> str:
        """What the id is made from."""
        return self.name or " ".join(filter(None, (self.upper[:24], self.lower and self.lower[:24]))) or "tileset"


class CharacterViews(BaseModel):
    """Other sides of a character: a sprite_id or a PNG's path each."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    south_east: View | None = None
    east: View | None = None
    north_east: View | None = None
    north: View | None = None
    north_west: View | None = None
    west: View | None = None
    south_west: View | None = None

    def given(self) -> dict[Facing, str]:
        """What is given, by the side that it shows."""
        return {facing: text for facing in FACINGS[8] if (text := getattr(self, facing, None)) is not None}


class AnimateRequest(_SetWords):
    """Clips of one finished sprite."""

    sprite_id: Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)] = Field(
        description="The sprite that shall move"
    )
    motions: tuple[MotionName, ...] = Field(
        default=("idle", "walk"), min_length=1, max_length=13, description="What it shall do, a clip each"
    )
    body: Body | None = Field(default=None, description="Guessed from its words and shape when left out")
    palette: PaletteText | None = Field(
        default=None, description="Keep to these colors where a motion lightens (hurt, shimmer)"
    )
    directions: Literal[1, 2, 4, 8] = Field(
        default=1,
        description="2 adds every clip mirrored, as NAME_left; 4 and 8 (NAME_north_east) "
        "take views of the other sides, or a like character of the library",
    )
    views: CharacterViews | None = Field(
        default=None,
        description="Other sides of the character for directions 4 or 8, each a sprite_id or a PNG's path: north, east "
        "(8: south_east, north_east too); the west is the mirror of the east where it is not given",
    )

    redraw: Literal["none", "moved"] = Field(
        default="none",
        description="moved lets the model draw every frame anew, in their own colors, with noise that moves along",
    )
    strength: float | None = Field(
        default=None, ge=0.1, le=1.0, description="How far redraw=moved changes the frames; 0.25 is calm"
    )

    @model_validator(mode="after")
    def _strength_belongs_to_redraw(self) -> AnimateRequest:
        if self.strength is not None and self.redraw == "none":
            raise ValueError("strength belongs to redraw=moved: set it, or leave strength out")
        return self

    @model_validator(mode="after")
    def _views_fit_the_directions(self) -> AnimateRequest:
        given = self.views.given() if self.views else {}
        if given and self.directions not in FACINGS:
            raise ValueError(f"views belong to directions 4 and 8, not to {self.directions}")
        unused = [one for one in given if one not in FACINGS[self.directions]]
        if unused:
            raise ValueError(f"4 directions have no view {', '.join(unused)}: ask for 8, or leave it out")
        return self

    @field_validator("motions")
    @classmethod
    def _each_once(cls, motions: tuple[MotionName, ...]) -> tuple[MotionName, ...]:
        twice = sorted({motion for motion in motions if motions.count(motion) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is asked for twice")
        return motions
