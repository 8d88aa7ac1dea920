"""Waiting until the running game says that it shows a deployed picture, or finding out why it does not."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pixels_mcp.bevy.game import Answer, AnswerLog, Game, is_alive, read_game
from pixels_mcp.bevy.project import BevyProject
from pixels_mcp.bevy.results import Cause
from pixels_mcp.next_steps import NextStep

ANSWER_S = 1.5
"""Bevy's watcher takes up to 0.4 s; asked once more by a touched file it gets as long again."""

UNKNOWN_ASSET_S = 0.6
"""For a file that the game never asked for."""

POLL_S = 0.004
RETRY_AFTER_FAILURE_S = 0.3
"""A picture that comes a moment before its manifest may fail once."""


@dataclass
class Awaited:
    """A picture that the game should tell of.

    Attributes:
        picture: Its path below the assets folder.
        manifest: That of its `*.sprite.ron`, or None.
        crc32: Of its RGBA bytes.
        placed: `time.monotonic()` just before it was put into place.
        files: To touch when the game does not answer.
    """

    picture: str
    manifest: str | None
    crc32: int
    placed: float
    files: Sequence[Path] = field(default_factory=tuple)


@dataclass(frozen=True)
class Outcome:
    """Confirmed after so many milliseconds, or not, with the cause, a sentence and the next step."""

    confirmed_ms: float | None = None
    cause: Cause | None = None
    detail: str | None = None
    next: str | None = None
    steps: tuple[NextStep, ...] = ()


class Confirmation:
    """Listens from before the write on.

    Args:
        project: The game's folder.
    """

    def __init__(self, project: BevyProject) -> None:
        self.project = project
        self.game = read_game(project.pixels)
        self.log = AnswerLog(project.pixels)

    def wait(self, awaited: Sequence[Awaited]) -> list[Outcome]:
        """Wait for all of them together; a file without an answer is touched once and gets as long again.

        Args:
            awaited: What was put into place.

        Returns:
            An outcome for each, in the same order.
        """
        hopeless = self._hopeless()
        if hopeless is not None or self.game is None:
            return [hopeless or _not_running(self.project)] * len(awaited)
        known = self.log.known_paths(self.game.pid)
        patience_s = [ANSWER_S if _is_known(one, known) else UNKNOWN_ASSET_S for one in awaited]
        tracks = [_Track(one, self.game, seconds) for one, seconds in zip(awaited, patience_s, strict=True)]
        while True:
            answers = list(self.log.new())
            now = time.monotonic()
            for track in tracks:
                track.hear(answers, now)
            open_tracks = [track for track in tracks if not track.ended(now)]
            if not open_tracks or not is_alive(self.game.pid):
                return [self._judge(track) for track in tracks]
            for track in open_tracks:
                track.nudge_if_late(now)
            time.sleep(POLL_S)

    def _hopeless(self) -> Outcome | None:
        """Why no answer can come."""
        game = self.game
        if game is None:
            return _not_running(self.project)
        if game.assets_root and Path(game.assets_root).resolve() != self.project.assets:
            return Outcome(
                cause="other_assets_folder",
                detail=f"the running game loads from {game.assets_root}, not from {self.project.assets}",
                next="name that game's folder as `project`, or set BEVY_ASSET_ROOT for pixels-mcp too",
            )
        if not game.watching:
            return Outcome(
                cause="watching_off",
                detail="the running game does not watch its assets folder",
                next="build it with bevy's feature `file_watcher` and start it while the assets folder is there; "
                "until then a restart shows the sprite",
            )
        return None

    def _judge(self, track: _Track) -> Outcome:
        game = track.game
        one = track.awaited
        if track.confirmed_ms is not None:
            return Outcome(confirmed_ms=round(track.confirmed_ms, 1))
        if not is_alive(game.pid):
            return Outcome(
                cause="game_closed",
                detail="the game was closed before it answered; the files stand complete",
                next="start it again: it then loads the sprite",
            )
        if track.error is not None:
            return Outcome(
                cause="decode_failed",
                detail=f"the game could not load it and keeps the old picture: {track.error}",
                next="correct what the game says",
                steps=(NextStep("undo_deploy", Path(one.picture).stem),),
            )
        if track.other_crc32 is not None:
            return Outcome(
                cause="no_answer",
                detail=f"the game loaded {one.picture} with other pixels: something else wrote it at the same time",
                next="deploy it again",
            )
        seconds = time.monotonic() - one.placed
        still = read_game(self.project.pixels)
        if still is not None and still.paused:
            return Outcome(
                cause="game_paused",
                detail=f"the game has not drawn a frame for {still.quiet_s:.0f} s",
                next="bring its window to the front; it then loads the sprite",
            )
        if not _is_known(one, self.log.known_paths(game.pid)):
            manifest = one.manifest or one.picture
            return Outcome(
                cause="asset_not_loaded",
                detail=f"the running game has not loaded {one.picture}",
                next=f'use it in the game, for example `PixelSprite::new("{manifest}")`; the file is there',
            )
        return Outcome(
            cause="no_answer",
            detail=f"the game did not answer within {seconds:.1f} s, though it loaded {one.picture} before",
            next="deploy again with on_conflict=replace, or restart the game",
            steps=(NextStep("check_game", str(self.project.package)),),
        )


class _Track:
    """One awaited picture while it is waited for."""

    def __init__(self, awaited: Awaited, game: Game, patience_s: float) -> None:
        self.awaited = awaited
        self.game = game
        self.deadline = awaited.placed + patience_s
        self.nudges_left = 1 if awaited.files else 0
        self.confirmed_ms: float | None = None
        self.error: str | None = None
        self.error_final = float("inf")
        self.other_crc32: int | None = None
        self.patience_s = patience_s

    def hear(self, answers: Sequence[Answer], now: float) -> None:
        for answer in answers:
            if self.confirmed_ms is not None or answer.pid != self.game.pid:
                continue
            if answer.event == "failed" and answer.path in (self.awaited.picture, self.awaited.manifest):
                self.error = answer.error or "no reason given"
                self.error_final = now + self.game.debounce_ms / 1000 + RETRY_AFTER_FAILURE_S
            elif answer.path == self.awaited.picture and answer.crc32 == self.awaited.crc32:
                self.confirmed_ms = (now - self.awaited.placed) * 1000
            elif answer.path == self.awaited.picture:
                self.other_crc32 = answer.crc32

    def ended(self, now: float) -> bool:
        return (
            self.confirmed_ms is not None or now >= self.error_final or (now >= self.deadline and not self.nudges_left)
        )

    def nudge_if_late(self, now: float) -> None:
        """Touch the files once: a change of their times is news for the watcher, whatever became of the move."""
        if now >= self.deadline and self.nudges_left:
            self.nudges_left -= 1
            self.deadline = now + self.patience_s
            for file in self.awaited.files:
                try:
                    os.utime(file)
                except OSError:
                    continue


def _is_known(one: Awaited, known: set[str] | None) -> bool:
    return known is None or one.picture in known or one.manifest in known


def _not_running(project: BevyProject) -> Outcome:
    if project.bevy.bridge:
        return Outcome(
            cause="game_not_running",
            detail="no running game answers in this project",
            next="start the game (`cargo run`; release builds do not answer): it loads the sprite then",
        )
    return Outcome(
        cause="game_not_running",
        detail="no running game answers in this project; without the crate bevy_pixels_mcp it cannot",
        next="a game that watches its assets folder shows the file within half a second, any other one after a start "
        "(`cargo run`)",
        steps=(NextStep("prepare_game", str(project.package)), NextStep("check_game", str(project.package))),
    )
