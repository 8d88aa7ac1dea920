"""Looking at a picture without changing it: what `pixels-mcp inspect` tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.quality import PixelFacts, measure_facts
from pixels_mcp.pixelart.recovery.grid import cell_candidates, find_grid
from pixels_mcp.pixelart.recovery.native import exact_block_px, is_plain, looks_native
from pixels_mcp.pixelart.recovery.recover import Kind

_CANDIDATES_TOLD = 4


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a picture is.

    Attributes:
        kind: `native` pixel art (also enlarged by a whole number, to the bit), `grid` for pixel art that needs
            recovering, `none` where no grid shows.
        facts: Facts of the file's pixels.
        art_width_px: Width that the art has at one pixel per cell; None where no grid shows.
        art_height_px: Its height.
        confidence: 0 to 1, how sure the grid is.
        cell_candidates: Sizes that one cell may have, (px, contrast), the likeliest first; for `grid` and `none`.
    """

    kind: Kind
    facts: PixelFacts
    art_width_px: int | None
    art_height_px: int | None
    confidence: float
    cell_candidates: tuple[tuple[float, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "kind": self.kind,
            "art_width_px": self.art_width_px,
            "art_height_px": self.art_height_px,
            "confidence": round(self.confidence, 3),
            "cell_candidates": [
                {"cell_px": round(cell_px, 2), "contrast": round(contrast, 3)}
                for cell_px, contrast in self.cell_candidates
            ],
            "facts": self.facts.to_dict(),
        }


def inspect_picture(pixels: Rgba) -> Inspection:
    """Find out what a picture is and measure it.

    Args:
        pixels: (H, W, 4) uint8.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    height_px, width_px = pixels.shape[:2]
    block_px = exact_block_px(pixels)
    if block_px > 1:
        facts = measure_facts(pixels, cell_px=block_px)
        return Inspection("native", facts, width_px // block_px, height_px // block_px, 1.0)
    if looks_native(pixels):
        return Inspection("native", measure_facts(pixels), width_px, height_px, 1.0)
    grid = find_grid(pixels)
    if grid is None:
        plain = measure_facts(pixels)
        if is_plain(pixels):
            return Inspection("native", plain, width_px, height_px, 0.5)
        return Inspection("none", replace(plain, on_grid=False), None, None, 1.0, _candidates(pixels))
    facts = measure_facts(pixels, cell_px=round((grid.cell_width_px + grid.cell_height_px) / 2, 3))
    return Inspection("grid", facts, *grid.size_cells, grid.confidence, _candidates(pixels))


def _candidates(pixels: Rgba) -> tuple[tuple[float, float], ...]:
    return tuple((one.step_px, one.contrast) for one in cell_candidates(pixels)[:_CANDIDATES_TOLD])
