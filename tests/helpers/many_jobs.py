"""A store of very many jobs, made in a second."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import NewPart
from pixels_mcp.requests import SpriteRequest


def fill_store(file: Path, jobs: int, *, waiting: int) -> None:
    """So many jobs of a part each: one through the store, the others in its likeness; the last ones wait, the others
    are done."""
    file.parent.mkdir(parents=True, exist_ok=True)
    store = JobStore(file)
    store.add(
        "generate", "key", [NewPart(SpriteRequest(prompt="a [red] key", steps=40), 1)], fingerprint="f", queue_limit=1
    )
    store.close()
    with closing(sqlite3.connect(file)) as db, db:
        for table, own in (("jobs", "job_id"), ("parts", "part_id")):
            columns = [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")]
            alike = {
                "number": "1 + n", own: "printf('key-%05d', 1 + n)", "turn": "1 + n", "job_number": "1 + n",
            }  # fmt: skip
            picked = ", ".join(alike.get(column, column) for column in columns)
            db.execute(
                f"WITH RECURSIVE more(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM more WHERE n < {jobs - 1}) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {table}, more WHERE number = 1"
            )
            done = f"WHERE number <= {jobs - waiting}"
            counts = ", queued = 0, done = 1" if table == "jobs" else ""
            db.execute(f"UPDATE {table} SET state = 'done'{counts} {done}")
