"""What follows from a request and a model alone: size, steps, guidance, palette. Checked when a request is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pixels_mcp.engines.base import Sampler
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.exemplars.redraw_strength import RedrawTry, tries_in_turn
from pixels_mcp.models.entry import DrawDefaults, ModelEntry, draw_defaults
from pixels_mcp.pixelart.colors.hue_match import PaletteMatch
from pixels_mcp.pixelart.colors.palettes import Palette, load_palette, parse_color
from pixels_mcp.pixelart.style.named_looks import LookWish
from pixels_mcp.pixelart.style.outlining import OutlineWish
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.planning.sizes import has_exemplars, sprite_size_px

GUIDANCE_FOR_NEGATIVES = 2.0
"""Models distilled to draw without guidance get so much when something must not be seen."""

JOINED_STRENGTH = 0.5
"""A ground that joins itself stays this near to its tile: above it grows specks and drifts in colour."""


@dataclass(frozen=True, eq=False)
class Settled:
    """Decided values; sizes are (width, height) of the sprite and of the render.

    Attributes:
        two_pass: Guidance takes a second pass beside the prompt's.
        strength: Taken where there is something to redraw.
        max_colors: Of a sprite, None where that is left to what draws it.
        lone_pixels: False takes away pixels that stand out from all their neighbors, as a style has none.
        notes: What was done in another way than one might think.
        tries: The library's tile is redrawn in these ways in turn, until it is a picture of its own; none where a
            strength was asked for.
    """

    size_px: tuple[int, int]
    render_px: tuple[int, int]
    steps: int
    guidance_scale: float
    two_pass: bool
    sampler: Sampler | None
    strength: float
    palette: Palette | None
    palette_by: PaletteMatch
    outline: OutlineWish | None
    transparent: bool
    notes: tuple[str, ...]
    look: LookWish | None = None
    tries: tuple[RedrawTry, ...] = ()
    max_colors: int | None = None
    lone_pixels: bool = True


def settle(
    request: SpriteRequest,
    model: ModelEntry,
    loras: Sequence[ModelEntry],
    *,
    is_background: bool,
    art_px: tuple[int, int] | None = None,
    from_scratch: bool = False,
) -> Settled:
    """Decide what needs no looking around.

    Args:
        art_px: (width, height) of what it is made from, for a request without a size.
        loras: Those with a weight other than 0.
        is_background: The words ask for something that fills its square: a floor, a wall, water.
        from_scratch: A model with exemplars draws without one.

    Raises:
        SizeNotSupportedError: The model cannot draw the asked size.
        PaletteError: The palette is none.
        InvalidArgumentError: Two words of the request do not go together.
    """
    defaults = draw_defaults(model, loras, from_scratch=from_scratch)
    width_px, height_px = sprite_size_px(request, model, art_px)
    is_background = is_background or request.tiling != "none"
    transparent = not is_background if request.transparent is None else request.transparent
    if transparent and request.tiling != "none":
        raise InvalidArgumentError(
            f"tiling {request.tiling} needs a picture that fills its square, transparent is true",
            hint="leave transparent out, or set tiling to none",
        )
    guidance_scale, two_pass, notes = _guidance(request, model, defaults.guidance_scale)
    if request.strength is not None and not _has_reference(request, model):
        raise InvalidArgumentError(
            f"strength {request.strength:g} needs something to redraw",
            hint="give a reference (a sprite_id or a PNG's path), or leave strength out",
        )
    palette = None if request.palette is None else load_palette(request.palette, allow_files=False)
    if palette is None and request.palette_by is not None:
        raise InvalidArgumentError(
            f"palette_by {request.palette_by} needs a palette", hint="give palette too, or leave palette_by out"
        )
    render_px = model.render_size_px(width_px, height_px, exact=not transparent)
    if model.draws_native_pixels and render_px != (width_px, height_px):
        notes = (*notes, _padding(model, (width_px, height_px), render_px))
    return Settled(
        size_px=(width_px, height_px),
        render_px=render_px,
        steps=request.steps or defaults.steps,
        guidance_scale=guidance_scale,
        two_pass=two_pass,
        sampler=defaults.sampler,
        strength=request.strength or _strength(request, defaults, is_background=is_background),
        palette=palette,
        palette_by=request.palette_by or ("hue" if is_background else "nearest"),
        outline=_outline(request, palette, transparent=transparent),
        transparent=transparent,
        notes=notes,
        max_colors=request.max_colors,
    )


def redrawn_weakly_first(
    settled: Settled, request: SpriteRequest, loras: Sequence[ModelEntry], *, is_background: bool
) -> Settled:
    """Redraw a tile weakly at first, where nothing was asked that wants another strength."""
    is_asked = request.strength is not None or settled.look is not None or bool(loras) or request.tiling != "none"
    if is_asked or not (settled.transparent or is_background):
        return settled
    usual = RedrawTry(settled.strength, settled.steps)
    are_steps_asked = request.steps is not None
    tries = tries_in_turn(usual, max(settled.render_px), fills=is_background, are_steps_asked=are_steps_asked)
    return replace(settled, strength=tries[0].strength, steps=tries[0].steps, tries=tries)


def _outline(request: SpriteRequest, palette: Palette | None, *, transparent: bool) -> OutlineWish | None:
    """The line that is asked for; what fills its square has none."""
    if request.outline_color is not None and request.outline not in ("outer", "inner"):
        raise InvalidArgumentError(
            f"outline_color {request.outline_color} needs an outline", hint="give outline: outer or inner"
        )
    if request.outline is None or not transparent:
        return None
    color = None if request.outline_color is None else parse_color(request.outline_color)
    if color is not None and palette is not None and not (palette.colors == color).all(axis=-1).any():
        raise InvalidArgumentError(
            f"outline_color {request.outline_color} is not in the palette",
            hint=f"take one of it: {', '.join(palette.hex_codes[:16])}, or leave outline_color out",
        )
    return OutlineWish(request.outline, color)


def _strength(request: SpriteRequest, defaults: DrawDefaults, *, is_background: bool) -> float:
    if request.tiling != "none":
        return min(JOINED_STRENGTH, defaults.background_strength)
    return defaults.background_strength if is_background else defaults.strength


def _has_reference(request: SpriteRequest, model: ModelEntry) -> bool:
    return has_exemplars(model) if request.reference == "auto" else request.reference != "none"


def _padding(model: ModelEntry, size_px: tuple[int, int], render_px: tuple[int, int]) -> str:
    asked, drawn = (f"{width}x{height}" for width, height in (size_px, render_px))
    return f"padded: {model.name} draws {drawn}, the rest of {asked} px is transparent; ask for {drawn} to be without"


def _guidance(request: SpriteRequest, model: ModelEntry, default: float) -> tuple[float, bool, tuple[str, ...]]:
    asked, negative = request.guidance_scale, bool(request.negative_prompt)
    scale = default if asked is None else asked
    if model.guidance_distilled:
        if not negative and (asked is None or asked == default):
            return scale, False, ()
        if scale <= 1:
            raise InvalidArgumentError(
                f"guidance_scale {scale:g} changes nothing in {model.name}, whose guidance is learned",
                hint=f"give more than 1, or leave it out ({default:g})",
            )
        why = "the negative prompt" if negative else f"guidance_scale {scale:g}"
        return scale, True, (f"drawn in two passes for {why}, which takes twice as long",)
    if scale > 1 or not negative:
        return scale, scale > 1, ()
    if asked is None:
        note = f"guidance_scale raised from {scale:g} to {GUIDANCE_FOR_NEGATIVES:g} for the negative prompt"
        return GUIDANCE_FOR_NEGATIVES, True, (note,)
    raise InvalidArgumentError(
        f"a negative prompt changes nothing at guidance_scale {scale:g}",
        hint="give a guidance_scale above 1, or leave negative_prompt out",
    )
