"""The way a sprite takes. Read this file first.

    request -> plan -> render -> finished pixels -> facts -> recipe -> library

Each station does one thing and knows none of the others; only this file knows the order.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from pixels_mcp.engines.base import Engine, RenderAccount, RenderSpec, Rgba
from pixels_mcp.errors import CannotCompileError, EngineGoneError, ModelFileError, PixelsError, UnknownSpriteError
from pixels_mcp.events import ReferenceInfo, SpriteInfo
from pixels_mcp.exemplars.finder import is_background_kind
from pixels_mcp.jobs.records import Part
from pixels_mcp.library.doubts import inherited_doubt
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.requests import RedrawRequest
from pixels_mcp.set_words import SEAM_ERROR_MAX
from pixels_mcp.worker.batch import Drawing, RowBatch
from pixels_mcp.worker.own_style import style_facts
from pixels_mcp.worker.pace_book import PaceBook
from pixels_mcp.worker.planning.plan import Plan, PlannedRow, make_plan, plan_warm_up
from pixels_mcp.worker.planning.recipes import record
from pixels_mcp.worker.planning.shelf import Shelf
from pixels_mcp.worker.recurring_shapes import RecurringShapes
from pixels_mcp.worker.warming import QuietWatch
from pixels_mcp.worker.watch import BatchWatch

if TYPE_CHECKING:
    from pixels_mcp.pixelart.finish import FinishedPicture
    from pixels_mcp.pixelart.quality import PixelFacts

log = logging.getLogger(__name__)


class Observer(Protocol):
    """Who measures how long the stations take: the metrics, where somebody wants them; drawing does not know them."""

    def rendered(self, batch: RowBatch, elapsed_s: float) -> None:
        """A batch was drawn."""
        ...

    def finished(self, drawing: Drawing, elapsed_s: float) -> None:
        """A render became a sprite in the library."""
        ...


@dataclass(frozen=True)
class Renders:
    """What an engine made of a batch.

    Attributes:
        batch: The batch as it was drawn: its spec tells every lever.
        pictures: A raw picture for each row.
        account: How they were drawn.
        elapsed_s: Seconds that it took, loading a model among them.
    """

    batch: RowBatch
    pictures: Sequence[Rgba]
    account: RenderAccount
    elapsed_s: float


class Studio:
    """Makes sprites from parts of jobs: plans them one by one, draws many at once, finishes each by itself.

    All lanes share it; each gives its own engine.
    """

    def __init__(self, shelf: Shelf, library: Library, paces: PaceBook, observer: Observer | None = None) -> None:
        self._shelf, self._library, self._paces, self._observer = shelf, library, paces, observer
        self._shapes = RecurringShapes(shelf.wishes.compiles)

    def prepare(self) -> None:
        """Load what the first sprite would wait for, while the engines are being started."""
        import pixels_mcp.pixelart.finish  # noqa: F401  # pyright: ignore[reportUnusedImport]  # SciPy takes a second

        is_background_kind("")

    def warm(self, model: str, engine: Engine, watch: QuietWatch) -> str | None:
        """Leave a model ready to draw, by the shortest render: what is compiled or allocated then stays.

        Returns:
            Why the engine cannot draw with it, None where it can.

        Raises:
            UnknownModelError, ModelFileError, EngineError: It cannot be loaded.
            RenderStopped: `watch` said so.
        """
        spec, row = plan_warm_up(model, self._shelf)
        reason = engine.refusal(spec)
        if reason is None:
            begun_s = time.monotonic()
            engine.render(spec, [row], watch)
            self._note(model, spec, 1, time.monotonic() - begun_s, watch)
        return reason

    def plan(self, part: Part) -> Plan:
        """Decide everything that the part's request leaves open: model, size, steps, palette, what is redrawn."""
        return make_plan(part, self._shelf)

    def render(self, batch: RowBatch, engine: Engine, watch: BatchWatch) -> Renders:
        """Draw the rows together, and learn from the engine what the recipes need.

        Raises:
            OutOfDeviceMemory, RenderStopped, EngineError: The batch was not drawn; nothing of it stands.
            ModelFileError: Its model's file was changed since it was planned, so it was drawn with other weights.
        """
        begun_s = time.monotonic()
        was_loaded = batch.spec.model_sha256 in engine.loaded_models()
        try:
            batch, pictures = self._render(batch, engine, watch)
        except EngineGoneError:
            if not was_loaded:  # weights that are cut short while they are read end the process that maps them
                self._check_unchanged(batch.spec, engine)
            raise
        elapsed_s = time.monotonic() - begun_s
        if not was_loaded:
            self._check_unchanged(batch.spec, engine)
        if self._observer is not None:
            self._observer.rendered(batch, elapsed_s)
        account = engine.account(batch.spec, [row.prompt for row in batch.rows])
        return Renders(batch, pictures, account, elapsed_s)

    def finish(
        self, batch: RowBatch, renders: Renders, watch: BatchWatch
    ) -> Iterator[tuple[Drawing, SpriteInfo | PixelsError]]:
        """Bring each row that is still wanted into the library; needs no engine, which draws on meanwhile."""
        account, took_s = renders.account, list[float]()
        for place in sorted(batch.kept):
            drawing = batch.drawings[place]
            if not watch.is_wanted(drawing.of):
                continue
            begun_s = time.monotonic()
            try:
                watch.enter(drawing.of, "pixelizing")
                finished = _finish(renders.pictures[place], drawing.of.plan, drawing.row)
                recipe = record(renders.batch, place, account.device, account.dtype)
                notes = (*account.notes, *_notes(account.unread[place], drawing.of.plan, finished.facts))
                sprite = watch.store(drawing.of, partial(self._store, drawing, finished, recipe, notes))
            except PixelsError as error:
                yield drawing, error
                continue
            took_s.append(time.monotonic() - begun_s)
            if self._observer is not None:
                self._observer.finished(drawing, took_s[-1])
            yield drawing, sprite
        model = batch.drawings[0].of.plan.model.name
        self._note(model, batch.spec, len(batch.drawings), renders.elapsed_s, watch)
        if took_s:
            self._paces.note_finish(model, batch.spec, sum(took_s) / len(took_s))

    def _note(self, model: str, spec: RenderSpec, rows: int, elapsed_s: float, watch: BatchWatch | QuietWatch) -> None:
        load_s = watch.loading.seconds
        self._paces.note_render(model, spec, rows, render_s=elapsed_s - load_s, load_s=load_s)

    def _check_unchanged(self, spec: RenderSpec, engine: Engine) -> None:
        """See that what was just loaded are the bytes that were planned: a recipe names no others."""
        is_of_two_files = spec.checkpoint_path is not None  # its hash is of both, and its engine reads it itself
        if is_of_two_files or not spec.model_path.exists():
            return
        if not self._shelf.holds(spec.model_path, spec.model_sha256):
            engine.let_go()
            raise ModelFileError(
                f"{spec.model_path.name} was changed while it was loaded", hint="ask again: the new one is drawn with"
            )

    def _render(self, batch: RowBatch, engine: Engine, watch: BatchWatch) -> tuple[RowBatch, list[Rgba]]:
        """Draw; also tells how, which is known only now."""
        decided = self._shapes.decide(batch, engine)
        try:
            return decided, engine.render(decided.spec, decided.rows, watch)
        except CannotCompileError as error:
            if decided is batch:
                raise
            log.warning("%s; drawing without", error)
            self._shapes.give_up()
            return batch, engine.render(batch.spec, batch.rows, watch)

    def standing(self, plan: Plan) -> list[SpriteInfo]:
        """A part's sprites that stand in the library: a worker that died may have brought some there."""
        sprites: list[SpriteInfo] = []
        for row in plan.rows:
            try:
                sprites.append(self._library.get(row.sprite_id))
            except UnknownSpriteError:
                continue
        return sprites

    def _store(self, drawing: Drawing, finished: FinishedPicture, recipe: Recipe, notes: Sequence[str]) -> SpriteInfo:
        plan, row = drawing.of.plan, drawing.row
        source = self._shelf.redrawn_entry(plan.asked)
        parent = source if isinstance(plan.asked, RedrawRequest) else None
        new = NewEntry(
            seed=row.row.seed,
            prompt=plan.spoken if plan.recipe is None else str(recipe.request.get("prompt") or row.row.prompt),
            model=plan.model.name,
            facts={
                **(row.understanding.to_facts() if row.understanding else {}),
                **finished.facts.to_dict(),
                **style_facts(finished.pixels, row.reference, plan.loras),
                **inherited_doubt([source] if source else []),
            },
            reference=_told(row.reference, parent),
            notes=(*plan.notes, *notes, *finished.notes),
            name=plan.request.name,
            palette=plan.request.palette,
            parent=parent.sprite_id if parent else None,
        )
        return self._library.add(row.sprite_id, finished.pixels, recipe, new)


def _notes(unread: str, plan: Plan, facts: PixelFacts) -> Iterator[str]:
    """What a person should know of this sprite."""
    if unread:
        yield f"the end of the prompt was not read: {unread}"
    seam_error = max(facts.seam_error_x, facts.seam_error_y)
    if not plan.settled.transparent and plan.request.tiling == "none" and seam_error > SEAM_ERROR_MAX:
        yield (
            f"laid side by side it does not join (seam error {seam_error:g}, up to {SEAM_ERROR_MAX:g} is unseen): "
            "draw it with tiling=both, or edit it with operation seams"
        )


def _told(reference: ReferenceInfo | None, parent: LibraryEntry | None) -> ReferenceInfo | None:
    """What a sprite was redrawn from; an edit of something that stands in the library, from that."""
    if reference is None or parent is None:
        return reference
    return reference.model_copy(update={"kind": "sprite", "name": parent.sprite_id})


def _finish(render: Rgba, plan: Plan, row: PlannedRow) -> FinishedPicture:
    """Make true pixel art of a render."""
    from pixels_mcp.pixelart.finish import close_seam, finish_sprite

    settled, redrawing = plan.settled, row.redrawing
    finished = finish_sprite(
        render if redrawing is None else redrawing.drawn_part(render),
        size_px=settled.size_px,
        palette=settled.palette,
        palette_by=settled.palette_by,
        lone_pixels=settled.lone_pixels,
        outline=settled.outline,
        look=settled.look,
        max_colors=settled.max_colors,
        transparent=settled.transparent,
        joins=plan.spec.wrap != "none" or redrawing is not None,
        joins_along=plan.joins_along,
        colors_of=plan.ground_of(row),
        native=plan.model.draws_native_pixels,
        anchor="center" if redrawing is None else "keep",
    )
    if redrawing is None:
        return finished
    return close_seam(redrawing.put_back(finished), plan.closes_along)
