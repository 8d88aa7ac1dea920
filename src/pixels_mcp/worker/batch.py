"""What the worker has in hand: parts being drawn, their rows, and the rows that are denoised together."""

from __future__ import annotations

from dataclasses import dataclass, field

from pixels_mcp.engines.base import RenderSpec, Row
from pixels_mcp.events import SpriteInfo
from pixels_mcp.jobs.records import Part
from pixels_mcp.worker.planning.plan import Plan, PlannedRow


@dataclass(eq=False)
class OpenPart:
    """A part that is being drawn.

    Attributes:
        rows_left: Its variants that do not stand in the library yet.
        sprites: Those that do.
        lane: The lane that draws it now; None between two batches.
    """

    part: Part
    plan: Plan
    rows_left: list[PlannedRow]
    sprites: list[SpriteInfo] = field(default_factory=list[SpriteInfo])
    lane: str | None = None


@dataclass(frozen=True, eq=False)
class Drawing:
    """One row of a batch: a variant of a part."""

    of: OpenPart
    row: PlannedRow


@dataclass(frozen=True, eq=False)
class RowBatch:
    """Rows that are denoised together, because they share one spec.

    Attributes:
        drawings: A row each, in their places.
        kept: Places whose pictures are wanted; a sprite that is made again stands in its old place of a batch of the
            old size, and the other places are filled with itself.
    """

    spec: RenderSpec
    drawings: tuple[Drawing, ...]
    kept: frozenset[int]

    @property
    def rows(self) -> list[Row]:
        """What the engine draws."""
        return [drawing.row.row for drawing in self.drawings]

    @property
    def parts(self) -> list[OpenPart]:
        """The parts that have rows here, each once."""
        return list({id(drawing.of): drawing.of for drawing in self.drawings}.values())

    def first_place(self, part: OpenPart) -> int:
        """The place of a part's first kept row."""
        return next(place for place in sorted(self.kept) if self.drawings[place].of is part)


def batch_of(spec: RenderSpec, drawings: list[Drawing]) -> RowBatch:
    """Put rows together, all of them kept."""
    return RowBatch(spec, tuple(drawings), frozenset(range(len(drawings))))


def batch_again(part: OpenPart) -> RowBatch:
    """The batch in which a part that follows a recipe was drawn first."""
    recorded = part.plan.recorded_batch
    assert recorded is not None
    drawing = Drawing(part, part.rows_left[0])
    return RowBatch(part.plan.spec, (drawing,) * recorded.rows, frozenset({recorded.row}))
