"""Twenty thousand jobs in the store of a real worker: the Queue opens, goes to its end, and shows what ended too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from helpers.plain_engine import PlainEngine
from helpers.screens import play, staged, text_of, until
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import NewPart
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.tui.screens.queue_screen import QueueScreen
from pixels_mcp.tui.widgets.line_list import LineList

JOBS, WAITING = 20_000, 12_000


def fill_store(file: Path) -> None:
    """One job through the store, the others in its likeness; the older ones are done."""
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
                f"WITH RECURSIVE more(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM more WHERE n < {JOBS - 1}) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {table}, more WHERE number = 1"
            )
            done = f"WHERE number <= {JOBS - WAITING}"
            counts = ", queued = 0, done = 1" if table == "jobs" else ""
            db.execute(f"UPDATE {table} SET state = 'done'{counts} {done}")


def test_the_queue_of_twenty_thousand_jobs_opens_goes_to_its_end_and_shows_what_ended(home: Path) -> None:
    fill_store(find_paths().jobs_db)

    async def story(pilot: Pilot[Any]) -> None:
        await until(
            pilot, lambda: "11,9" in text_of(app)[0] or "119" in text_of(app)[0], "the worker tells how many wait"
        )
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen) and "Running" in text_of(app)[1], "the queue")
        jobs = app.screen.query_one("#jobs", LineList)
        titles = [row.text for row in jobs._rows if row.tone == "title"]
        assert titles[:2] == ["Running", "Waiting"]
        assert titles[2].startswith("  and 11,7")
        assert titles[3].startswith("Ended (200 of the latest jobs, 0 with failures")
        await pilot.press("G")
        await until(pilot, lambda: any("done      1/1  key" in line for line in text_of(app)), "the last one")
        assert len(jobs._strips) < 100, "only what is seen is drawn"
        await pilot.press("g", "pagedown", "K")
        await until(pilot, lambda: any("moved up" in one.message for one in app._notifications), "it is moved")

    with staged(home, engine=PlainEngine(step_s=0.05), rows_max=1) as app:
        play(app, story)
