"""The fixed prompts that sheets are drawn of, and how a blind reader's answers are counted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np

from pixels_mcp.errors import TrainingError

_FOLDER = Path(__file__).parent
SHEET_SIZES = (64, 96, 120, 160)
"""How many prompts the fixed sheets have: dungeon things, things of eight other worlds, and twice anything, by people
who had not seen the library."""


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
        whole_words: An answer must hold it as a word or its plural; else as a part of a word, too.
    """

    prompts: tuple[str, ...]
    accepted: tuple[tuple[str, ...], ...]
    whole_words: bool

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
        table = json.loads((_FOLDER / f"prompts_{count}.json").read_text(encoding="utf-8"))
        entries = table["prompts"]
        prompts = tuple(entry["prompt"] for entry in entries)
        return cls(prompts, tuple(tuple(entry["accepted"]) for entry in entries), table.get("whole_words", False))

    def shuffled(self, seed: int) -> list[int]:
        """Which of the prompts stands where on a sheet shuffled by a seed."""
        return [int(n) for n in np.random.default_rng(seed).permutation(len(self.prompts))]

    def score(self, answers: Mapping[str, str]) -> SheetScore:
        """Compare a reader's answers (prompt to what was seen) with the accepted words."""
        wrong = [
            prompt
            for prompt, accepted in zip(self.prompts, self.accepted, strict=True)
            if not any(self._says(answers.get(prompt, "").lower(), word) for word in accepted)
        ]
        return {"named": len(self.prompts) - len(wrong), "of": len(self.prompts), "wrong": wrong}

    def _says(self, answer: str, word: str) -> bool:
        if self.whole_words:
            return re.search(rf"\b{re.escape(word.lower())}(e?s)?\b", answer) is not None
        return word in answer
