"""A style of few colors keeps to them: with a LoRA that was trained here, sprites have the colors of its set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.own_style import style_palette
from pixels_mcp.worker.planning.settle import Settled


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
