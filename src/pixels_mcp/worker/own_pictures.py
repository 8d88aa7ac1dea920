"""What came out as the library's tile again is drawn once more, more strongly: a sprite is a picture of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pixels_mcp.engines.base import Rgba
from pixels_mcp.exemplars.redraw_strength import RedrawTry, is_its_tile_again, next_try
from pixels_mcp.worker.batch import Drawing, RowBatch, batch_of


def part_from_tiles(batch: RowBatch, pictures: Sequence[Rgba]) -> tuple[RowBatch, RowBatch | None]:
    """Split a batch that was drawn into what is kept of it, and what is drawn again.

    Args:
        pictures: The raw picture of each row.

    Returns:
        The batch with fewer kept places, and the rows to draw in the next way; None where there are none.
    """
    again = {
        place: more
        for place in sorted(batch.kept)
        if (tile := batch.drawings[place].row.row.reference) is not None
        and (more := _next_try(batch.drawings[place], tile)) is not None
        and is_its_tile_again(pictures[place], tile)
    }
    if not again:
        return batch, None
    weakest = min(again.values())
    places = [place for place, wanted in again.items() if wanted == weakest]
    drawings = [_more_strongly(batch.drawings[place], weakest.strength) for place in places]
    kept = replace(batch, kept=batch.kept - set(places))
    return kept, batch_of(replace(batch.spec, strength=weakest.strength, steps=weakest.steps), drawings)


def _next_try(drawing: Drawing, tile: Rgba) -> RedrawTry | None:
    """The try after the one that a row was drawn with, None where there is no other or a strength was asked for."""
    reference = drawing.row.reference
    if reference is None:
        return None
    return next_try(reference.strength, drawing.of.plan.settled.tries, tile)


def _more_strongly(drawing: Drawing, strength: float) -> Drawing:
    reference = drawing.row.reference
    assert reference is not None
    told = reference.model_copy(update={"strength": strength})
    return replace(drawing, row=replace(drawing.row, reference=told))
