"""What something would take before any of it is queued, as the worker tells it and every face shows it."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pixels_mcp.events import ErrorInfo
from pixels_mcp.told_apart import JsonObject

TOLD_MAX = 200
"""Items that are told one by one; what cannot be drawn and what is unsure first."""
_PROMPT_CHARS_MAX = 80


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemForecast(_Told):
    """One item before it is drawn.

    Attributes:
        prompt: As asked; of a workflow its step stands in front.
        rows: Its variants.
        drawn_from: A tile of the exemplar library, a sprite, a file, the result of a step; `scratch` for nothing.
        confidence: None for models of which no words are known, and for what could not be planned.
        unmatched_words: Of the prompt, that nothing is known of.
        nearest_words: Things near the asked one that can be drawn; only where the confidence is low.
        doubtful_source: The sprite that it is redrawn from, where that is unlikely to be what was asked.
        size_px: (width, height) of the sprite.
        model: The name of the one that draws.
        error: Why it cannot be drawn.
    """

    prompt: str
    rows: int
    drawn_from: str = ""
    confidence: Literal["high", "low"] | None = None
    unmatched_words: tuple[str, ...] = ()
    nearest_words: tuple[str, ...] = ()
    doubtful_source: str | None = None
    size_px: tuple[int, int] = (0, 0)
    model: str | None = None
    error: ErrorInfo | None = None

    @property
    def title(self) -> str:
        """The prompt, cut where it is long."""
        return self.prompt[:_PROMPT_CHARS_MAX]

    def to_dict(self, number: int) -> JsonObject:
        """As an answer tells it, doubts first; `number` counts from 1."""
        told: JsonObject = {"confidence": self.confidence} if self.confidence else {}
        told |= {"item": number, "prompt": self.title}
        if self.error is not None or self.model is None:
            return told | ({"error": self.error.message, "hint": self.error.hint} if self.error else {})
        told |= {"drawn_from": self.drawn_from, "size_px": "x".join(map(str, self.size_px)), "model": self.model}
        if self.rows > 1:
            told["count"] = self.rows
        if self.doubtful_source is not None:
            told["doubtful_source"] = self.doubtful_source
        if self.unmatched_words:
            told["unmatched_words"] = list(self.unmatched_words)
        if self.nearest_words:
            told["nearest_words"] = list(self.nearest_words)
        return told


class StepForecast(_Told):
    """A step of a workflow: what it does, how many entries it gives, how many pictures a model draws for that, and how
    many entries stand from an earlier run."""

    step: str
    do: str
    gives: int
    draws: int
    kept: int


class Forecast(_Told):
    """What something would take.

    Attributes:
        items: What would be drawn, in order.
        steps: Of a workflow: what each step does.
        seconds: For all of it, without what waits before it; None where a model has not been drawn with there yet.
        unmeasured: Those models.
        parts_before: Parts that are drawn or wait already.
        memory_needed_gib: Of the model that needs most: weights, and the rows that are drawn together.
        memory_free_gib: Of the device, now; a model that is loaded needs its weights no more. None while the device is
            not known yet.
        device: Its name.
        machine: The other machine that draws; None for this one.
    """

    items: tuple[ItemForecast, ...]
    steps: tuple[StepForecast, ...]
    seconds: float | None
    unmeasured: tuple[str, ...]
    parts_before: int
    memory_needed_gib: float
    memory_free_gib: float | None
    device: str
    machine: str | None = None

    @property
    def doubtful(self) -> list[int]:
        """Numbers, from 1, of items that are unlikely to become what is asked."""
        return [number for number, item in enumerate(self.items, 1) if item.confidence == "low"]

    @property
    def refused(self) -> list[int]:
        """Numbers, from 1, of items that cannot be drawn as asked."""
        return [number for number, item in enumerate(self.items, 1) if item.error is not None]

    @property
    def shown(self) -> list[int]:
        """Numbers, from 1, of at most `TOLD_MAX` items: the refused first, then the doubtful, then the others."""
        refused, doubtful = set(self.refused), set(self.doubtful)
        order = sorted(range(1, len(self.items) + 1), key=lambda n: (n not in refused, n not in doubtful, n))
        return order[:TOLD_MAX]

    @property
    def sprites(self) -> int:
        """How many would be drawn."""
        return sum(item.rows for item in self.items if item.error is None)

    @property
    def fits(self) -> bool | None:
        """Whether the memory that is free is enough; None while that is not known."""
        return None if self.memory_free_gib is None else self.memory_needed_gib <= self.memory_free_gib

    def to_dict(self) -> JsonObject:
        """As an answer tells it: doubts first, and at most `TOLD_MAX` items, the doubtful ones before the others."""
        shown, free = self.shown, self.memory_free_gib
        known = {} if free is None else {"free_gib": rounded(free), "fits": self.fits}
        told: JsonObject = {
            "confidence": "low" if self.doubtful else None,
            "warning": self.warning,
            "state": "dry_run",
            "sprites": self.sprites,
            "seconds": None if self.seconds is None else rounded(self.seconds),
            "seconds_unknown": self.seconds_unknown,
            "parts_before": self.parts_before,
            "memory": {"needed_gib": rounded(self.memory_needed_gib), **known, "device": self.device},
            "machine": self.machine,
            "steps": [step.model_dump() for step in self.steps] or None,
            "items_shown": f"{len(shown)} of {len(self.items)}" if len(shown) < len(self.items) else None,
            "items": [self.items[number - 1].to_dict(number) for number in shown],
        }
        return {name: value for name, value in told.items() if value is not None}

    @property
    def warning(self) -> str | None:
        """Which items will hardly become what is asked; None where all will."""
        parts = [
            f"{len(numbers)} of {len(self.items)} items {what}: {', '.join(map(str, numbers[:40]))}"
            + (f" and {len(numbers) - 40} more" if len(numbers) > 40 else "")
            for numbers, what in (
                (self.refused, "cannot be drawn as asked"),
                (self.doubtful, "are unlikely to become what is asked (low confidence)"),
            )
            if numbers
        ]
        return "; ".join(parts) or None

    @property
    def seconds_unknown(self) -> str | None:
        """Why the seconds are not known; None where they are."""
        if not self.unmeasured:
            return None
        where = self.machine or "this machine"
        return f"nothing was drawn with {', '.join(self.unmeasured)} on {where} yet: draw one sprite, then ask again"


def rounded(value: float) -> float:
    """Two digits that count; a forecast is no more exact."""
    if value <= 0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(value)))
