"""What the running game says: `.pixels/game.json` (that it runs) and `.pixels/ack.jsonl` (which pictures it loaded)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from pixels_mcp.documents import parse_json
from pixels_mcp.files import is_locked

QUIET_S = 5.0
"""A game that draws renews `game.json` every second."""


class MissingAnimation(BaseModel):
    """An animation that the running game asks a sheet for, and that the sheet lacks."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sheet: str
    animation: str


class Game(BaseModel):
    """The running game, as it describes itself.

    Attributes:
        bridge: Version of our crate in it.
        assets_root: The folder that it loads from.
        watching: Whether it reloads what changes.
        debounce_ms: How long its watcher holds back a change.
        screenshots: Whether it can picture its window.
        missing_animations: Asked for by what is on stage now, in order of the sheets.
        quiet_s: Seconds since it last drew a frame, to a second.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: int
    bevy: str = ""
    # The crate's older name too: a game that was built with it may still run.
    bridge: str = Field(default="", validation_alias=AliasChoices("bevy_pixels_mcp", "bevy_pixels"))
    assets_root: str = ""
    watching: bool = False
    debounce_ms: int = 300
    screenshots: bool = False
    frame: int = 0
    missing_animations: tuple[MissingAnimation, ...] = ()
    quiet_s: float = 0.0

    @property
    def paused(self) -> bool:
        """Whether it has stopped drawing, as a hidden window may."""
        return self.quiet_s > QUIET_S


class Answer(BaseModel):
    """One line of `ack.jsonl`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: int
    seq: int
    path: str
    event: str
    width_px: int = 0
    height_px: int = 0
    crc32: int = 0
    frame: int = 0
    error: str | None = None


def read_game(pixels_folder: Path) -> Game | None:
    """The game that runs in a folder; None where none does (a game that crashed leaves its file behind)."""
    file = pixels_folder / "game.json"
    try:
        game = Game.model_validate_json(file.read_bytes())
        quiet_s = max(0.0, time.time() - file.stat().st_mtime)
    except (OSError, ValidationError):
        return None
    if not is_alive(game.pid) or is_locked(pixels_folder / "game.lock") is False:
        return None
    return game.model_copy(update={"quiet_s": quiet_s})


def is_alive(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


class AnswerLog:
    """Follows `ack.jsonl` from now on; old lines are never told again, also when the game cuts the file."""

    def __init__(self, pixels_folder: Path) -> None:
        self.file = pixels_folder / "ack.jsonl"
        self._inode = -1
        self._offset_bytes = 0
        self._seen: dict[int, int] = {}
        for _ in self.new():
            pass

    def new(self) -> Iterator[Answer]:
        """The answers since the last call."""
        try:
            with self.file.open("rb") as stream:
                facts = stream.seek(0, 2), self.file.stat().st_ino
                if facts[1] != self._inode or facts[0] < self._offset_bytes:
                    self._inode, self._offset_bytes = facts[1], 0
                if facts[0] == self._offset_bytes:
                    return
                stream.seek(self._offset_bytes)
                data = stream.read()
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._offset_bytes += len(whole)
        for answer in _parse(whole):
            if answer.seq > self._seen.get(answer.pid, 0):
                self._seen[answer.pid] = answer.seq
                yield answer

    def known_paths(self, pid: int) -> set[str] | None:
        """What a game ever loaded, or tried to load; None where the log no longer reaches back to its start."""
        try:
            answers = [answer for answer in _parse(self.file.read_bytes()) if answer.pid == pid]
        except OSError:
            return set()
        if answers and answers[0].seq > 1:
            return None
        return {answer.path for answer in answers}


def _parse(data: bytes) -> Iterator[Answer]:
    for line in data.splitlines():
        try:
            yield Answer.model_validate(parse_json(line))
        except ValueError:  # a line of another version
            continue
