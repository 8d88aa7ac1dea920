"""What a request would be drawn from, and how sure that is: planned like a part, and nothing is queued or kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.errors import PixelsError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.foreseen import ItemForecast
from pixels_mcp.jobs.records import NewPart, Part, Rank
from pixels_mcp.library.doubts import inherited_doubt
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.told_apart import JsonObject
from pixels_mcp.worker.planning.accept import NONE_UNREAD, Intake
from pixels_mcp.worker.planning.looking_shelf import LookingShelf
from pixels_mcp.worker.planning.plan import Plan, make_plan

_STAND_IN_PX = 32


@dataclass(frozen=True)
class ItemOutlook:
    """What is known of one item before it is drawn.

    Attributes:
        told: What a person hears of it.
        model: That draws; None where it cannot be drawn.
        spec: How it is rendered.
    """

    told: ItemForecast
    model: ModelEntry | None = None
    spec: RenderSpec | None = None


def outlooks_of(
    requests: Sequence[SpriteRequest],
    shelf: LookingShelf,
    to_come: Mapping[str, str] | None = None,
    unread: Mapping[str, ErrorInfo] = NONE_UNREAD,
) -> list[ItemOutlook]:
    """Plan the items of one batch; why one cannot be drawn is told.

    Args:
        requests: As asked; those that leave their size open get one for all.
        shelf: Models and pictures.
        to_come: Sprite ids that stand for what an earlier step makes, and how that is told.
        unread: Why references could not be read where they were asked for.
    """
    results = [(to_come or {}).get(request.reference) for request in requests]
    asked = [
        request.model_copy(update={"reference": shelf.keep_picture(_stand_in())}) if result else request
        for request, result in zip(requests, results, strict=True)
    ]
    parts = Intake(shelf).accept_each(asked, unread)
    return [_outlook(part, result, shelf) for part, result in zip(parts, results, strict=True)]


def _outlook(new: NewPart, result_of: str | None, shelf: LookingShelf) -> ItemOutlook:
    request = new.request
    if new.error is not None:
        return ItemOutlook(ItemForecast(prompt=request.prompt, rows=request.count, error=new.error))
    try:
        plan = make_plan(_as_part(new), shelf)
    except PixelsError as error:
        return ItemOutlook(ItemForecast(prompt=request.prompt, rows=request.count, error=ErrorInfo.of(error)))
    understood = [row.understanding for row in plan.rows if row.understanding is not None]
    unsure = next((one for one in understood if one.confidence == "low"), None)
    worst = unsure or (understood[0] if understood else None)
    told = ItemForecast(
        prompt=request.prompt,
        rows=len(plan.rows),
        drawn_from=result_of or _sources(plan),
        confidence=worst.confidence if worst else None,
        unmatched_words=worst.unmatched_words if worst else (),
        nearest_words=worst.nearest_words if worst else (),
        size_px=plan.settled.size_px,
        model=plan.model.name,
    )
    source = shelf.redrawn_entry(request)
    doubt = _doubt_of(inherited_doubt([source] if source else []))
    return ItemOutlook(told.model_copy(update=doubt), plan.model, plan.spec)


def _doubt_of(facts: Mapping[str, Any]) -> JsonObject:
    """What is made from a sprite of low confidence is as doubtful."""
    told = {name: facts[name] for name in ("confidence", "doubtful_source") if name in facts}
    return told | {name: tuple(facts[name]) for name in ("unmatched_words", "nearest_words") if name in facts}


def _sources(plan: Plan) -> str:
    told = [f"{row.reference.kind} {row.reference.name}" if row.reference else "scratch" for row in plan.rows]
    return ", ".join(dict.fromkeys(told))


def _stand_in() -> np.ndarray:
    return np.zeros((_STAND_IN_PX, _STAND_IN_PX, 4), np.uint8)


def _as_part(new: NewPart) -> Part:
    return Part(
        number=0,
        part_id="outlook",
        job_number=0,
        job_id="outlook",
        rank=Rank(0, 0),
        state="queued",
        request=new.request,
        seed=new.seed,
        reference_sha256=new.reference_sha256,
        recipe=None,
        starts=0,
        sprites=(),
        error=None,
    )
