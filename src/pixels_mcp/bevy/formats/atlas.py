"""`*.sprite.ron`, version 1: where the frames of a sheet stand and how they are animated, as the game reads it.

The canonical form is described beside the golden files, `tests/golden/sprite_ron/README.md`, which the reader in the
game is tested with too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.bevy.formats.ron import RonError, Tagged, parse_ron
from pixels_mcp.errors import SheetFileError
from pixels_mcp.pixelart.sheets.sheet import SheetLayout
from pixels_mcp.told_apart import JsonObject, is_table

VERSION = 1
SIDE_PX_MAX = 8_192
FRAMES_MAX = 65_536

Play = Literal["Loop", "Once", "PingPong"]
Count = Annotated[int, Field(ge=1)]
Place = Annotated[int, Field(ge=0)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrameGrid(_Shape):
    """Tiles of one size in pixels, counted row by row from the top left."""

    tile: tuple[Count, Count]
    columns: Count
    rows: Count


class AtlasClip(_Shape):
    """One animation: frame numbers, milliseconds for each, and what happens after the last one."""

    frames: tuple[Place, ...] = Field(min_length=1)
    ms: tuple[Count, ...]
    play: Play = "Loop"


class SheetFile(_Shape):
    """A whole `*.sprite.ron`.

    Attributes:
        image: The picture's path relative to the manifest.
        size: Width and height of the picture in pixels.
        frames: A grid, or rectangles (x, y, width, height) in pixels from the top left.
        pivot: Point of a frame that stands at the entity's position: 0 to 1, y down; None is the centre.
        animations: By name.
    """

    image: str
    size: tuple[Count, Count]
    frames: FrameGrid | tuple[tuple[Place, Place, Count, Count], ...]
    pivot: tuple[float, float] | None = None
    animations: dict[str, AtlasClip] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> SheetFile:
        check_image(self.image)
        width_px, height_px = self.size
        if max(self.size) > SIDE_PX_MAX:
            raise ValueError(f"the sheet is {width_px} x {height_px}; at most {SIDE_PX_MAX} a side will do")
        if isinstance(self.frames, FrameGrid):
            right_px = self.frames.tile[0] * self.frames.columns
            bottom_px = self.frames.tile[1] * self.frames.rows
            reaches = [("the grid", right_px, bottom_px)]
        else:
            reaches = [(f"frame {number}", x + w, y + h) for number, (x, y, w, h) in enumerate(self.frames)]
        for what, right_px, bottom_px in reaches:
            if right_px > width_px or bottom_px > height_px:
                raise ValueError(f"{what} reaches {right_px}, {bottom_px} in a sheet of {width_px} x {height_px}")
        if not 1 <= self.frame_count <= FRAMES_MAX:
            raise ValueError(f"{self.frame_count} frames; 1 to {FRAMES_MAX} will do")
        if self.pivot is not None and not all(0.0 <= part <= 1.0 for part in self.pivot):
            raise ValueError(f"the pivot {self.pivot} is not within 0 to 1")
        for name, clip in self.animations.items():
            _check_clip(name, clip, self.frame_count)
        return self

    @property
    def frame_count(self) -> int:
        """How many frames the sheet has."""
        return self.frames.columns * self.frames.rows if isinstance(self.frames, FrameGrid) else len(self.frames)

    def rects(self) -> list[tuple[int, int, int, int]]:
        """x, y, width and height of every frame, in frame order."""
        if not isinstance(self.frames, FrameGrid):
            return list(self.frames)
        width_px, height_px = self.frames.tile
        return [
            (column * width_px, row * height_px, width_px, height_px)
            for row in range(self.frames.rows)
            for column in range(self.frames.columns)
        ]

    def to_ron(self) -> str:
        """Write it in its one canonical form."""
        lines = [
            f"version: {VERSION}",
            f"image: {quote(self.image)}",
            f"size: {_tuple(self.size)}",
            f"frames: {self._frames_ron()}",
        ]
        if self.pivot is not None:
            lines.append(f"pivot: Some(({', '.join(_number(part) for part in self.pivot)}))")
        if self.animations:
            clips = ", ".join(f"{quote(name)}: {_clip_ron(clip)}" for name, clip in sorted(self.animations.items()))
            lines.append(f"animations: {{ {clips} }}")
        return "(\n" + "".join(f"    {line},\n" for line in lines) + ")\n"

    def _frames_ron(self) -> str:
        if isinstance(self.frames, FrameGrid):
            grid = self.frames
            return f"Grid(tile: {_tuple(grid.tile)}, columns: {grid.columns}, rows: {grid.rows})"
        return f"Rects([{', '.join(_tuple(rect) for rect in self.frames)}])"


def make_sheet(**words: object) -> SheetFile:
    """Make a `SheetFile` out of its fields.

    Raises:
        SheetFileError: They do not fit together; says which and why.
    """
    try:
        return SheetFile.model_validate(words)
    except ValidationError as error:
        raise SheetFileError(explain(error), hint="correct the sheet; nothing was written") from error


def single_sprite(image: str, width_px: int, height_px: int, pivot: tuple[float, float] | None = None) -> SheetFile:
    """The manifest of one sprite: a grid of one tile."""
    grid = FrameGrid(tile=(width_px, height_px), columns=1, rows=1)
    return make_sheet(image=image, size=(width_px, height_px), frames=grid, pivot=pivot)


def sheet_of(
    layout: SheetLayout,
    *,
    image: str,
    pivot: tuple[float, float] | None = None,
    animations: Mapping[str, AtlasClip] | None = None,
) -> SheetFile:
    """The manifest of a sheet that was laid out: a grid where its frames stand in one without gaps, else rectangles.

    Raises:
        SheetFileError: The animations do not fit the frames, or the sheet is too large.
    """
    frames: FrameGrid | list[tuple[int, int, int, int]] = [
        (one.x_px, one.y_px, one.width_px, one.height_px) for one in layout.frames
    ]
    if layout.columns is not None and layout.rows is not None:
        tile = (layout.frames[0].width_px, layout.frames[0].height_px)
        frames = FrameGrid(tile=tile, columns=layout.columns, rows=layout.rows)
    size = (layout.width_px, layout.height_px)
    return make_sheet(image=image, size=size, frames=frames, pivot=pivot, animations=dict(animations or {}))


def parse_sheet(text: str, *, label: str) -> SheetFile:
    """Read a manifest.

    Args:
        text: The file's text: any RON with the right meaning.
        label: The file's name, for errors.

    Raises:
        SheetFileError: Names the file and what is wrong; a newer version is told before anything else.
    """
    words = read_manifest(text, label=label, version=VERSION, what="sprite")
    try:
        return SheetFile.model_validate({**words, "frames": _read_frames(words.get("frames"))})
    except ValidationError as error:
        raise SheetFileError(f"{label}: {explain(error)}", hint="deploy the sprite again") from error


def read_manifest(text: str, *, label: str, version: int, what: str) -> JsonObject:
    """The fields of a manifest of the version that is read here, without its version.

    Args:
        text: The file's text.
        label: The file's name, for errors.
        version: The version that is read.
        what: What is deployed again to get a good file, for errors.

    Raises:
        SheetFileError: It is no RON, has no version, or another one.
    """
    again = f"deploy the {what} again"
    try:
        words = parse_ron(text)
    except RonError as error:
        raise SheetFileError(f"{label}: {error}", hint=again) from error
    stated = words.pop("version", None) if is_table(words) else None
    if not is_table(words) or not isinstance(stated, int):
        raise SheetFileError(f"{label}: no version number", hint=again)
    if stated != version:
        raise SheetFileError(
            f"{label} has version {stated}, this pixels-mcp reads version {version}",
            hint=f"install a newer pixels-mcp, or {again} with `--on-conflict replace`",
        )
    return words


def _read_frames(frames: object) -> object:
    if isinstance(frames, Tagged) and frames.tag == "Grid":
        return frames.fields
    if isinstance(frames, Tagged) and frames.tag == "Rects" and len(frames.items) == 1:
        return frames.items[0]
    return frames


def check_image(image: str) -> None:
    """Refuse a picture that does not lie below its manifest's folder (ValueError)."""
    parts = image.split("/")
    if any(mark in image for mark in "\\:#") or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{image!r} is no plain path below the manifest's folder")


def _check_clip(name: str, clip: AtlasClip, frame_count: int) -> None:
    if len(clip.ms) != len(clip.frames):
        raise ValueError(f"animation {name!r} has {len(clip.frames)} frames and {len(clip.ms)} times")
    beyond = [frame for frame in clip.frames if frame >= frame_count]
    if beyond:
        raise ValueError(f"animation {name!r} names frame {beyond[0]}; the sheet has 0 to {frame_count - 1}")


def _clip_ron(clip: AtlasClip) -> str:
    frames, times = (", ".join(str(number) for number in numbers) for numbers in (clip.frames, clip.ms))
    return f"(frames: [{frames}], ms: [{times}], play: {clip.play})"


def _tuple(numbers: tuple[int, ...]) -> str:
    return f"({', '.join(str(number) for number in numbers)})"


def _number(value: float) -> str:
    """At most four decimals, always a point, no zeros at the end but the first."""
    digits = f"{Decimal(repr(value)).quantize(Decimal('0.0001')):f}".rstrip("0")
    return f"{digits}0" if digits.endswith(".") else digits


def quote(text: str) -> str:
    """A text as RON writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
