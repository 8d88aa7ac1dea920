"""`pixels-mcp compare`: draw the same prompts and seeds in two to four ways, as one job."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.compare.drawn_comparison import comparison_store, put_in_drawn, refuse_empty
from pixels_mcp.cli.draw.batch_files import BadItem, read_batch
from pixels_mcp.cli.draw.draw_options import STYLES, Json, read_words
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import note, note_next, print_json, print_result
from pixels_mcp.cli.request_options import GivenWords, with_words
from pixels_mcp.cli.sets.workflow_commands import read_named
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.requests import SEED_MAX, BatchRequest

if TYPE_CHECKING:
    from pixels_mcp.comparisons.rounds import Comparison

SHARED_WORDS = (
    "negative_prompt", "width_px", "height_px", "max_colors", "transparent", "tiling", "reference", "strength", "style",
)  # fmt: skip

_SHUFFLE_SEED_MAX = 2**32


@with_words(BatchRequest, SHARED_WORDS, STYLES)
def compare(
    arms: Annotated[
        list[str],
        typer.Argument(
            help="2 to 4 ways to draw: a model's name and words (name, lora, steps, guidance_scale, palette), such as "
            "'mini steps=20'; or workflow=NAME.",
            metavar="ARM ARM [ARM] [ARM]",
        ),
    ],
    words: GivenWords,
    prompts: Annotated[
        Path, typer.Option(help="A .txt (a prompt per line), .csv, .json, .yaml or .toml file.", metavar="FILE")
    ],
    seeds: Annotated[int, typer.Option(help="Seeds for each prompt.", min=1, max=1000)] = 1,
    first_seed: Annotated[
        int | None, typer.Option(help="The first seed; random when left out.", min=0, max=SEED_MAX)
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw every prompt with every seed in each way, and keep them to be voted on blind.

    Prints the comparison's id. All arms of a round have the same prompt, seed, size and reference.
    """
    from pixels_mcp.comparisons.arms import check_arms, read_arm
    from pixels_mcp.comparisons.rounds import batch_request, make_comparison
    from pixels_mcp.operations.workflow_arms import check_workflow_arms

    checked = check_arms([read_arm(text) for text in arms])
    check_workflow_arms(checked, read_named)
    listed, shared = _prompts(prompts), read_words(words)
    store = comparison_store()
    comparison = store.create(
        lambda comparison_id: make_comparison(
            comparison_id,
            checked,
            listed,
            seeds=seeds,
            first_seed=secrets.randbelow(SEED_MAX - seeds) if first_seed is None else first_seed,
            shuffle_seed=secrets.randbelow(_SHUFFLE_SEED_MAX),
            shared=shared,
            created_s=time.time(),
        )
    )
    try:
        request = None if comparison.is_of_workflows else batch_request(comparison)
        with worker_client("compare") as client:
            if request is not None:
                job = client.submit_batch(request, idempotency_key=f"{comparison.comparison_id} {comparison.created_s}")
                comparison = store.change(
                    comparison.comparison_id, lambda one: one.model_copy(update={"job_id": job.job_id})
                )
            comparison = put_in_drawn(client, comparison)
    except BaseException:
        if comparison.job_id is None:
            store.drop(comparison.comparison_id)
        raise
    if as_json:
        print_json(_blind(comparison))
    else:
        for one in comparison.rounds:
            if one.void:
                note(f"round {one.number} ({one.prompt[:60]!r}, seed {one.seed}) does not count: {one.void}")
        print_result(comparison.comparison_id)
        note_next(in_words("", [NextStep("vote", comparison.comparison_id)], COMMAND_PHRASES))
    refuse_empty(comparison)


class VoidRound(TypedDict):
    """A round that does not count."""

    round: int
    prompt: str
    why: str


class BlindComparison(TypedDict):
    """A comparison before its votes: nothing says which arm drew which picture."""

    comparison_id: str
    job_id: str | None
    arms: list[dict[str, Any]]
    rounds: int
    void_rounds: list[VoidRound]


def _blind(comparison: Comparison) -> BlindComparison:
    """What a program is told: nothing that says which arm drew which picture."""
    void: list[VoidRound] = [
        {"round": one.number, "prompt": one.prompt, "why": one.void} for one in comparison.rounds if one.void
    ]
    return {
        "comparison_id": comparison.comparison_id,
        "job_id": comparison.job_id,
        "arms": [arm.model_dump(mode="json", exclude_none=True) for arm in comparison.arms],
        "rounds": len(comparison.rounds),
        "void_rounds": void,
    }


def _prompts(file: Path) -> Sequence[str]:
    """The prompts of a file, which may say nothing else: what the arms share are options, so that it is the same."""
    read = read_batch(file, {})
    for remark in read.remarks:
        note(remark)
    for number, item in enumerate(read.items, start=1):
        if isinstance(item, BadItem):
            raise InvalidArgumentError(f"{file}: item {number}: {item.error.message}", hint=item.error.hint)
        if more := item.model_fields_set - {"prompt"}:
            raise InvalidArgumentError(
                f"{file}: item {number} has {', '.join(sorted(more))}, and only prompts are compared",
                hint="take it out; words that all arms share are options of the command",
            )
    return [item.prompt for item in read.requests]
