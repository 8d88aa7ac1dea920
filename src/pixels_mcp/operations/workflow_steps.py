"""What a workflow's step can do: each operation by its name, the request that its words are, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError, WorkflowError, WorkflowStepError
from pixels_mcp.events import JobInfo
from pixels_mcp.game_style.apply_style import Made, apply_style
from pixels_mcp.game_style.style_file import GameStyle
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.deliveries import (
    DeployStepRequest,
    ExportStepRequest,
    deploy_step,
    export_each,
    game_folder,
    require_game,
)
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.operations.sheet_operation import KeptSheetRequest
from pixels_mcp.requests import BatchRequest, RedrawRequest, SpriteRequest

Draw = Callable[[BatchRequest | RedrawRequest, str], JobInfo]
"""Asks the worker for something and waits until it ended; the same key of a run is drawn once."""

Results = Iterator[tuple[int, list[str]]]
"""The place of a request and its entries, as soon as they stand."""


class CheckRequest(BaseModel):
    """Bounds that entries must keep, or the step fails."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sprite_id: str
    max_colors: int | None = Field(default=None, ge=2, le=256)
    max_seam_error: float | None = Field(default=None, ge=0)
    max_flicker: float | None = Field(default=None, ge=0)


@dataclass(frozen=True)
class StepTools:
    """What running a step needs.

    Attributes:
        library: Where entries are, and go.
        draw: Reaches the worker.
        style: Of the game.
        game: Its folder: where deploys and exported files go.
    """

    library: Library
    draw: Draw
    style: GameStyle | None
    game: Path | None = None


@dataclass(frozen=True)
class StepOperation:
    """An operation.

    Attributes:
        request: The model of its words.
        run: Does it for several requests at once, under a key each; gives place and entries of each as it is made.
        made: What of a game's style fits it; None for what takes none.
        is_seeded: Whether its words have a seed.
        words: That go without saying.
    """

    request: type[BaseModel]
    run: Callable[[Sequence[Any], Sequence[str], StepTools], Results]
    made: Made | None = None
    is_seeded: bool = False
    words: Mapping[str, str] = field(default_factory=dict[str, str])

    def parse(self, words: Mapping[str, Any], style: GameStyle | None) -> BaseModel:
        """The request of a step's words; None leaves a word out.

        Raises:
            InvalidArgumentError: A word is unknown, or cannot be that.
        """
        given = {name: value for name, value in words.items() if value is not None} | dict(self.words)
        return parse_request(self.request, apply_style(given, style, self.made).words if self.made else given)


@dataclass(frozen=True)
class Delivery:
    """An operation that makes no entry: it brings entries into the game's folder, and anew in every run.

    Attributes:
        request: The model of its words; its `sprite_id` is what the step gives, too.
        deliver: Does it; gives a line for each thing that stands there now.
        require_place: Refuses a folder into which it cannot, before anything is drawn.
        takes_formats: The game's export formats are its own where it names none.
    """

    request: type[BaseModel]
    deliver: Callable[[Sequence[Any], StepTools], list[str]]
    require_place: Callable[[Path | None], object]
    takes_formats: bool = False

    def parse(self, words: Mapping[str, Any], style: GameStyle | None) -> BaseModel:
        """The request of a step's words; None leaves a word out.

        Raises:
            InvalidArgumentError: A word is unknown, or cannot be that.
        """
        given = {name: value for name, value in words.items() if value is not None}
        if self.takes_formats and style is not None and style.export_formats:
            given = {"formats": style.export_formats, **given}
        return parse_request(self.request, given)


def _draw(requests: Sequence[SpriteRequest], keys: Sequence[str], tools: StepTools) -> Results:
    """All entries of a step as one batch, so that they are denoised together."""
    items = [request.model_dump(exclude_unset=True) for request in requests]
    job = tools.draw(parse_request(BatchRequest, {"items": items}), keys[0])
    for place, part in enumerate(job.parts):
        if part.state == "done":
            yield place, [sprite.sprite_id for sprite in part.sprites]
    _done(job)


def _edit(requests: Sequence[EditRequest], keys: Sequence[str], tools: StepTools) -> Results:
    from pixels_mcp.operations.edits.pixel_edit import edit_pixels
    from pixels_mcp.operations.edits.redraws import redraw_of

    for place, (request, key) in enumerate(zip(requests, keys, strict=True)):
        if request.is_drawn:
            job = _done(tools.draw(redraw_of(request, tools.library), key))
            yield place, [sprite.sprite_id for part in job.parts for sprite in part.sprites]
        else:
            yield place, [edit_pixels(request, tools.library).sprite_id]


def _tileset(requests: Sequence[TilesetRequest], keys: Sequence[str], tools: StepTools) -> Results:
    from pixels_mcp.operations.terrains import drawing_of, open_terrains, require_given, words_to_draw
    from pixels_mcp.operations.tileset_operation import build_tileset

    for place, (request, key) in enumerate(zip(requests, keys, strict=True)):
        require_given(request, tools.library)
        batch = drawing_of(request)
        parts = _done(tools.draw(batch, key)).parts if batch else ()
        drawn = dict(zip(words_to_draw(request), (part.sprites[0].sprite_id for part in parts), strict=True))
        built = build_tileset(request, open_terrains(request, drawn, tools.library), tools.library)
        yield place, [built.entry.sprite_id]


def _animate(requests: Sequence[AnimateRequest], keys: Sequence[str], tools: StepTools) -> Results:
    from pixels_mcp.operations.animation_operation import keep_animation
    from pixels_mcp.operations.character_clips import make_clips
    from pixels_mcp.operations.frame_redraws import redraws_of

    for place, (request, key) in enumerate(zip(requests, keys, strict=True)):
        clips = make_clips(request, tools.library)
        redrawn: dict[str, list[str]] = {}
        for name, redraw in redraws_of(clips, tools.library).items():
            job = _done(tools.draw(redraw, f"{key}-{name}"))
            redrawn[name] = [sprite.sprite_id for part in job.parts for sprite in part.sprites]
        yield place, [keep_animation(clips, redrawn, tools.library).entry.sprite_id]


def _sheet(requests: Sequence[KeptSheetRequest], keys: Sequence[str], tools: StepTools) -> Results:  # noqa: ARG001  # called alike with others
    from pixels_mcp.operations.sheet_operation import lay_sheet

    for place, request in enumerate(requests):
        yield place, [lay_sheet(request, tools.library).sprite_id]


def _check(requests: Sequence[CheckRequest], keys: Sequence[str], tools: StepTools) -> Results:  # noqa: ARG001  # called alike with others
    for place, request in enumerate(requests):
        facts = tools.library.get(request.sprite_id).facts
        for word, value in _measured(facts).items():
            most = getattr(request, f"max_{word}")
            if most is not None and value is not None and value > most:
                raise WorkflowStepError(
                    f"{request.sprite_id}: {word} is {value:g}, at most {most:g}",
                    hint="run it with another seed, or give a looser bound",
                )
        yield place, [request.sprite_id]


def _measured(facts: Mapping[str, Any]) -> dict[str, float | None]:
    clips: dict[str, dict[str, float]] = facts.get("measured") or {}
    flicker = [clip["flicker"] for name, clip in clips.items() if name.split("_")[0] in ("walk", "idle", "float")]
    seams = [facts.get(name) for name in ("seam_error", "seam_error_x", "seam_error_y")]
    return {
        "colors": facts.get("colors"),
        "seam_error": seams[0] if seams[0] is not None else max((one or 0.0 for one in seams[1:]), default=None),
        "flicker": max(flicker, default=None),
    }


def _done(job: JobInfo) -> JobInfo:
    failed = next((part for part in job.parts if part.state != "done"), None)
    if failed is None:
        return job
    if failed.error is not None:
        raise failed.error.as_error()
    raise WorkflowStepError(f"{failed.part_id} was {failed.state}", hint="run the workflow again: what stands is kept")


STEP_OPERATIONS: Mapping[str, StepOperation | Delivery] = {
    "draw": StepOperation(SpriteRequest, _draw, made="sprite", is_seeded=True),
    "edit": StepOperation(EditRequest, _edit, made="edit"),
    "tileset": StepOperation(TilesetRequest, _tileset, made="tileset", is_seeded=True),
    "animate": StepOperation(AnimateRequest, _animate, made="animation"),
    "recolor": StepOperation(EditRequest, _edit, made="edit", words={"operation": "recolor"}),
    "sheet": StepOperation(KeptSheetRequest, _sheet),
    "check": StepOperation(CheckRequest, _check),
    "export": Delivery(
        ExportStepRequest,
        lambda requests, tools: export_each(requests, tools.library, tools.game),
        require_place=game_folder,
        takes_formats=True,
    ),
    "deploy": Delivery(
        DeployStepRequest,
        lambda requests, tools: deploy_step(requests, tools.library, tools.game),
        require_place=require_game,
    ),
}
"""Operation -> how a step does it. A new operation is a function and a line here."""


def operation_of(name: str, where: str) -> StepOperation | Delivery:
    """The operation of a step.

    Raises:
        WorkflowError: There is none of that name.
    """
    if name not in STEP_OPERATIONS:
        raise WorkflowError(f"{where}: do: there is no operation {name!r}", hint=f"known: {', '.join(STEP_OPERATIONS)}")
    return STEP_OPERATIONS[name]


def seeds_itself(operation: StepOperation, words: Mapping[str, Any]) -> bool:
    """Whether a run's seed goes into a step: it has none of its own and its operation takes one."""
    if operation.request is EditRequest:
        from pixels_mcp.operations.edit_request import DRAWN_OPERATIONS

        return words.get("operation") in DRAWN_OPERATIONS and words.get("seed") is None
    return operation.is_seeded and words.get("seed") is None


def explained(where: str, error: InvalidArgumentError) -> WorkflowError:
    """A request's error with the step that it is of."""
    return WorkflowError(f"{where}: {error.message}", hint=error.hint)
