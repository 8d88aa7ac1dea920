"""Words of every tool that draws, beside those of what it draws."""

from __future__ import annotations

from pydantic import BaseModel, Field

from pixels_mcp.requests import WAIT_S_MAX


class WaitingWords(BaseModel):
    """Whether to draw at all, and how long to wait for it."""

    dry_run: bool = Field(default=False, description="Only tell what it takes, and from what")
    wait_s: float = Field(default=25.0, ge=0.0, le=WAIT_S_MAX, description="Seconds to wait; the job goes on after")
