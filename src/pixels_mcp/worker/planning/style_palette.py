"""What a LoRA that was trained here brings besides its weights: its set's few colors, and a look for exemplars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pixels_mcp.engines.base import Rgba
from pixels_mcp.errors import RecipeError
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.previous import style_file
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import RedrawRequest, SpriteRequest
from pixels_mcp.worker.own_style import style_of_lora, style_sha256
from pixels_mcp.worker.planning.recorded import RecordedStyle
from pixels_mcp.worker.planning.references import held_palette
from pixels_mcp.worker.planning.settle import Settled

if TYPE_CHECKING:
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet


def hold_style(settled: Settled, request: SpriteRequest, loras: Sequence[ModelEntry]) -> Settled:
    """Take the colors of the first LoRA that brings a style, where no others were asked for: its set's, where they are
    few, no more a sprite than the set's pictures have, and no lone pixels where those have none."""
    if settled.palette is not None or request.max_colors is not None:
        return settled
    held = next(((lora.name, style) for lora in loras if (style := style_of_lora(lora)) is not None), None)
    if held is None:
        return settled
    name, style = held
    if style.palette is not None:
        count = len(style.palette.hex_codes)
        note = f"the {count} colors of {name} are kept; `palette` or `max_colors` gives it others"
        settled = replace(settled, palette=style.palette, notes=(*settled.notes, note))
    if not settled.transparent or isinstance(request, RedrawRequest):  # a ground's grain, a picture that is edited
        return settled
    return replace(settled, max_colors=style.max_colors, lone_pixels=style.has_lone_pixels)


def hold_colors_of(settled: Settled, request: SpriteRequest, reference: Rgba) -> Settled:
    """Keep the colors of the picture that is redrawn, unless others are asked."""
    palette = None if settled.palette else held_palette(reference, read_prompt(request.prompt).color)
    if palette is None:
        return settled
    note = f"the reference's {len(palette.hex_codes)} colors are kept; `palette` gives it others"
    return replace(settled, palette=palette, notes=(*settled.notes, note))


@dataclass(frozen=True, eq=False)
class WornStyle:
    """The style that a tile wears before it is redrawn, and what a recipe tells of it."""

    style: StyleOfSet
    recorded: RecordedStyle


def worn_style(settled: Settled, request: SpriteRequest, loras: Sequence[ModelEntry]) -> WornStyle | None:
    """The first LoRA's style, which a tile that is redrawn wears; None for grounds, which fill their square as they
    are."""
    if not settled.transparent or request.tiling != "none":
        return None
    for lora in loras:
        style, sha256 = style_of_lora(lora), style_sha256(lora)
        if style is not None and sha256 is not None:
            return WornStyle(style, RecordedStyle(lora=lora.name, sha256=sha256))
    return None


def check_worn(recorded: RecordedStyle | None, loras: Sequence[ModelEntry]) -> None:
    """Refuse to follow a recipe where the style that its tile wore is gone or another one.

    Raises:
        RecipeError: Says which LoRA's style that is.
    """
    lora = next((one for one in loras if recorded is not None and one.name == recorded.lora), None)
    if recorded is None or lora is None:  # a LoRA that is gone is told by what looks for it
        return
    now = style_sha256(lora)
    if now != recorded.sha256:
        raise RecipeError(
            f"the sprite was drawn in the style of {lora.name}'s set, and {style_file(lora.path)} "
            + ("is gone" if now is None else "is another one now"),
            hint=f"bring that file back (its sha256 was {recorded.sha256}), or ask anew with the same words",
            steps=[NextStep("train_lora")],
        )
