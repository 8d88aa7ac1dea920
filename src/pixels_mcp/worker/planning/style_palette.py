"""What a LoRA that was trained here brings besides its weights: its set's few colors, and a look for exemplars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.own_style import style_of_lora, style_palette
from pixels_mcp.worker.planning.settle import Settled

if TYPE_CHECKING:
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet


def hold_style(settled: Settled, request: SpriteRequest, loras: Sequence[ModelEntry]) -> Settled:
    """Take the first LoRA's colors, where it brings few and no others were asked for."""
    if settled.palette is not None or request.max_colors is not None:
        return settled
    held = next(((lora.name, palette) for lora in loras if (palette := style_palette(lora)) is not None), None)
    if held is None:
        return settled
    name, palette = held
    note = f"the {len(palette.hex_codes)} colors of {name} are kept; `palette` or `max_colors` gives it others"
    return replace(settled, palette=palette, notes=(*settled.notes, note))


def worn_style(settled: Settled, request: SpriteRequest, loras: Sequence[ModelEntry]) -> StyleOfSet | None:
    """The first LoRA's style, which a tile that is redrawn wears; None for grounds, which fill their square as they
    are."""
    if not settled.transparent or request.tiling != "none":
        return None
    return next((style for lora in loras if (style := style_of_lora(lora)) is not None), None)
