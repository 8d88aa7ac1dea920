"""What Help shows, as lines. Pure functions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from pixels_mcp.paths import Paths
from pixels_mcp.tui.actions import ACTIONS
from pixels_mcp.tui.dialogs.keys_dialog import action_lines
from pixels_mcp.tui.lines.printed import one_line
from pixels_mcp.tui.session import CheckedThing, Problem
from pixels_mcp.tui.widgets.line_list import ListLine, Tone

FIRST_STEPS = (
    "1 and a prompt draw a sprite; Enter in any field of the form draws, Esc leaves the field",
    "2 shows everything that was drawn; d puts what is under the cursor into the game, x removes it, u undoes",
    "7 names the game's folder once for all (project); 4 tells where models are put",
    "? lists the keys of the screen that is shown, : finds anything by its words",
    "q leaves; what is being drawn goes on and is there when you come back",
)

_TONES: dict[str, Tone] = {"ok": "plain", "warn": "bad", "fail": "bad"}


def check_lines(findings: Iterable[CheckedThing]) -> list[ListLine]:
    """What was looked through, with the next step where something is wrong."""
    lines: list[ListLine] = []
    for number, finding in enumerate(findings):
        mark = {"ok": "o ", "warn": "! ", "fail": "x "}.get(finding.level, "  ")
        text = f"{mark}{finding.check:<11} {one_line(finding.fact)}"
        lines.append(ListLine(f"check-{number}", text, _TONES.get(finding.level, "plain")))
        if finding.next:
            lines.append(ListLine(f"check-{number}-next", f"  {'':<11} next: {one_line(finding.next)}", "muted"))
    return lines


def problem_lines(problems: Sequence[Problem]) -> list[ListLine]:
    """What went wrong in this session, the newest first."""
    lines: list[ListLine] = []
    for number, problem in enumerate(problems):
        at = time.strftime("%H:%M:%S", time.localtime(problem.at_s))
        lines.append(ListLine(f"problem-{number}", f"{at}  {one_line(problem.message)}", "bad"))
        if problem.advice:
            lines.append(ListLine(f"problem-{number}-next", f"          next: {one_line(problem.advice)}", "muted"))
    return lines


def place_lines(paths: Paths, library: str, models: str) -> list[ListLine]:
    """Where files lie."""
    told = {
        "sprites": library,
        "models": models,
        "settings": str(paths.settings_file),
        "log": str(paths.log_file),
        "jobs": str(paths.jobs_db),
    }
    return [ListLine(f"place-{name}", f"{name:<11} {path}") for name, path in told.items()]


def help_lines(
    *,
    checks: Sequence[ListLine] | None,
    problems: Sequence[Problem],
    places: Sequence[ListLine],
    own_keys: Mapping[str, str],
) -> list[ListLine]:
    """The whole page: first steps, problems, checks, places, keys."""
    looking = [ListLine("looking", "looking ...", "muted")]
    return [
        ListLine("title-first", "First steps", "title"),
        *(ListLine(f"first-{number}", text) for number, text in enumerate(FIRST_STEPS)),
        *([ListLine("title-problems", "What went wrong in this session", "title")] if problems else []),
        *problem_lines(problems),
        ListLine("title-checks", "The installation (R looks again)", "title"),
        *(looking if checks is None else checks),
        ListLine("title-places", "Where files lie", "title"),
        *places,
        *action_lines(ACTIONS, own_keys),
    ]
