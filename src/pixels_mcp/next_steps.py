"""The next step as a value: what can be done, and with what. Each face puts it into its own words.

A station that knows what would help says `NextStep("list_models")`; the command line makes of it
"`pixels-mcp models list` shows those that there are", the MCP server "list_models shows those that there are".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

StepKind = Literal[
    "draw",
    "follow_job",
    "cancel_job",
    "retry_job",
    "list_jobs",
    "show_queue",
    "move_job",
    "vote",
    "show_verdict",
    "list_comparisons",
    "list_sprites",
    "list_trash",
    "view_sprite",
    "deploy_sprite",
    "animate_sprite",
    "redraw_sprite",
    "import_sketch",
    "restore_sprite",
    "regenerate_sprite",
    "remove_sprite",
    "rebuild_library",
    "list_models",
    "show_model",
    "warm_model",
    "prepare_game",
    "check_game",
    "choose_game",
    "undo_deploy",
    "force_undo",
    "force_redo",
    "check_installation",
    "read_log",
    "list_settings",
    "start_worker",
    "stop_worker",
    "pair_machine",
    "forget_machine",
    "train_mini",
    "make_token",
    "allow_host",
    "prepare_set",
    "check_set",
    "train_lora",
]
"""What can be done next. A face that lacks a phrase for one of them fails its test."""

Phrases: TypeAlias = Mapping[StepKind, str]
"""A face's words for every step: a clause, with `{PLACE}` where the step's `what` goes."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing that can be done next.

    Attributes:
        do: What.
        what: With what: a job's, sprite's or model's name, or a folder; empty where the reader has to choose.
    """

    do: StepKind
    what: str = ""


def in_words(advice: str, steps: Sequence[NextStep], phrases: Phrases) -> str:
    """Say what to do next in a face's own words: the advice, which all faces give alike, and then the steps.

    Args:
        advice: A sentence fragment; may be empty.
        steps: What may be done about it, any one of them.
        phrases: The face's words.

    Returns:
        A sentence fragment; empty where there is neither advice nor step.
    """
    clauses = ", or ".join(_clause(phrases[step.do], step.what) for step in steps)
    return "; ".join(part for part in (advice, clauses) if part)


def _clause(phrase: str, what: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: shlex.quote(what) if what else place[1], phrase)
