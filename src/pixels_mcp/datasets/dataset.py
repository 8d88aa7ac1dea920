"""What a prepared set is: `SET/set.json` and `SET/pictures/*.png`, native pixels on square canvases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import DatasetError
from pixels_mcp.files import write_whole
from pixels_mcp.next_steps import NextStep
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.told_apart import is_table

SET_FILE, PICTURES_FOLDER, REPORT_FILE = "set.json", "pictures", "report.html"
FORMAT = 1
PICTURES_MAX = 5_000
CANVASES_PX = (16, 24, 32, 48, 64, 96, 128)
"""Sides of the squares that pictures stand on; a set's sizes are its buckets."""
CAPTION_CHARACTERS_MAX = 300

CaptionAuthor = Literal["name", "file", "assistant", "person"]
"""Who wrote a caption: file and folder names with the colors, a sidecar, an assistant who looked, a person."""


class DatasetPicture(BaseModel):
    """One picture of a set.

    Attributes:
        file: Its name below `pictures/`.
        source: Where it came from, relative to the folder or zip that was read; `#3` is a frame, counted from 1.
        canvas_px: Side of its square.
        art_px: Width and height of what it shows.
        fills: It covers its square, as floors and walls do.
        colors: How many different ones it has.
        color_words: The one or two that it is made of.
        caption: What it shows, without the trigger.
        held_out: It belongs to the tenth that is never trained on.
        recovered: It was fake or enlarged pixel art, brought to its native pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(pattern=r"^[\w.-]{1,120}\.png$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    source: str = Field(max_length=1_000)
    canvas_px: Annotated[int, Field(ge=8, le=256)]
    art_px: tuple[int, int]
    fills: bool
    colors: int
    color_words: tuple[str, ...] = ()
    caption: str = Field(default="", max_length=CAPTION_CHARACTERS_MAX)
    caption_author: CaptionAuthor = "name"
    held_out: bool = False
    recovered: bool = False


class LeftOutPicture(BaseModel):
    """A picture that was read and is not in the set, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    why: str


class Dataset(BaseModel):
    """A set as `set.json` holds it; its pictures lie beside.

    Attributes:
        name: Of the folder.
        license: Of the pictures, as the person says.
        left_out: What was read and not taken.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = FORMAT
    name: str = Field(min_length=1, max_length=128)
    license: str | None = Field(default=None, max_length=256)
    pictures: tuple[DatasetPicture, ...] = Field(max_length=PICTURES_MAX)
    left_out: tuple[LeftOutPicture, ...] = ()

    def canvases(self) -> dict[int, int]:
        """How many pictures stand on each canvas, the smallest first."""
        sides = [picture.canvas_px for picture in self.pictures]
        return {side: sides.count(side) for side in sorted(set(sides))}

    def trained(self) -> list[DatasetPicture]:
        """The pictures that are trained on."""
        return [picture for picture in self.pictures if not picture.held_out]


def read_set(folder: Path) -> Dataset:
    """Read a prepared set.

    Raises:
        DatasetError: It is none, is damaged, or was written by a newer version.
    """
    file = folder / SET_FILE
    try:
        told = parse_json(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DatasetError(
            f"{folder} is no prepared set: it has no {SET_FILE}", steps=[NextStep("prepare_set")]
        ) from error
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} cannot be read: {error}", steps=[NextStep("prepare_set")]) from error
    if is_table(told) and isinstance(told.get("format"), int) and told["format"] > FORMAT:
        raise DatasetError(
            f"{file} has format {told['format']}, this version reads {FORMAT}", hint="use a newer pixels-mcp"
        )
    try:
        return Dataset.model_validate(told)
    except ValidationError as error:
        raise DatasetError(f"{file} is not usable: {explain(error)}", steps=[NextStep("prepare_set")]) from error


def write_set(folder: Path, dataset: Dataset) -> None:
    """Write `set.json` whole or not at all.

    Raises:
        DatasetError: The folder cannot be written.
    """
    try:
        write_whole(folder / SET_FILE, dataset.model_dump_json(indent=1).encode() + b"\n")
    except OSError as error:
        raise DatasetError(f"cannot write {folder / SET_FILE}: {error.strerror}", hint="make room there") from error


def open_pixels(folder: Path, picture: DatasetPicture) -> Rgba:
    """Open one of a set's pictures: (canvas_px, canvas_px, 4) uint8.

    Raises:
        DatasetError: It has another size than the set says.
        UnreadablePictureError: It is gone or damaged.
    """
    pixels = open_picture(folder / PICTURES_FOLDER / picture.file)
    if pixels.shape[:2] != (picture.canvas_px, picture.canvas_px):
        raise DatasetError(
            f"{picture.file} is {pixels.shape[1]} x {pixels.shape[0]} px, the set says {picture.canvas_px}",
            steps=[NextStep("prepare_set")],
        )
    return pixels


def set_hash(dataset: Dataset) -> str:
    """One hash of the trained pictures and their captions, in any order."""
    import hashlib

    lines = sorted(f"{one.sha256} {one.held_out} {one.caption}" for one in dataset.pictures)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
