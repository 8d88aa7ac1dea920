"""Several pictures laid out on one sheet and written, with the JSON that engines and editors read beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.files import write_whole
from pixels_mcp.pictures.frame_names import NamedPicture, telling_names
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba
    from pixels_mcp.pixelart.sheets.atlas_json import FrameTag
    from pixels_mcp.pixelart.sheets.sheet import SheetLayout

Share = Annotated[float, Field(ge=0.0, le=1.0)]
SheetFormat = Literal["texture-packer", "texture-packer-array", "aseprite", "aseprite-hash", "none"]
ASEPRITE_FORMATS = ("aseprite", "aseprite-hash")
_CENTER = (0.5, 0.5)


class SheetOptions(BaseModel):
    """How a sheet is laid out and told of.

    Raises:
        ValueError: Two of the words contradict each other, or one would change nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    packed: bool | None = Field(
        default=None, description="As small as it gets; by default where pictures have several sizes."
    )
    columns: int | None = Field(default=None, ge=1, description="Pictures in a row; by default a square.")
    padding_px: int | None = Field(
        default=None, ge=0, le=64, description="Transparent pixels between pictures; by default 0, packed 1."
    )
    extrude_px: int = Field(
        default=0, ge=0, le=16, description="Repeat each picture's edge so often around it, against bleeding."
    )
    power_of_two: bool = Field(default=False, description="With packed: both sides are powers of two.")
    pivot: tuple[Share, Share] = Field(default=_CENTER, description="Point at the entity's place, 0 to 1, y down.")
    file_format: SheetFormat = Field(default="texture-packer", description="Of the JSON")
    frame_ms: int | None = Field(
        default=None,
        ge=1,
        le=60_000,
        description="With aseprite: how long each picture is shown; else as an animated one says, or 100.",
    )

    @model_validator(mode="after")
    def _words_fit(self) -> SheetOptions:
        if self.packed and self.columns is not None:
            raise ValueError("columns belong to a grid: leave out packed or columns")
        if self.power_of_two and not self.packed:
            raise ValueError("power_of_two belongs to a packed sheet: say packed as well")
        if self.file_format not in ASEPRITE_FORMATS and self.frame_ms is not None:
            raise ValueError("frame_ms is Aseprite's: choose the format aseprite")
        if self.file_format == "none" and self.pivot != _CENTER:
            raise ValueError("pivot is written into the JSON only: leave out the format none")
        return self


def write_sheet(
    named: Sequence[NamedPicture],
    output: Path,
    options: SheetOptions,
    *,
    tags: Mapping[str, FrameTag] | None = None,
    overwrite: bool,
) -> tuple[SheetLayout, Path | None]:
    """Lay pictures out, every frame of animated ones, and write the sheet, and its JSON under the same name.

    Args:
        named: The pictures and what each is called, with its folder where two are called alike.
        output: The PNG to write.
        options: How.
        tags: With aseprite: stretches of frames by name.
        overwrite: Replace a sheet that exists.

    Returns:
        Where each picture stands, and the JSON that was written, if one was.

    Raises:
        InvalidArgumentError: The target is no PNG, one of the pictures, or exists.
        PixelsError: A picture cannot be read, or the pictures do not fit one sheet.
    """
    from pixels_mcp.pixelart.sheets.sheet import grid_sheet, packed_sheet
    from pixels_mcp.png import encode_png

    if tags and options.file_format not in ASEPRITE_FORMATS:
        raise InvalidArgumentError("tags are Aseprite's", hint="choose the format aseprite")
    sources = [one.file for one in named]
    listing = None if options.file_format == "none" else output.with_suffix(".json")
    _refuse_targets(output, listing, sources, overwrite)
    frames, names, shown_ms = _read_frames(named)
    if _is_packed(options, frames):
        pixels, layout = packed_sheet(
            frames,
            names=names,
            pivot=options.pivot,
            padding_px=1 if options.padding_px is None else options.padding_px,
            extrude_px=options.extrude_px,
            power_of_two=options.power_of_two,
        )
    else:
        pixels, layout = grid_sheet(
            frames,
            columns=options.columns,
            names=names,
            pivot=options.pivot,
            padding_px=options.padding_px or 0,
            extrude_px=options.extrude_px,
        )
    told = _listing(layout, output.name, options, shown_ms, tags or {})
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, encode_png(pixels))
    if listing:
        write_whole(listing, told)
    return layout, listing


def _is_packed(options: SheetOptions, frames: Sequence[Rgba]) -> bool:
    if options.packed is not None or options.columns is not None:
        return bool(options.packed)
    return any(frame.shape != frames[0].shape for frame in frames)


def _refuse_targets(output: Path, listing: Path | None, sources: list[Path], overwrite: bool) -> None:
    if output.suffix.lower() != ".png":
        raise InvalidArgumentError(f"--output {output}", hint="a sheet is a PNG: give a name that ends in .png")
    if output.resolve() in {source.resolve() for source in sources}:
        raise InvalidArgumentError(f"{output} is one of the pictures", hint="give the sheet a name of its own")
    there = [file for file in (output, listing) if file is not None and file.exists()]
    if there and not overwrite:
        raise InvalidArgumentError(f"{there[0]} exists already", hint="give --overwrite, or another --output")


def _read_frames(named: Sequence[NamedPicture]) -> tuple[list[Rgba], list[str], list[int]]:
    """All frames of all pictures, with a name each, and how long each is shown in ms."""
    from pixels_mcp.pixelart.pictures import open_frames
    from pixels_mcp.pixelart.sheets.animation import shown_time_ms

    frames: list[Rgba] = []
    names: list[str] = []
    durations_ms: list[int] = []
    for name, one in zip(telling_names(named), named, strict=True):
        pictures, shown_ms = open_frames(one.file)
        frames += pictures
        durations_ms += [shown_time_ms(shown) for shown in shown_ms]
        names += [name] if len(pictures) == 1 else [f"{name} {number}" for number in range(len(pictures))]
    return frames, names, durations_ms


def _listing(
    layout: SheetLayout, image_name: str, options: SheetOptions, shown_ms: list[int], tags: Mapping[str, FrameTag]
) -> bytes:
    import json

    from pixels_mcp.pixelart.sheets.atlas_json import aseprite_json, texture_packer_json

    document: JsonObject
    if options.file_format in ASEPRITE_FORMATS:
        durations_ms = shown_ms if options.frame_ms is None else [options.frame_ms] * len(layout.frames)
        document = aseprite_json(
            layout,
            image_name,
            durations_ms=durations_ms,
            tags=tags,
            as_hash=options.file_format == "aseprite-hash",
        )
    else:
        document = texture_packer_json(layout, image_name, as_array=options.file_format == "texture-packer-array")
    return (json.dumps(document, indent=1) + "\n").encode("utf-8")
