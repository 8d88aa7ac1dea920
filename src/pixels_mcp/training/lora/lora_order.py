"""What is to be trained, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pixels_mcp.models.entry import ModelEntry


@dataclass(frozen=True)
class LoraOrder:
    """What is to be trained.

    Attributes:
        base: With its hash.
        run_dir: Holds checkpoints, looks and strips.
        minutes: As many steps as fit, instead of `steps`.
        threads: CPU threads, 0 for all; None leaves them as they are.
        command: As typed; goes into the card.
        device: `auto`, `cpu` or `cuda`.
    """

    set_folder: Path
    base: ModelEntry
    name: str
    trigger: str
    models_dir: Path
    run_dir: Path
    steps: int | None = None
    minutes: float | None = None
    batch_size: int | None = None
    rank: int | None = None
    learning_rate: float | None = None
    seed: int = 0
    save_memory: bool = False
    resume: bool = False
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int | None = None
    command: str = ""


class LoraTold(Protocol):
    """Who hears of a run, and may stop it: a face, which stands above."""

    def begins(self) -> None:
        """All is checked; the base is loaded next, so what else holds memory may let it go."""
        ...

    def note(self, text: str) -> None:
        """Something that a person should know."""
        ...

    def step(self, step: int, steps: int, loss: float) -> None:
        """A step was taken."""
        ...

    def stopped(self) -> bool:
        """True when the run shall stop after this step, keeping its state."""
        ...
