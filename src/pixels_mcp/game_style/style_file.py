"""`pixels.toml`, which lies in a game's folder and says how all of its art looks.

    [style]
    words = "muted dark fantasy"         # how everything looks; never names a thing
    palette = "palettes/game.hex"        # a palette's name, a file of this folder, or a list of colors
    max_colors = 24
    outline = "outer"                    # none, outer, inner
    outline_color = "#1a1c2c"
    light = "top-left"                   # checked, not forced
    size_px = 32
    reference = "hero-0001.1"            # palette and outline are measured from it where they are not said
    model = "mini"

    [export]
    formats = ["bevy"]

A request's own words win over the file, the file over the settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.documents import parse_toml
from pixels_mcp.errors import PixelsError, StyleFileError
from pixels_mcp.requests import COLOR_PATTERN, SIZE_PX_MAX, SIZE_PX_MIN, SPRITE_ID_PATTERN, PaletteText

STYLE_FILE = "pixels.toml"

PALETTE_MAX = 64
"""Art of more colors together has no palette."""

Light: TypeAlias = Literal["top-left", "top", "top-right", "left", "right", "bottom-left", "bottom", "bottom-right"]
ExportFormat: TypeAlias = Literal[
    "bevy", "tiled", "ldtk", "aseprite", "aseprite-json", "texture-packer", "gif", "apng", "webp", "png"
]
FindSprite: TypeAlias = Callable[[str], Path]
"""Gives the file of a sprite_id, or raises UnknownSpriteError."""

_FILE_ENDING = re.compile(r"\.[A-Za-z]{2,5}$")
_BYTES_MAX = 256 * 1024


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _StyleTable(_Table):
    words: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    palette: PaletteText | None = None
    max_colors: int | None = Field(default=None, ge=2, le=256)
    outline: Literal["none", "outer", "inner"] | None = None
    outline_color: Annotated[str, StringConstraints(pattern=COLOR_PATTERN)] | None = None
    light: Light | None = None
    size_px: int | None = Field(default=None, ge=SIZE_PX_MIN, le=SIZE_PX_MAX)
    reference: Annotated[str, StringConstraints(min_length=1, max_length=4_096)] | None = None
    model: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None


class _ExportTable(_Table):
    formats: tuple[ExportFormat, ...] = ()


class _StyleFile(_Table):
    style: _StyleTable = _StyleTable()
    export: _ExportTable = _ExportTable()


@dataclass(frozen=True)
class GameStyle:
    """What a game's `pixels.toml` says; None where it says nothing.

    Attributes:
        file: The file itself.
        words: How everything looks.
        palette: The colors, `#rrggbb` each, in their order.
        palette_name: What the file calls them.
        max_colors: At most so many a sprite.
        outline: `none`, `outer` or `inner`.
        outline_color: `#rrggbb`.
        light: Where it comes from.
        size_px: Side of a sprite.
        reference: The picture that palette and outline were measured from.
        model: That draws.
        export_formats: What tilesets and animations are exported as.
    """

    file: Path
    words: str | None = None
    palette: tuple[str, ...] | None = None
    palette_name: str | None = None
    max_colors: int | None = None
    outline: Literal["none", "outer", "inner"] | None = None
    outline_color: str | None = None
    light: Light | None = None
    size_px: int | None = None
    reference: Path | None = None
    model: str | None = None
    export_formats: tuple[ExportFormat, ...] = ()


def find_style_file(folder: Path) -> Path | None:
    """The `pixels.toml` of a folder, or of one above it within the same game (up to its Cargo.toml or .git)."""
    start = folder.resolve()
    for place in (start, *start.parents):
        if (place / STYLE_FILE).is_file():
            return place / STYLE_FILE
        if (place / "Cargo.toml").exists() or (place / ".git").exists():
            return None
    return None


def read_game_style(file: Path, find_sprite: FindSprite) -> GameStyle:
    """Read and check a `pixels.toml`.

    Raises:
        StyleFileError: It cannot be used; names file, line and key.
    """
    text = _text_of(file)
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise StyleFileError(f"{file}: it is not TOML: {error}", hint="correct that line") from error
    try:
        written = _StyleFile.model_validate(document)
    except ValidationError as error:
        steps = [str(step) for step in error.errors(include_url=False)[0]["loc"]]
        raise StyleFileError(
            f"{_place(file, text, steps)}: {explain(error)}", hint=f"known keys: {', '.join(_known(steps))}"
        ) from error
    style = written.style
    try:
        palette, name = _palette(style.palette, file.parent)
    except PixelsError as error:
        raise StyleFileError(
            f"{_place(file, text, ['style', 'palette'])}: style.palette: {error.message}",
            hint="put the palette's file back, or name another palette",
        ) from error
    try:
        reference = _reference(style.reference, file.parent, find_sprite)
    except PixelsError as error:
        raise StyleFileError(
            f"{_place(file, text, ['style', 'reference'])}: style.reference: {error.message}",
            hint="name a sprite_id of the library or a PNG of this folder, or take the line out",
        ) from error
    outline = style.outline
    if reference is not None:
        palette, name, outline = _measured(reference, palette, name, outline)
    _check_outline(style, outline, palette, _place(file, text, ["style", "outline_color"]))
    return GameStyle(
        file=file,
        words=style.words,
        palette=palette,
        palette_name=name,
        max_colors=style.max_colors,
        outline=outline,
        outline_color=style.outline_color,
        light=style.light,
        size_px=style.size_px,
        reference=reference,
        model=style.model,
        export_formats=written.export.formats,
    )


def _text_of(file: Path) -> str:
    try:
        data = file.read_bytes()
        if len(data) > _BYTES_MAX:
            raise StyleFileError(
                f"{file} has {len(data)} bytes, {_BYTES_MAX} are read", hint="keep the style alone in it"
            )
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StyleFileError(f"cannot read {file}: {error}", hint="save it as UTF-8 text") from error


def _palette(palette: str | None, folder: Path) -> tuple[tuple[str, ...] | None, str | None]:
    if palette is None:
        return None, None
    from pixels_mcp.pixelart.colors.palettes import load_palette

    is_file = _FILE_ENDING.search(palette) is not None and "#" not in palette
    loaded = load_palette(inside(folder, palette)) if is_file else load_palette(palette, allow_files=False)
    return tuple(loaded.hex_codes), palette if is_file else loaded.name


def inside(folder: Path, path: str) -> Path:
    """A file of a folder.

    Raises:
        StyleFileError: It leads out of it, also through a link, or is not there.
    """
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise StyleFileError(f"{path} leads out of {folder}", hint="copy the file into the folder")
    if not file.is_file():
        raise StyleFileError(f"{path} is gone: there is no file {file}", hint="put it back, or name another")
    return file


def _reference(reference: str | None, folder: Path, find_sprite: FindSprite) -> Path | None:
    if reference is None:
        return None
    return find_sprite(reference) if re.fullmatch(SPRITE_ID_PATTERN, reference) else inside(folder, reference)


def _measured(
    reference: Path, palette: tuple[str, ...] | None, name: str | None, outline: Any
) -> tuple[tuple[str, ...] | None, str | None, Any]:
    """Palette and outline of the reference, where the file says none."""
    from pixels_mcp.pixelart.colors.palettes import palette_of
    from pixels_mcp.pixelart.colors.quantize import merge_colors
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.pixels import harden_alpha
    from pixels_mcp.pixelart.style.outlining import usual_outline

    picture = harden_alpha(open_picture(reference))
    if palette is None:
        palette = tuple(palette_of(merge_colors(picture, tolerance=0.0, max_colors=PALETTE_MAX)).hex_codes)
        name = reference.name
    return palette, name, outline or usual_outline([picture])


def _check_outline(style: _StyleTable, outline: str | None, palette: tuple[str, ...] | None, place: str) -> None:
    color = style.outline_color
    if color is None:
        return
    if outline not in ("outer", "inner"):
        raise StyleFileError(
            f"{place}: style.outline_color {color} needs an outline", hint='add outline = "outer" or "inner"'
        )
    if palette is not None and color.lower() not in palette:
        raise StyleFileError(
            f"{place}: style.outline_color {color} is not in the palette", hint=f"take one of {', '.join(palette[:16])}"
        )


def _place(file: Path, text: str, steps: list[str]) -> str:
    """`pixels.toml, line 4`; the file alone where the key stands in none of its own."""
    for step in reversed([step for step in steps if not step.isdigit()]):
        pattern = re.compile(rf"^\s*(?:\w+\.)?{re.escape(step)}\s*=|^\s*\[{re.escape(step)}\]")
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.match(line):
                return f"{file}, line {number}"
    return str(file)


def _known(steps: list[str]) -> list[str]:
    tables: dict[str, type[BaseModel]] = {"style": _StyleTable, "export": _ExportTable}
    return list(tables.get(steps[0] if steps else "", _StyleFile).model_fields)
