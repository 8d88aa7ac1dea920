"""What is done with jobs and can be taken back; it blocks, and belongs on a thread."""

from __future__ import annotations

from pixels_mcp.tui.link import WorkerLink
from pixels_mcp.tui.session import Change


def stop_job(link: WorkerLink, key: str) -> Change:
    """Stop a job or a part of it; what was not drawn is drawn by a new job when that is taken back.

    Raises:
        PixelsError: There is no such job, or it ended before.
    """
    link.cancel([key])

    def back() -> str:
        return f"{link.retry(key).job_id} draws it again"

    return Change(f"{key} is stopped", back)
