"""Other colors for the same drawing: a palette, swapped colors, a material, the look of another sprite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from pydantic import JsonValue

from pixels_mcp.errors import PaletteError
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.edited import Edited, EditInputs
from pixels_mcp.pixelart.colors.hex_codes import colors_from_codes
from pixels_mcp.pixelart.colors.hue_match import describe_change, measure_change, snap_by_hue
from pixels_mcp.pixelart.colors.materials import material_ramp
from pixels_mcp.pixelart.colors.palettes import MIN_COLORS, Palette, load_palette, palette_of, parse_color
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.colors.recolor import limit_colors, remap_by_lightness, swap_palette
from pixels_mcp.pixelart.drawing.matching import SpriteLook, look_of, match_look
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.outlining import bring_outline

_WAYS: Mapping[str, Callable[[Rgba, Palette], Rgba]] = {
    "nearest": snap_to_palette,
    "hue": snap_by_hue,
    "lightness": remap_by_lightness,
}


def recolor(request: EditRequest, inputs: EditInputs) -> Edited:
    """Give the drawing a palette's colors, swap some of its own, or leave it fewer.

    Raises:
        PaletteError: The palette or the swap is none.
    """
    part = _only(inputs)
    if request.swap is not None:
        old, new = _read_swap(request.swap)
        return Edited(inputs.within(swap_palette(part, old, new)), plan={"swap": request.swap})
    if request.palette is None:
        few = limit_colors(part, None, request.max_colors)
        return Edited(inputs.within(few), plan={"max_colors": request.max_colors})
    palette = load_palette(request.palette, allow_files=False)
    by = request.by or ("hue" if inputs.is_ground else "nearest")
    locked = _WAYS[by](part, palette)
    if request.max_colors is not None:
        locked = limit_colors(part if by == "nearest" else locked, palette, request.max_colors)
    name = palette.name if inputs.where is None and palette.name != "inline" else None
    told = describe_change(measure_change(part, locked), palette.name)
    plan: dict[str, JsonValue] = {"palette": list(palette.hex_codes), "by": by}
    return Edited(inputs.within(locked), (told,) if told else (), plan, palette=name)


def material(request: EditRequest, inputs: EditInputs) -> Edited:
    """Make the drawing, or a region of it, of another material: its shades become the material's, dark to dark."""
    assert request.material is not None
    ramp = material_ramp(request.material)
    shaded = remap_by_lightness(_only(inputs), ramp)
    plan: dict[str, JsonValue] = {"ramp": list(ramp.hex_codes)}
    if request.palette is not None:
        palette = load_palette(request.palette, allow_files=False)
        shaded = snap_to_palette(shaded, palette)
        plan["palette"] = [*palette.hex_codes]
    return Edited(inputs.within(shaded), plan=plan)


def match(request: EditRequest, inputs: EditInputs) -> Edited:
    """Give the drawing the palette, the range of light and the kind of outline of another sprite, or a palette alone.

    An outline that is asked for comes in place of the other sprite's.

    Raises:
        PaletteError: The other sprite has no 2 to 256 colors, or the palette is none; the outline's color is none.
    """
    assert request.style is not None
    if inputs.style is None:
        palette = load_palette(request.style, allow_files=False)
        look = SpriteLook(palette, None, None, has_silhouette=False)
    else:
        palette = palette_of(inputs.style, "style")
        look = look_of(inputs.style, palette)
    matched = match_look(inputs.sprite, look if request.outline is None else replace(look, has_silhouette=False))
    if request.max_colors is not None:
        of_line = 1 if request.color is not None else 0  # the line's color is one of them
        matched = limit_colors(matched, palette, max(request.max_colors - of_line, MIN_COLORS))
    if request.outline is not None:
        ink = None if request.color is None else parse_color(request.color)
        matched = bring_outline(matched, request.outline, ink)
    grown = matched.shape != inputs.sprite.shape
    notes = ("the outline had no room: the picture is a pixel larger on each side",) if grown else ()
    return Edited(matched, notes, {"palette": list(palette.hex_codes)})


def _only(inputs: EditInputs) -> Rgba:
    """The sprite with everything outside the region gone, so that its colors do not count."""
    if inputs.where is None:
        return inputs.sprite
    return np.where(inputs.where[..., None], inputs.sprite, 0).astype(np.uint8)


def _read_swap(text: str) -> tuple[Palette, Palette]:
    pairs = [part.split("=") for part in text.replace(" ", "").split(",") if part]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise PaletteError(f"{text!r} is no swap", hint="write '#old=#new', several with commas between")
    old, new = (colors_from_codes([pair[side] for pair in pairs]) for side in (0, 1))
    return Palette("old", old, fewest=1), Palette("new", new, fewest=1)
