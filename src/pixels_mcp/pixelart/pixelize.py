"""One picture in, true pixel art out: what `pixels-mcp pixelize` and the tool `pixelize_image` call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypedDict

import numpy as np

from pixels_mcp.errors import NoGridError, PictureSizeError
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.colors.quantize import few_colors, snap_to_palette
from pixels_mcp.pixelart.colors.recolor import limit_colors, lock_set
from pixels_mcp.pixelart.drawing.canvas import place, trim
from pixels_mcp.pixelart.drawing.cleanup import remove_orphans, remove_specks
from pixels_mcp.pixelart.drawing.outline import add_outline
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.quality import PixelFacts, measure_facts
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.joint import recover_frames, recover_set
from pixels_mcp.pixelart.recovery.marks import CornerMark, find_corner_mark
from pixels_mcp.pixelart.recovery.recognition import Kind
from pixels_mcp.pixelart.recovery.recover import Recovery, recover
from pixels_mcp.pixelart.recovery.search import UNSURE
from pixels_mcp.pixelart.recovery.sizing import Sized, bring_to_size, expected_cell_px
from pixels_mcp.pixelart.recovery.steps import StepCandidate
from pixels_mcp.set_words import Anchor, Dither, Outline
from pixels_mcp.told_apart import JsonObject

_CANDIDATES_TOLD = 3


@dataclass(frozen=True, slots=True, eq=False)
class PixelizeOptions:
    """What shall be done to a picture; by default it is recovered and its background removed, no more.

    Attributes:
        size_px: (width, height) of the result; None keeps what was recovered.
        cell_px: Side of one drawn pixel, where it is known or found wrongly.
        palette: Colours to use and no others.
        max_colors: Number of colours at most, 2 to 256; `auto` takes the few that tell the picture's shades apart.
        dither: Pattern that mixes the palette's colours.
        background: What shall become of a plain background and of its holes; by default the picture decides.
        trim_edges: Cut away transparent edges.
        remove_specks: Take away crumbs and a maker's mark beside the drawing.
        remove_orphans: Recolour single pixels that stand out (eyes and highlights too).
        outline: A line around the drawing.
        outline_color: (3,) uint8; None takes the drawing's darkest.
        anchor: Where the drawing stands on a canvas of `size_px`.
    """

    size_px: tuple[int, int] | None = None
    cell_px: float | None = None
    palette: Palette | None = None
    max_colors: int | Literal["auto"] | None = None
    dither: Dither = "none"
    background: CutChoice = field(default_factory=CutChoice)
    trim_edges: bool = False
    remove_specks: bool = False
    remove_orphans: bool = False
    outline: Outline = "none"
    outline_color: np.ndarray | None = None
    anchor: Anchor = "keep"


class PixelizedTold(TypedDict):
    """What is told of a picture that became pixel art, as JSON shows it."""

    kind: Kind
    source_cell_px: list[float] | None
    confidence: float
    other_cells_px: list[float]
    notes: list[str]
    facts: JsonObject


@dataclass(frozen=True, slots=True, eq=False)
class Pixelized:
    """True pixel art and how it came about.

    Attributes:
        pixels: (H, W, 4) uint8, one pixel per cell, alpha 0 or 255.
        facts: What is true of it.
        kind: `grid`, `native` (it already was pixel art) or `none` (no grid; brought to the asked size).
        source_cell_px: (width, height) of one cell in the picture; None without a grid.
        confidence: 0 to 1, how sure the grid is.
        notes: What a person should know, a sentence each.
        other_cells_px: Other sizes that one cell may have, the likeliest first.
    """

    pixels: Rgba
    facts: PixelFacts
    kind: Kind
    source_cell_px: tuple[float, float] | None
    confidence: float
    notes: list[str] = field(default_factory=list[str])
    other_cells_px: tuple[float, ...] = ()

    def to_dict(self) -> PixelizedTold:
        """Everything but the pixels, as plain values."""
        return {
            "kind": self.kind,
            "source_cell_px": None if self.source_cell_px is None else [round(px, 3) for px in self.source_cell_px],
            "confidence": round(self.confidence, 3),
            "other_cells_px": [round(px, 2) for px in self.other_cells_px],
            "notes": self.notes,
            "facts": self.facts.to_dict(),
        }


def pixelize(pixels: Rgba, options: PixelizeOptions | None = None) -> Pixelized:
    """Turn a picture into true pixel art.

    Args:
        pixels: (H, W, 4) uint8.
        options: What shall be done; by default the art is recovered and its background removed.

    Raises:
        NoGridError: The picture shows no grid and neither `cell_px` nor `size_px` was given.
        PictureSizeError: `cell_px` or `size_px` does not fit the picture.
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    options = options or PixelizeOptions()
    near_px = None if options.size_px is None else expected_cell_px(pixels, options.size_px)
    recovery = recover(pixels, cell_px=options.cell_px, near_px=near_px, choice=options.background)
    mark = find_corner_mark(recovery.pixels)
    if mark is not None:
        recovery = _about_mark(recovery, mark, options)
    if recovery.kind == "none" and options.size_px is None:
        height_px, width_px = pixels.shape[:2]
        likeliest = f"; its likeliest cells are {_sizes(recovery.candidates)} px" if recovery.candidates else ""
        raise NoGridError(
            " ".join((f"the picture ({width_px} x {height_px} px) shows no pixel grid", *recovery.notes)),
            hint=f"give the size of the result or of one cell to draw it as pixel art all the same{likeliest}",
        )
    sized = _sized(pixels, recovery, options)
    drawn = sized.pixels
    if options.remove_specks:
        drawn = remove_specks(drawn)
    if options.remove_orphans:
        drawn = remove_orphans(drawn)
    drawn = limit_colors(drawn, options.palette, _most_colors([drawn], options), options.dither)
    drawn = add_outline(drawn, options.outline, _ink(options))
    return _told(drawn, recovery, sized, options)


def pixelize_frames(frames: Sequence[Rgba], options: PixelizeOptions | None = None) -> list[Pixelized]:
    """Turn the frames of one animation into true pixel art on one grid, in one palette.

    Args:
        frames: (H, W, 4) uint8 each, all of one size.
        options: What shall be done; the size is reached by moving all frames alike, never by resampling.

    Raises:
        NoGridError: The frames show no common grid.
        PictureSizeError: A drawing is larger than `size_px`.
        PixelArtError: The frames have different sizes.
    """
    options = options or PixelizeOptions()
    recovered = recover_frames(frames, cell_px=options.cell_px, choice=options.background)
    return _finished_together(recovered, [one.pixels for one in recovered], options, anchor="keep")


def pixelize_set(pictures: Sequence[Rgba], options: PixelizeOptions | None = None) -> list[Pixelized]:
    """Turn pictures that belong together into true pixel art with one cell size and one palette.

    Args:
        pictures: (H, W, 4) uint8 each, of any size.
        options: What shall be done; the size is reached by moving each drawing, never by resampling.

    Raises:
        NoGridError: No picture shows a grid.
        PictureSizeError: A drawing is larger than `size_px`.
    """
    options = options or PixelizeOptions()
    recovered = recover_set(pictures, cell_px=options.cell_px, choice=options.background)
    drawn = [trim(one.pixels) if options.trim_edges else one.pixels for one in recovered]
    return _finished_together(recovered, drawn, options, anchor=options.anchor)


def _finished_together(
    recovered: Sequence[Recovery], drawn: list[Rgba], options: PixelizeOptions, *, anchor: Anchor
) -> list[Pixelized]:
    """Bring pictures that belong together to one size and one palette, never by resampling."""
    room = _room(options)
    sizes_px = [one.shape[1::-1] for one in drawn]
    if room is not None:
        drawn = [place(one, room, anchor) for one in drawn]
    if options.palette is None and options.max_colors is not None:
        drawn, _ = lock_set(drawn, _most_colors(drawn, options))
    made: list[Pixelized] = []
    for recovery, art, size_px in zip(recovered, drawn, sizes_px, strict=True):
        colored = limit_colors(art, options.palette, None, options.dither)
        if options.outline == "outer":
            colored = np.pad(colored, ((1, 1), (1, 1), (0, 0)))
        lined = add_outline(colored, options.outline, _ink(options))
        sized = Sized(lined, room is not None and room != size_px, False, recovery.background_removed)
        made.append(_told(lined, recovery, sized, options))
    return made


def _told(drawn: Rgba, recovery: Recovery, sized: Sized, options: PixelizeOptions) -> Pixelized:
    """A finished picture with its facts and what a person should know."""
    facts = measure_facts(
        drawn,
        padded=sized.padded,
        resampled=sized.resampled,
        background_removed=sized.background_removed,
    )
    cell = None if recovery.grid is None else (recovery.grid.cell_width_px, recovery.grid.cell_height_px)
    others = tuple(one.step_px for one in recovery.candidates[:_CANDIDATES_TOLD])
    return Pixelized(drawn, facts, recovery.kind, cell, recovery.confidence, _notes(recovery, sized, options), others)


def _about_mark(recovery: Recovery, mark: CornerMark, options: PixelizeOptions) -> Recovery:
    """A maker's mark goes where cleaning was asked for, and is told where it was not."""
    if not options.remove_specks:
        return replace(recovery, notes=(*recovery.notes, mark.note))
    cleaned = recovery.pixels.copy()
    cleaned[mark.mask] = 0
    return replace(recovery, pixels=cleaned)


def _sized(pixels: Rgba, recovery: Recovery, options: PixelizeOptions) -> Sized:
    room = _room(options)
    if room is None:
        art = trim(recovery.pixels) if options.trim_edges else recovery.pixels
        return Sized(art, False, False, recovery.background_removed)
    sized = bring_to_size(pixels, recovery, room, choice=options.background, anchor=options.anchor)
    if options.outline != "outer":
        return sized
    ringed = np.pad(sized.pixels, ((1, 1), (1, 1), (0, 0)))
    return Sized(ringed, True, sized.resampled, sized.background_removed)


def _most_colors(drawn: Sequence[Rgba], options: PixelizeOptions) -> int | None:
    if options.max_colors != "auto":
        return options.max_colors
    return few_colors(np.concatenate([one.reshape(-1, 4) for one in drawn])[None])


def _room(options: PixelizeOptions) -> tuple[int, int] | None:
    """The size for the drawing alone: an outer outline takes a pixel on each side."""
    if options.size_px is None:
        return None
    line_px = 2 if options.outline == "outer" else 0
    room = (options.size_px[0] - line_px, options.size_px[1] - line_px)
    if min(room) < 1:
        raise PictureSizeError(
            f"{options.size_px[0]} x {options.size_px[1]} px leaves no room inside an outer outline",
            hint="ask for a larger size",
        )
    return room


def _ink(options: PixelizeOptions) -> np.ndarray | None:
    """The outline's colour, inside the palette where there is one."""
    if options.outline_color is None or options.palette is None:
        return options.outline_color
    pixel = np.append(np.asarray(options.outline_color, dtype=np.uint8), np.uint8(255)).reshape(1, 1, 4)
    return snap_to_palette(pixel, options.palette)[0, 0, :3]


def _sizes(candidates: Sequence[StepCandidate]) -> str:
    """The likeliest few of some sizes, as words."""
    return " or ".join(f"{one.step_px:.3g}" for one in candidates[:_CANDIDATES_TOLD])


def _notes(recovery: Recovery, sized: Sized, options: PixelizeOptions) -> list[str]:
    notes: list[str] = []
    if recovery.kind == "native":
        cleaned = "has its size already, but soft edges and thousands of colors: its own pixels in a small palette"
        notes.append(f"The picture {cleaned if recovery.cleaned else 'already is native pixel art'}.")
    if recovery.kind == "none":
        notes.append("The picture shows no pixel grid; it was brought to the asked size.")
    if recovery.grid is not None and recovery.confidence < UNSURE:
        others = f", or of {_sizes(recovery.candidates)} px" if recovery.candidates else ""
        notes.append(
            f"The grid is unsure: cells of {recovery.grid.cell_width_px:.3g} px{others}; "
            "if the result looks wrong, give the size of one cell."
        )
    if sized.resampled and recovery.kind != "none":
        height_px, width_px = recovery.pixels.shape[:2]
        notes.append(f"The art has {width_px} x {height_px} px and was resampled to the asked size.")
    notes += recovery.notes
    unasked = options.background.ground == "keep" or sized.background_removed
    if not unasked and not recovery.notes and (recovery.pixels[..., 3] == 255).all():
        notes.append("No plain background was found to remove.")
    return notes
