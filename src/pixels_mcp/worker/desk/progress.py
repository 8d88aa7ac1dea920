"""How far the running parts are, in memory: it changes with every step and is worth nothing after a crash."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pixels_mcp.events import Failed, Finished, Stage, StageName, Started, Step, Update


@dataclass(frozen=True)
class Standing:
    """Where one running part stands; `eta_s` counts from when it was told."""

    stage: StageName | None = None
    step: int = 0
    steps: int = 0
    eta_s: float | None = None


class Progress:
    """The standings of the running parts, learned from updates; belongs to the serving thread."""

    def __init__(self) -> None:
        self._standings: dict[str, Standing] = {}

    def heard(self, update: Update) -> None:
        """Learn of an update."""
        known = self._standings.get(update.part_id, Standing())
        if isinstance(update, Started):
            self._standings[update.part_id] = Standing()
        elif isinstance(update, Stage):
            self._standings[update.part_id] = replace(known, stage=update.stage, eta_s=None)
        elif isinstance(update, Step):
            self._standings[update.part_id] = replace(known, step=update.step, steps=update.steps, eta_s=update.eta_s)
        elif isinstance(update, Finished | Failed):
            self._standings.pop(update.part_id, None)

    def of(self, part_id: str) -> Standing:
        """Where a part stands."""
        return self._standings.get(part_id, Standing())

    def busy_with(self) -> str | None:
        """One running part, for a person who asks what the worker does."""
        return next(iter(self._standings), None)
