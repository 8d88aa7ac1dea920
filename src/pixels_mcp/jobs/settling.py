"""A job's counts and its state follow its parts: written down in the transaction that moves them."""

from __future__ import annotations

import sqlite3

from pixels_mcp.events import State
from pixels_mcp.jobs.records import Rank
from pixels_mcp.jobs.states import Tally


def count_moved(db: sqlite3.Connection, job_number: int, from_state: State, to_state: State) -> Rank:
    """Count one part of a job as moved; returns the job's rank."""
    change = f"UPDATE jobs SET {from_state} = {from_state} - 1, {to_state} = {to_state} + 1 WHERE number = ?"  # noqa: S608  # names of our own; values are bound
    db.execute(change, (job_number,))
    return settle(db, job_number)


def settle(db: sqlite3.Connection, job_number: int) -> Rank:
    """Write down the state that a job's parts give it; returns its rank."""
    *counts, run_key, error, tier, turn = db.execute(
        "SELECT queued, running, done, failed, cancelled, run_key, error, tier, turn FROM jobs WHERE number = ?",
        (job_number,),
    ).fetchone()
    state = Tally(*counts).job_state(is_open=run_key is not None, has_failed=error is not None)
    db.execute("UPDATE jobs SET state = ? WHERE number = ?", (state, job_number))
    return Rank(tier, turn)
