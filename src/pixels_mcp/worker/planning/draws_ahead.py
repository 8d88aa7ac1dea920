"""What a model would draw for the steps of a workflow, worded where the sprites are that it starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.frame_redraws import foreseen_redraws
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.operations.terrains import drawing_of
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.wire.messages import DrawsAhead, StepDraws


def draws_of_steps(steps: Sequence[StepAhead], library: Library) -> tuple[StepDraws, ...]:
    """What a model would draw for each step.

    Args:
        steps: As looked ahead.
        library: Where sprites are that are edited or moved.

    Raises:
        InvalidArgumentError: Terrains of a step and its other words do not fit together.
        UnknownSpriteError: A sprite that is to move is not there.
    """
    return tuple(
        StepDraws(step=step.step, do=step.do, gives=step.entries, kept=step.kept, draws=tuple(_draws_of(step, library)))
        for step in steps
    )


def _draws_of(step: StepAhead, library: Library) -> Iterator[DrawsAhead]:
    """All sprites of a step that draws are one batch."""
    sprites = [request for request in step.requests if isinstance(request, SpriteRequest)]
    if sprites:
        yield _draws(step.step, sprites, step.to_come)
    for request in step.requests:
        if isinstance(request, TilesetRequest) and (batch := drawing_of(request)):
            yield _draws(step.step, batch.expand())
        if isinstance(request, EditRequest) and request.is_drawn:
            yield _draws(step.step, [_redraw(request)], step.to_come, is_redraw=True)
        if isinstance(request, AnimateRequest) and request.redraw != "none":
            for name, words in foreseen_redraws(request, step.to_come, library):
                asked = parse_request(SpriteRequest, words)
                yield _draws(f"{step.step}: frames of {name}", [asked], step.to_come, is_redraw=True)


def _draws(
    about: str, requests: Sequence[SpriteRequest], to_come: Mapping[str, str] | None = None, *, is_redraw: bool = False
) -> DrawsAhead:
    return DrawsAhead(requests=tuple(requests), about=about, to_come=dict(to_come or {}), is_redraw=is_redraw)


def _redraw(request: EditRequest) -> SpriteRequest:
    """An edit that a model draws takes as long as a redraw of the sprite."""
    words = {
        "prompt": request.prompt or request.operation,
        "reference": request.sprite_id,
        "strength": request.strength or 1.0,
        "count": request.count,
        "model": request.model,
    }
    return parse_request(SpriteRequest, {name: value for name, value in words.items() if value is not None})
