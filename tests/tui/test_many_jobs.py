"""Twenty thousand jobs in the store of a real worker: the Queue opens, goes to its end, and shows what ended too."""

# That only seen lines are drawn shows in what the list keeps.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from helpers.many_jobs import fill_store
from helpers.plain_engine import PlainEngine
from helpers.screens import notices, play, staged, text_of, until
from pixels_mcp.paths import find_paths
from pixels_mcp.tui.screens.queue_screen import QueueScreen
from pixels_mcp.tui.widgets.line_list import LineList

JOBS, WAITING = 20_000, 12_000


def test_the_queue_of_twenty_thousand_jobs_opens_goes_to_its_end_and_shows_what_ended(home: Path) -> None:
    fill_store(find_paths().jobs_db, JOBS, waiting=WAITING)

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
        await until(pilot, lambda: any("moved up" in one for one in notices(app)), "it is moved")

    with staged(home, engine=PlainEngine(step_s=0.05), rows_max=1) as app:
        play(app, story)
