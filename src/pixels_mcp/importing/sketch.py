"""A drawing in letters: rows of characters and a legend that says which color each character is."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import JsonValue

from pixels_mcp.errors import PaletteError, SketchError
from pixels_mcp.importing.imported_art import CLIP_NAME, FRAME_MS, ImportedArt, ImportedClip
from pixels_mcp.importing.sketch_words import Sketch
from pixels_mcp.pixelart.colors.hex_codes import colors_from_codes
from pixels_mcp.pixelart.pixels import Rgba

SIDE_PX_MIN, SIDE_PX_MAX = 8, 64
FRAMES_MAX = 64
LETTERS_MAX = 64
"""A picture of more colors is no pixel art that anybody drew by letters."""

_CLEAR = (".", " ")
"""Transparent where the legend says nothing of them."""

_Color = tuple[int, int, int, int]


def draw_sketch(sketch: Sketch, *, frame_ms: int | None = None) -> ImportedArt:
    """Turn letters into pixels.

    Args:
        sketch: As drawn.
        frame_ms: How long each frame is shown; 100 by default.

    Returns:
        One frame, or several with one clip of all of them; alpha is 0 or 255.

    Raises:
        SketchError: Rows of different lengths, too small or too large, a letter without a color, a legend that is
            none, or nothing drawn; names the row, the letter and what it may be.
    """
    blocks = _blocks(sketch)
    legend = _read_legend(sketch.legend or {})
    _check_shapes(blocks)
    frames = tuple(_paint(block, legend, _place(number, len(blocks))) for number, block in enumerate(blocks, start=1))
    if not any(frame[..., 3].any() for frame in frames):
        raise SketchError("every pixel of it is transparent", hint="use a character that has a color in the legend")
    used = {sign for block in blocks for row in block for sign in row}
    unused = [sign for sign in legend if sign not in used and sign not in _CLEAR]
    notes = ["drawn in letters"] + ([f"of the legend not used: {' '.join(unused)}"] if unused else [])
    asked: dict[str, JsonValue] = json.loads(sketch.model_dump_json(exclude_none=True, exclude={"legend"}))
    asked["legend"] = dict(sorted((sketch.legend or {}).items()))
    written = json.dumps(asked, sort_keys=True, ensure_ascii=True).encode()
    clips = {}
    if len(frames) > 1:
        clips = {CLIP_NAME: ImportedClip(tuple(range(len(frames))), (frame_ms or FRAME_MS,) * len(frames))}
    return ImportedArt(frames, {"sketch": hashlib.sha256(written).hexdigest()}, clips, asked=asked, notes=tuple(notes))


def _blocks(sketch: Sketch) -> list[list[str]]:
    if (sketch.rows is None) == (sketch.frames is None):
        raise SketchError(
            "a drawing in letters has rows, or frames of rows; give one of them",
            hint='for example rows ["..rr..rr", ...] and legend {".": null, "r": "#c03a2b"}',
        )
    blocks = [list(sketch.rows)] if sketch.rows is not None else [list(rows) for rows in sketch.frames or ()]
    if not 1 <= len(blocks) <= FRAMES_MAX:
        raise SketchError(f"{len(blocks)} frames; 1 to {FRAMES_MAX} will do", hint="draw fewer, or several animations")
    return blocks


def _check_shapes(blocks: Sequence[Sequence[str]]) -> None:
    height_px = len(blocks[0])
    widths = Counter(len(row) for block in blocks for row in block)
    width_px = widths.most_common(1)[0][0] if widths else 0
    for number, block in enumerate(blocks, start=1):
        where = _place(number, len(blocks))
        for row_number, row in enumerate(block, start=1):
            if len(row) != width_px:
                raise SketchError(
                    f"{where}row {row_number} has {len(row)} characters, most have {width_px}",
                    hint=f"make every row {width_px} characters long; '.' fills with transparency",
                )
        if len(block) != height_px:
            raise SketchError(
                f"{where}it has {len(block)} rows, frame 1 has {height_px}", hint="draw all frames in one size"
            )
    for side_px, what in ((width_px, "characters wide"), (height_px, "rows high")):
        if not SIDE_PX_MIN <= side_px <= SIDE_PX_MAX:
            raise SketchError(
                f"the drawing is {side_px} {what}; {SIDE_PX_MIN} to {SIDE_PX_MAX} will do",
                hint="16 x 16 and 32 x 32 suit most things",
            )


def _read_legend(legend: Mapping[str, str | None]) -> dict[str, _Color]:
    if len(legend) > LETTERS_MAX:
        raise SketchError(
            f"the legend has {len(legend)} characters, at most {LETTERS_MAX} may be",
            hint="pixel art of this size lives from few colors: 4 to 16",
        )
    colors: dict[str, _Color] = dict.fromkeys(_CLEAR, (0, 0, 0, 0))
    for sign, code in legend.items():
        if len(sign) != 1 or unicodedata.category(sign).startswith("C"):
            raise SketchError(
                f"{sign[:20]!r} in the legend is not one printed character", hint='write for example "r": "#c03a2b"'
            )
        colors[sign] = _color(sign, code)
    return colors


def _color(sign: str, code: str | None) -> _Color:
    if code is None or code.strip().lower() in ("", "null", "none", "transparent"):
        return (0, 0, 0, 0)
    try:
        ((red, green, blue),) = colors_from_codes([code]).tolist()
    except PaletteError as error:
        raise SketchError(
            f"{sign!r} in the legend: {code[:40]!r} is not a color", hint="write #rrggbb, or null for transparent"
        ) from error
    return (red, green, blue, 255)


def _paint(block: Sequence[str], legend: Mapping[str, _Color], where: str) -> Rgba:
    pixels = np.zeros((len(block), len(block[0]), 4), np.uint8)
    for y, row in enumerate(block):
        for x, sign in enumerate(row):
            if sign not in legend:
                known = " ".join(one for one in legend if one != " ")
                raise SketchError(
                    f"{where}row {y + 1}, character {x + 1}: {sign!r} is not in the legend",
                    hint=f"give it a color there; known are {known}",
                )
            pixels[y, x] = legend[sign]
    return pixels


def _place(number: int, frames: int) -> str:
    return f"frame {number}: " if frames > 1 else ""
