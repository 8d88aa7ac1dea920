"""From a request to a plan: every value decided, nothing left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pixels_mcp.engines.base import LoraFile, RenderSpec, Rgba, Row, Wrap
from pixels_mcp.engines.levers import Levers
from pixels_mcp.errors import RecipeError
from pixels_mcp.events import ReferenceInfo
from pixels_mcp.exemplars.finder import Exemplar, asked_look, find_exemplars, is_background_kind
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.recall import recall_tile
from pixels_mcp.exemplars.understanding import Understanding, understand, understand_words
from pixels_mcp.jobs.records import Part
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.pixelart.style.named_looks import LookWish
from pixels_mcp.requests import RedrawRequest, SpriteRequest, make_sprite_id
from pixels_mcp.set_words import LookName
from pixels_mcp.worker.planning.plan_notes import scratch_notes, size_notes, ways_notes
from pixels_mcp.worker.planning.profiles import is_drawn_plainly
from pixels_mcp.worker.planning.reading import as_recorded, in_few_steps, read_request
from pixels_mcp.worker.planning.recorded import RecordedPlan, read_recorded
from pixels_mcp.worker.planning.redrawing import Redrawing, plan_redrawings
from pixels_mcp.worker.planning.references import Reference, fit_dressed, of_exemplar, of_kept
from pixels_mcp.worker.planning.served import check_server
from pixels_mcp.worker.planning.settle import Settled, redrawn_weakly_first, settle
from pixels_mcp.worker.planning.shelf import Shelf
from pixels_mcp.worker.planning.sizes import art_size_px, has_exemplars, sprite_size_px
from pixels_mcp.worker.planning.style_palette import WornStyle, check_worn, hold_colors_of, hold_style, worn_style

_AXES: dict[Wrap, tuple[Literal[0, 1], ...]] = {"none": (), "x": (1,), "y": (0,), "both": (0, 1)}


@dataclass(frozen=True)
class PlannedRow:
    """One variant; `variant` counts from 1. `understanding` is None for models of which no words are known."""

    variant: int
    sprite_id: str
    row: Row
    reference: ReferenceInfo | None
    understanding: Understanding | None
    redrawing: Redrawing | None = None


@dataclass(frozen=True)
class RecordedBatch:
    """The batch that a recipe tells of: how many rows it had, and in which of them the sprite was, from 0."""

    rows: int
    row: int


@dataclass(frozen=True, eq=False)
class Plan:
    """How a part is drawn and finished.

    Attributes:
        asked: As asked; goes into the recipe.
        request: The same in plain words: no markup in the prompt, the LoRAs that it named among the others.
        spoken: Its prompt and style; what the text encoder reads of a row may say more.
        spec: What its rows share; rows of equal spec are drawn together.
        reference_sha256: A kept picture that is redrawn.
        worn: The style that exemplars wore, where they are redrawn with a LoRA that brings one.
        recorded_batch: Set when a recipe is followed.
        recipe: The recipe that is followed.
    """

    asked: SpriteRequest
    request: SpriteRequest
    spoken: str
    model: ModelEntry
    loras: tuple[ModelEntry, ...]
    settled: Settled
    spec: RenderSpec
    rows: tuple[PlannedRow, ...]
    notes: tuple[str, ...]
    reference_sha256: str | None = None
    worn: WornStyle | None = None
    recorded_batch: RecordedBatch | None = None
    recipe: Recipe | None = None

    @property
    def joins_along(self) -> tuple[Literal[0, 1], ...]:
        """Axes along which the sprite shall join itself, 0 from top to bottom; an edit leaves its picture as it is."""
        return () if self.rows[0].redrawing is not None else _AXES[self.spec.wrap]

    @property
    def closes_along(self) -> tuple[Literal[0, 1], ...]:
        """Axes along which the seam of an edited picture is closed: those of the edit `seams`."""
        is_of_seams = isinstance(self.request, RedrawRequest) and self.request.operation == "seams"
        return _AXES[self.spec.wrap] if is_of_seams else ()

    def ground_of(self, row: PlannedRow) -> Rgba | None:
        """The library's ground whose colors the finished one keeps; None where others are asked, or it is no ground."""
        other_look = self.settled.palette is not None or self.request.style is not None
        if not self.joins_along or other_look or row.reference is None or row.reference.kind != "exemplar":
            return None
        return row.row.reference


def make_plan(part: Part, shelf: Shelf) -> Plan:
    """Decide everything that a part's request leaves open.

    Raises:
        UnknownModelError, ModelFileError: A model or LoRA is not there, or not usable.
        SizeNotSupportedError, PaletteError, InvalidArgumentError: As `settle`.
        StoreError: The picture to redraw is gone.
    """
    if part.recipe is not None:
        return _plan_again(part, Recipe.from_json(part.recipe), shelf)
    return _plan(part, shelf)


def plan_warm_up(model_name: str, shelf: Shelf) -> tuple[RenderSpec, Row]:
    """The shortest render of a model: one row, one step, in its own size.

    Raises:
        UnknownModelError, ModelFileError: There is none of that name, or it is not usable.
    """
    model = shelf.model(model_name)
    request = SpriteRequest(prompt="a", model=model_name, steps=1, reference="none")
    settled = settle(request, model, (), is_background=False)
    return _spec(request, model, (), settled, shelf, is_redrawn=False), Row(request.prompt, "", 0)


def asks_for_background(prompt: str) -> bool:
    """True when the words themselves ask for something that fills its square."""
    return read_prompt(prompt).background is True


def _plan(part: Part, shelf: Shelf, recorded: RecordedPlan | None = None) -> Plan:
    model = shelf.model(part.request.model)
    knows_words = has_exemplars(model)
    if part.recipe is None:
        reading = in_few_steps(read_request(part.request, drops_filler=knows_words), model, shelf.wishes.few_step_lora)
    else:
        reading = as_recorded(part.request)
    request = reading.request
    loras = reading.loras(lambda name: shelf.lora(name, model))
    if recorded is None:
        art_px = art_size_px(request, model, shelf, part.reference_sha256)
    else:
        art_px = recorded.render_width_px, recorded.render_height_px
    side_px = min(sprite_size_px(request, model, art_px))
    joins = request.tiling != "none"
    likest: list[Exemplar] = []
    if knows_words:
        likest = find_exemplars(request.prompt, request.count, side_px=side_px, style=request.style, joins=joins)
    exemplars = likest if request.reference == "auto" else []
    is_background = asks_for_background(request.prompt) or bool(likest and is_background_kind(likest[0].kind))
    is_edit = isinstance(request, RedrawRequest)
    from_scratch = knows_words and not exemplars and part.reference_sha256 is None and not is_edit
    settled = settle(request, model, loras, is_background=is_background, art_px=art_px, from_scratch=from_scratch)
    if recorded is None:  # a recipe says all of its colors
        settled = hold_style(settled, request, loras)
    if knows_words and part.recipe is None and not is_edit:
        settled = _in_look(settled, request, asked_look(request.prompt, request.style))
    if exemplars and part.recipe is None:
        settled = redrawn_weakly_first(settled, request, loras, is_background=is_background)
    worn = None if recorded and recorded.worn_style is None else worn_style(settled, request, loras)
    references: list[Reference] = [
        of_exemplar(one, settled.strength, settled.render_px, joins=joins, style=worn and worn.style)
        for one in exemplars
    ]
    redrawings: list[Redrawing] = []
    if isinstance(request, RedrawRequest):
        redrawings = plan_redrawings(request, model, settled, shelf)
        settled = replace(settled, size_px=redrawings[0].window_px, render_px=redrawings[0].render_px)
    if part.reference_sha256 is not None:
        kept = of_kept(request.reference, part.reference_sha256, settled.strength, settled.render_px, shelf)
        references = [replace(kept, pixels=one.seen()) for one in redrawings] or [kept] * request.count
        settled = hold_colors_of(settled, request, shelf.picture(part.reference_sha256))
    understood = _understandings(request, exemplars) if knows_words else [None] * request.count
    said = reading.spoken()
    spoken = [said] * request.count
    if from_scratch and part.recipe is None:  # a recipe holds what was said
        likest_of = likest or [None] * request.count
        spoken = [reading.spoken_from_scratch(one, fills=not settled.transparent) for one in likest_of]
    return Plan(
        asked=part.request,
        request=request,
        spoken=said,
        model=model,
        loras=loras,
        settled=settled,
        spec=_spec(request, model, loras, settled, shelf, is_redrawn=bool(references)),
        rows=tuple(
            _row(request, spoken[place], part, place, references, understood[place], redrawings)
            for place in range(request.count)
        ),
        notes=(
            *settled.notes,
            *size_notes(request, model, settled, exemplars),
            *reading.notes,
            *ways_notes(request, model, loras, understood[0], bool(references)),
            *scratch_notes(said, spoken[0]),
        ),
        reference_sha256=part.reference_sha256,
        worn=worn,
    )


def _in_look(settled: Settled, request: SpriteRequest, look: LookName | None) -> Settled:
    """Finish what is drawn in a look, None for none."""
    if look is None:
        return settled
    return replace(settled, look=LookWish(look, keeps_color=read_prompt(request.prompt).color is not None))


def _understandings(request: SpriteRequest, exemplars: Sequence[Exemplar]) -> list[Understanding]:
    """What was understood for each variant; where a person's picture is redrawn, what it shows is sure."""
    if request.reference not in ("auto", "none"):
        return [understand_words(request.prompt)] * request.count
    if exemplars:
        return [understand(request.prompt, exemplar) for exemplar in exemplars]
    return [understand(request.prompt, None)] * request.count


def _plan_again(part: Part, recipe: Recipe, shelf: Shelf) -> Plan:
    """Follow a recipe: the recorded values, the row in its old place of a batch of the old size.

    Raises:
        UnknownModelError: The model is not installed.
        RecipeError: Something that the recipe names is another one here, so the sprite would be another.
    """
    recorded = read_recorded(recipe)
    check_server(recorded, shelf)
    plan = _plan(part, shelf, recorded)
    if (
        plan.model.sha256 != recipe.model_sha256
        or {lora.name: lora.sha256 for lora in plan.loras} != recipe.loras_sha256
    ):
        raise RecipeError(
            f"the recipe was made with another {plan.model.name}, or other LoRAs, than are installed",
            hint="bring back the workflow or the server's files that it was made with"
            if plan.model.engine == "comfyui"
            else "install the files that it was made with; the recipe has their sha256",
        )
    check_worn(recorded.worn_style, plan.loras)
    joins = recorded.wrap != "none"
    row = _recalled(plan.rows[recorded.variant - 1], recorded.reference, plan.settled.render_px, joins, plan.worn)
    if _sha256(row.reference) != _sha256(recorded.reference):
        raise RecipeError(
            "the recipe was made from another exemplar than is found now",
            hint=f"use the version that made it, pixels-mcp {recipe.versions.get('pixels-mcp', 'unknown')}",
        )
    return replace(
        plan,
        settled=_in_look(replace(plan.settled, lone_pixels=recorded.lone_pixels), plan.request, recorded.look),
        spec=replace(
            plan.spec,
            two_pass=recorded.two_pass,
            sampler=recorded.sampler,
            prediction=recorded.prediction,
            levers=recorded.levers or Levers(),
            strength=plan.settled.strength if row.reference else None,
        ),
        rows=(replace(row, variant=1, sprite_id=make_sprite_id(part.part_id, 1)),),
        recorded_batch=RecordedBatch(recorded.batch_rows, recorded.batch_row),
        recipe=recipe,
    )


def _recalled(
    row: PlannedRow,
    recorded: ReferenceInfo | None,
    render_px: tuple[int, int],
    joins: bool,
    worn: WornStyle | None,
) -> PlannedRow:
    """Take the exemplar that a recipe names, where another is found for the words today."""
    if recorded is None or recorded.kind != "exemplar" or row.reference == recorded:
        return row
    tile = recall_tile(recorded.name, recorded.sha256, recorded.hue_shift_deg, recorded.ramp)
    if tile is None:
        return row
    dressed = fit_dressed(tile, render_px, joins=joins, style=worn and worn.style)
    return replace(row, reference=recorded, row=replace(row.row, reference=dressed))


def _sha256(reference: ReferenceInfo | None) -> str | None:
    return reference.sha256 if reference else None


def _spec(
    request: SpriteRequest,
    model: ModelEntry,
    loras: Sequence[ModelEntry],
    settled: Settled,
    shelf: Shelf,
    *,
    is_redrawn: bool,
) -> RenderSpec:
    weights = [choice.weight for choice in request.loras if choice.weight]
    return RenderSpec(
        model_path=model.path,
        model_sha256=model.sha256 or "",
        vae_path=model.vae_path,
        loras=tuple(
            LoraFile(lora.path, lora.sha256 or "", weight) for lora, weight in zip(loras, weights, strict=True)
        ),
        width_px=settled.render_px[0],
        height_px=settled.render_px[1],
        steps=settled.steps,
        guidance_scale=settled.guidance_scale,
        two_pass=settled.two_pass,
        strength=settled.strength if is_redrawn else None,
        sampler=settled.sampler,
        wrap=request.tiling,
        prediction=model.prediction,
        engine=model.engine,
        checkpoint_path=model.checkpoint_path,
        levers=shelf.wishes.levers_for(request, is_plain=is_drawn_plainly(model), two_pass=settled.two_pass),
    )


def _row(
    request: SpriteRequest,
    spoken: str,
    part: Part,
    place: int,
    references: Sequence[Reference],
    understood: Understanding | None,
    redrawings: Sequence[Redrawing],
) -> PlannedRow:
    reference = references[place] if references else None
    redrawing = redrawings[place] if redrawings else None
    # Frames of one clip share their noise; it moves along with what they show.
    is_frame = redrawing is not None and redrawing.noise_from is not None
    return PlannedRow(
        variant=place + 1,
        sprite_id=make_sprite_id(part.part_id, place + 1),
        row=Row(
            prompt=spoken,
            negative_prompt=request.negative_prompt or "",
            seed=part.seed if is_frame else part.seed + place,
            reference=reference.pixels if reference else None,
            keep=redrawing.kept() if redrawing else None,
            noise_from=redrawing.noise_from if redrawing else None,
        ),
        reference=reference.info if reference else None,
        understanding=understood,
        redrawing=redrawing,
    )
