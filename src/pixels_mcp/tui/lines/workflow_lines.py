"""What is wrong with a workflow's text, with the line that it stands in. Pure functions."""

from __future__ import annotations

import re


def problem_row(text: str, problem: str) -> int | None:
    """The line, counted from 1, that a problem of a workflow means; None where it means none.

    Args:
        text: The workflow's text.
        problem: As the check words it: `(at line 3, ...)`, `step 2 (drawn): ...`, `inputs.count....`.
    """
    if line := re.search(r"\bat line (\d+)", problem):
        return int(line[1])
    rows = text.splitlines()
    if step := re.search(r"\bstep (\d+)\b(?: \(\w+\): (\w+))?", problem):
        return _step_row(rows, int(step[1]), step[2] or "")
    if table := re.search(r"\binputs\.(\w+)|: (?:the input )?(\w+)(?: = | is missing)", problem):
        return _first(rows, rf"\[inputs\.{table[1] or table[2]}\]")
    if word := re.search(r"\.toml: (\w+)", problem):
        return _first(rows, rf"\[?{word[1]}\b")
    return None


def _step_row(rows: list[str], number: int, word: str) -> int | None:
    heads = [row for row, text in enumerate(rows, start=1) if re.match(r"\s*\[\[steps\]\]", text)]
    if number > len(heads):
        return None
    start = heads[number - 1]
    end = heads[number] - 1 if number < len(heads) else len(rows)
    within = _first(rows[start:end], rf"{re.escape(word)}\s*=") if word else None
    return start + within if within else start


def _first(rows: list[str], pattern: str) -> int | None:
    return next((row for row, text in enumerate(rows, start=1) if re.match(rf"\s*{pattern}", text)), None)
