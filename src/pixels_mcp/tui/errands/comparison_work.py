"""What Compare asks of the worker and of the disk; each blocks, and belongs on a thread."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pixels_mcp.comparisons.arms import Arm
from pixels_mcp.comparisons.comparison_report import html_report
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.comparisons.comparison_tables import arms_csv, votes_csv
from pixels_mcp.comparisons.rounds import Comparison, batch_request, make_comparison, with_sprites
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.files import write_whole
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.operations.workflow_arms import check_workflow_arms, run_workflow_arms
from pixels_mcp.requests import SEED_MAX
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.workflow_work import named_workflow, tools_of_run

_SHUFFLE_SEED_MAX = 2**32


def begin_comparison(
    store: ComparisonStore, session: Session, arms: Sequence[Arm], prompts: Sequence[str], seeds: int
) -> Comparison:
    """Plan the rounds and have them drawn as one job; a comparison that is not queued is not kept.

    Arms that are workflows are run when the job has ended, by `settled`.

    Raises:
        PixelsError: The arms, prompts or seeds are not usable, or nothing can be drawn.
    """
    check_workflow_arms(tuple(arms), partial(named_workflow, session))
    comparison = store.create(
        lambda comparison_id: make_comparison(
            comparison_id,
            arms,
            prompts,
            seeds=seeds,
            first_seed=secrets.randbelow(SEED_MAX - seeds),
            shuffle_seed=secrets.randbelow(_SHUFFLE_SEED_MAX),
            shared={},
            created_s=time.time(),
        )
    )
    if comparison.is_of_workflows:
        return comparison
    try:
        job = session.link.submit_batch(batch_request(comparison))
    except BaseException:
        store.drop(comparison.comparison_id)
        raise
    return store.change(comparison.comparison_id, lambda one: one.model_copy(update={"job_id": job.job_id}))


def settled(store: ComparisonStore, session: Session, comparison_id: str) -> Comparison:
    """A comparison, with what its job drew put in where that has ended; its workflows are run then.

    Raises:
        PixelsError: It cannot be read, its job cannot be asked for, or a workflow is not usable.
    """
    comparison = store.get(comparison_id)
    if comparison.is_drawn or (comparison.job_id is None and not comparison.is_of_workflows):
        return comparison
    job = session.link.job(comparison.job_id) if comparison.job_id is not None else None
    if job is not None and job.state not in ENDED:
        return comparison
    kept_in = session.paths.state / "workflows"
    made = run_workflow_arms(comparison, partial(named_workflow, session), partial(tools_of_run, session), kept_in)
    return store.change(comparison_id, lambda one: with_sprites(one, job, made))


def write_results(comparison: Comparison, folder: Path) -> list[Path]:
    """Write votes and arms as CSV, and the report with all pictures.

    Raises:
        InvalidArgumentError: The folder cannot be written.
    """
    name = comparison.comparison_id
    texts = {
        folder / f"{name}-votes.csv": votes_csv(comparison),
        folder / f"{name}-arms.csv": arms_csv(comparison),
        folder / f"{name}.html": html_report(comparison),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise InvalidArgumentError(f"cannot write {folder}: {error.strerror}", hint="choose another folder") from error
    return list(texts)
