"""The fixed prompts that sheets are drawn of, and how a blind reader's answers are counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np

from pixels_mcp.errors import TrainingError

_FOLDER = Path(__file__).parent
SHEET_SIZES = (64, 96)
"""How many prompts the fixed sheets have: dungeon things, and things of eight other worlds."""


class SheetScore(TypedDict):
    """How many of a sheet's prompts were named by a reader, and which were not."""

    named: int
    of: int
    wrong: list[str]


@dataclass(frozen=True)
class PromptSheet:
    """Prompts in their order, and for each the words that were accepted before a sheet was drawn.

    Attributes:
        prompts: As typed.
        accepted: For each prompt the words of which an answer must hold one.
    """

    prompts: tuple[str, ...]
    accepted: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, count: int) -> PromptSheet:
        """Read the sheet with so many prompts.

        Raises:
            TrainingError: There is none.
        """
        if count not in SHEET_SIZES:
            raise TrainingError(
                f"there is no sheet of {count} prompts", hint=f"one of: {', '.join(map(str, SHEET_SIZES))}"
            )
        entries = json.loads((_FOLDER / f"prompts_{count}.json").read_text(encoding="utf-8"))["prompts"]
        return cls(tuple(entry["prompt"] for entry in entries), tuple(tuple(entry["accepted"]) for entry in entries))

    def shuffled(self, seed: int) -> list[int]:
        """Which of the prompts stands where on a sheet shuffled by a seed."""
        return [int(n) for n in np.random.default_rng(seed).permutation(len(self.prompts))]

    def score(self, answers: Mapping[str, str]) -> SheetScore:
        """Compare a reader's answers (prompt to what was seen) with the accepted words."""
        wrong = [
            prompt
            for prompt, accepted in zip(self.prompts, self.accepted, strict=True)
            if not any(word in answers.get(prompt, "").lower() for word in accepted)
        ]
        return {"named": len(self.prompts) - len(wrong), "of": len(self.prompts), "wrong": wrong}
