"""What deploying answers; the same in MCP and CLI."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.advice import Advised

State = Literal["confirmed", "unconfirmed", "written", "unchanged", "dry_run", "removed"]
Cause = Literal[
    "game_not_running",
    "watching_off",
    "other_assets_folder",
    "asset_not_loaded",
    "decode_failed",
    "game_closed",
    "game_paused",
    "no_answer",
]


class _Result(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileResult(_Result):
    """One file of the game's folder: its absolute path and the sha256 of its bytes; None where it was removed."""

    path: str
    sha256: str | None
    action: Literal["written", "unchanged", "would_write", "removed"]


class DeployResult(Advised):
    """What became of a deployed sprite.

    `state` is `confirmed` when the running game said that it shows exactly these pixels; `unconfirmed` when the files
    stand but no game said so, with `cause`; `written` when nobody was asked; `unchanged` when they stood
    there already; `removed` when they were taken away.
    """

    state: State
    name: str = Field(description="Name in the game; another one than asked for after on_conflict=rename")
    project: str = Field(description="The game's folder")
    asset: str = Field(description="What the game loads: sprites/NAME.sprite.ron")
    sprite_ids: tuple[str, ...] = ()
    files: tuple[FileResult, ...] = ()
    width_px: int = 0
    height_px: int = 0
    confirmed_ms: float | None = Field(default=None, description="From the write to the game's answer")
    cause: Cause | None = Field(default=None, description="Why it is not confirmed")
    detail: str | None = Field(default=None, description="The cause in a sentence")
    next: str | None = Field(default=None, description="What to do now")
    notes: tuple[str, ...] = ()
