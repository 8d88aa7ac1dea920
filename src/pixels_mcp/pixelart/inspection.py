"""Looking at a picture without changing it: what `pixels-mcp inspect` tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.quality import PixelFacts, measure_facts
from pixels_mcp.pixelart.recovery.recognition import Kind, recognize
from pixels_mcp.told_apart import JsonObject

_CANDIDATES_TOLD = 4


class CellCandidate(TypedDict):
    """A size that one cell may have, and how clearly its edges stand out."""

    cell_px: float
    contrast: float


class InspectionTold(TypedDict):
    """An inspection as JSON shows it."""

    kind: Kind
    art_width_px: int | None
    art_height_px: int | None
    confidence: float
    cell_candidates: list[CellCandidate]
    facts: JsonObject


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

    def to_dict(self) -> InspectionTold:
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
    known = recognize(pixels)
    candidates = tuple((one.step_px, one.contrast) for one in known.candidates[:_CANDIDATES_TOLD])
    if known.block_px > 1:
        facts = measure_facts(pixels, cell_px=known.block_px)
        return Inspection("native", facts, width_px // known.block_px, height_px // known.block_px, 1.0)
    if known.kind == "native":
        return Inspection("native", measure_facts(pixels), width_px, height_px, known.confidence)
    if known.grid is None:
        return Inspection("none", replace(measure_facts(pixels), on_grid=False), None, None, 1.0, candidates)
    cell_px = (known.grid.cell_width_px + known.grid.cell_height_px) / 2
    facts = measure_facts(pixels, cell_px=round(cell_px, 3))
    return Inspection("grid", facts, *known.grid.size_cells, known.confidence, candidates)
