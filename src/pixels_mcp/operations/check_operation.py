"""Check a game's art against its `pixels.toml`: what breaks the palette, the colors, the size, the grid, the outline,
the light, or looks unlike the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixels_mcp.bevy.formats.atlas import parse_sheet
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.game_style.first_style import art_files
from pixels_mcp.game_style.style_file import GameStyle, Light
from pixels_mcp.pixelart.colors.color import hex_code, oklab
from pixels_mcp.pixelart.colors.palettes import parse_color
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import is_on_grid
from pixels_mcp.pixelart.style.silhouette import CLOSED_FROM, border_of, light_direction, measure_outline
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

_SET_MIN, _STRANGE_SPREADS = 8, 4.0
"""A set says what is unlike it from so many pictures on, and a picture so many spreads away is."""

_CELLS_MIN = 8
_AGAINST_LIGHT = 0.15
_COLORS_TOLD = 5
_TILE = re.compile(r"tile:\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)")


@dataclass(frozen=True)
class StyleBreak:
    """One thing that breaks a style.

    Attributes:
        file: The picture.
        check: palette, colors, size, grid, outline, light, style, or unreadable.
        message: What is wrong, with numbers.
    """

    file: str
    check: str
    message: str


@dataclass(frozen=True)
class StyleReport:
    """What was looked at, and what breaks the style.

    Attributes:
        style_file: The `pixels.toml`.
        files: How many pictures were looked at.
        breaks: What breaks the style, in the order of the files.
    """

    style_file: str
    files: int
    breaks: tuple[StyleBreak, ...]

    @property
    def broken_files(self) -> int:
        """How many pictures break it."""
        return len({one.file for one in self.breaks})


def check_style(folder: Path, style: GameStyle) -> StyleReport:
    """Look at every picture of a folder.

    Raises:
        InvalidArgumentError: There is no picture.
    """
    files = [folder] if folder.is_file() else art_files(folder)
    if not files:
        raise InvalidArgumentError(f"no PNG lies in {folder}", hint="name the game's folder or one of its art")
    breaks: list[StyleBreak] = []
    frames: dict[Path, list[Rgba]] = {}
    for file in files:
        try:
            picture = open_picture(file)
            frames[file] = _frames_of(file, picture)
        except PixelsError as error:
            breaks.append(StyleBreak(str(file), "unreadable", error.message))
            continue
        breaks += [StyleBreak(str(file), check, message) for check, message in _broken(picture, frames[file], style)]
    breaks += _unlike_the_rest(frames)
    order = {str(file): number for number, file in enumerate(files)}
    return StyleReport(str(style.file), len(files), tuple(sorted(breaks, key=lambda one: order[one.file])))


def _frames_of(file: Path, picture: Rgba) -> list[Rgba]:
    """The frames or tiles of a sheet by the manifest beside it; a single sprite is one. Empty ones are left out."""
    sheet = file.with_suffix(".sprite.ron")
    tiles = file.with_suffix(".tileset.ron")
    rects = [(0, 0, picture.shape[1], picture.shape[0])]
    if sheet.is_file():
        rects = parse_sheet(sheet.read_text("utf-8"), label=str(sheet)).rects()
    elif tiles.is_file() and (side := _TILE.search(tiles.read_text("utf-8"))):
        width, height = int(side[1]), int(side[2])
        rects = [
            (x, y, width, height)
            for y in range(0, picture.shape[0] - height + 1, height)
            for x in range(0, picture.shape[1] - width + 1, width)
        ]
    cut = [picture[y : y + height, x : x + width] for x, y, width, height in rects]
    return [frame for frame in cut if frame.size and (frame[..., 3] >= 128).any()]


def _broken(picture: Rgba, frames: Sequence[Rgba], style: GameStyle) -> Iterator[tuple[str, str]]:
    checks: dict[str, Callable[[], str | None]] = {
        "palette": lambda: _palette(picture, style),
        "colors": lambda: _colors(frames, style),
        "size": lambda: _size(frames, style),
        "grid": lambda: _grid(frames),
        "outline": lambda: _outline(frames, style),
        "light": lambda: _light(frames, style.light) if style.light else None,
    }
    for name, check in checks.items():
        if frames and (message := check()):
            yield name, message


def _palette(picture: Rgba, style: GameStyle) -> str | None:
    if style.palette is None:
        return None
    own, counts = np.unique(picture[picture[..., 3] > 0][:, :3], axis=0, return_counts=True)
    known = np.array([parse_color(code) for code in style.palette])
    strange = ~(own[:, None] == known[None]).all(axis=-1).any(axis=1)
    if not strange.any():
        return None
    first = own[strange][np.argsort(-counts[strange], kind="stable")][:_COLORS_TOLD]
    share = counts[strange].sum() / counts.sum()
    more = f" and {int(strange.sum()) - len(first)} more" if strange.sum() > len(first) else ""
    return f"{share:.1%} of its pixels are not of the palette: {', '.join(map(hex_code, first))}{more}"


def _colors(frames: Sequence[Rgba], style: GameStyle) -> str | None:
    most = max(len(np.unique(frame[frame[..., 3] > 0][:, :3], axis=0)) for frame in frames)
    return f"{most} colors, at most {style.max_colors}" if style.max_colors and most > style.max_colors else None


def _size(frames: Sequence[Rgba], style: GameStyle) -> str | None:
    height, width = frames[0].shape[:2]
    if style.size_px is None or (height % style.size_px == 0 and width % style.size_px == 0):
        return None
    return f"{width} x {height} px, the style has {style.size_px} px (or whole multiples)"


def _grid(frames: Sequence[Rgba]) -> str | None:
    levels = {int(level) for frame in frames for level in np.unique(frame[..., 3])}
    if levels - {0, 255}:
        return f"{len(levels - {0, 255})} alpha levels between 0 and 255: its edges are soft"
    side = min(frames[0].shape[:2])
    colored = [frame for frame in frames if len(np.unique(frame.reshape(-1, 4), axis=0)) > 1]
    for cell_px in range(side // _CELLS_MIN, 1, -1):
        if colored and all(is_on_grid(frame, cell_px) for frame in colored):
            return f"it is drawn in cells of {cell_px} px; bring it to one pixel a pixel"
    return None


def _outline(frames: Sequence[Rgba], style: GameStyle) -> str | None:
    if style.outline is None:
        return None
    shares = [measure_outline(oklab(frame[..., :3]), frame[..., 3] > 0).dark_border for frame in frames]
    known = [share for share in shares if not np.isnan(share)]
    if not known:
        return None
    dark = float(np.median(known))
    if style.outline == "none":
        return f"{dark:.0%} of its border is a dark outline, the style has none" if dark >= CLOSED_FROM else None
    if dark < CLOSED_FROM:
        return f"its outline is open: {dark:.0%} of the border is dark, {CLOSED_FROM:.0%} count as closed"
    if style.outline_color is None:
        return None
    ink = parse_color(style.outline_color)
    inked = np.concatenate([(frame[border_of(frame[..., 3] > 0)][:, :3] == ink).all(axis=-1) for frame in frames])
    share = float(inked.mean()) if inked.size else 1.0
    return f"{share:.0%} of its border has the color {style.outline_color}" if share < CLOSED_FROM else None


def _light(frames: Sequence[Rgba], light: Light) -> str | None:
    across = {"left": -1.0, "right": 1.0}.get(light.rpartition("-")[2], 0.0)
    down = {"top": -1.0, "bottom": 1.0}.get(light.partition("-")[0], 0.0)
    figures = [frame for frame in frames if not (frame[..., 3] > 0).all()]
    if not figures:
        return None
    directions = np.array([light_direction(oklab(one[..., :3])[..., 0], one[..., 3] > 0) for one in figures])
    dx, dy = np.median(directions, axis=0)
    toward = (dx * across + dy * down) / np.hypot(across, down)
    if toward >= -_AGAINST_LIGHT:
        return None
    return f"it is lit from the other side than {light} (correlation {dx:+.2f} across, {dy:+.2f} down)"


def _unlike_the_rest(frames: dict[Path, list[Rgba]]) -> Iterator[StyleBreak]:
    """Pictures that are many spreads further from the set than its others."""
    middles = {file: own[len(own) // 2] for file, own in frames.items() if own}
    if len(middles) < _SET_MIN:
        return
    style = StyleOfSet(list(middles.values()))
    distances = {file: style.distance_of(picture) for file, picture in middles.items()}
    values = np.array([one.distance for one in distances.values()])
    middle = float(np.median(values))
    spread = max(float(np.median(np.abs(values - middle))), 0.1)
    for file, one in distances.items():
        if one.distance > middle + _STRANGE_SPREADS * spread:
            features = ", ".join(f"{off.name} {off.value:.3g} (usual {off.expected:.3g})" for off in one.furthest[:3])
            yield StyleBreak(
                str(file), "style", f"style distance {one.distance:.2f}, the others have {middle:.2f}: {features}"
            )
