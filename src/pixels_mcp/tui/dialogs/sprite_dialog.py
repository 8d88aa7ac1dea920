"""One sprite, large: its frames, how fast they move, and what it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.errors import PixelsError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.before import SeenSprite, SpriteOrigin, find_origin, read_sprite
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.entry_frames import FrameClip, clips_of
from pixels_mcp.tui.lines.printed import one_line
from pixels_mcp.tui.lines.sprite_facts import fact_lines
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.widgets.sprite_view import SpriteView

FPS_MAX = 30
_ONION_SHARE = 0.35


class SpriteDialog(Dialog[None]):
    """Looks; changes nothing."""

    PLACES: ClassVar[tuple[Place, ...]] = ("sprite_dialog",)

    def __init__(self, session: Session, sprite_id: str) -> None:
        super().__init__(sprite_id)
        self._session, self._sprite_id = session, sprite_id
        self._seen: SeenSprite | None = None
        self._before: SpriteOrigin | None = None
        self._is_looked_up = False
        self._clips: list[FrameClip] = []
        self._clip = 0
        self._fps: int | None = None
        self._is_before = self._is_onion = False

    def compose_dialog(self) -> Iterable[Widget]:
        """The picture, and what is known of it."""
        yield Horizontal(
            SpriteView(placeholder="reading ...", widget_id="large"),
            Vertical(Static("", id="large-says", markup=False), classes="facts"),
        )

    def on_mount(self) -> None:
        """Read it."""
        self.set_focus(self.query_one(SpriteView))
        library = self._session.library
        self._session.near(lambda: read_sprite(library, self._sprite_id), self._show, self._unreadable)

    def _unreadable(self, error: PixelsError) -> None:
        if self.is_attached:
            view = self.query_one(SpriteView)
            view.placeholder = f"broken file\n{one_line(error.message)}\nnext: {self._session.advice(error)}"
            view.show(())

    def _show(self, seen: SeenSprite) -> None:
        if not self.is_attached:
            return
        self._seen, self._clips = seen, clips_of(seen.pixels, seen.entry.facts)
        self._draw(play=True)
        library, entry = self._session.library, seen.entry
        self._session.near(lambda: find_origin(library, entry), self._take_origin)

    def _take_origin(self, before: SpriteOrigin | None) -> None:
        self._before, self._is_looked_up = before, True
        if self.is_attached:
            self._tell()

    def _draw(self, *, play: bool) -> None:
        view, seen = self.query_one(SpriteView), self._seen
        if seen is None:
            return
        if self._is_before and self._before is not None:
            view.show([self._before.pixels])
        else:
            clip = self._clips[self._clip]
            times = [round(1000 / self._fps)] * len(clip.frames) if self._fps else clip.frame_ms
            frames = onion(clip.frames) if self._is_onion else list(clip.frames)
            view.show(frames, times, play=play)
        self._tell()

    @on(SpriteView.FrameShown)
    def _tell(self) -> None:
        seen, view = self._seen, self.query_one(SpriteView)
        if seen is None:
            return
        lines = [view.described]
        if self._is_before and self._before is not None:
            lines.append(f"BEFORE: {self._before.words}")
        elif len(view.frames) > 1:
            clip = self._clips[self._clip]
            pace = f"{self._fps} fps" if self._fps else f"{clip.frame_ms[view.frame]} ms"
            which = f"clip {clip.name} ({self._clip + 1} of {len(self._clips)})"
            lines.append(f"{which}, frame {view.frame + 1} of {len(view.frames)}, {pace}")
            lines.append("onion: the frame before shows through" if self._is_onion else "")
        if self._before is not None:
            before = "b shows what it was made from"
        else:
            before = "nothing is known of what it was made from" if self._is_looked_up else "looking for its origin ..."
        self.query_one("#large-says", Static).update(
            "\n".join([*filter(None, lines), "", *fact_lines(seen.entry), "", before]), layout=False
        )

    def on_resize(self) -> None:
        """Another size may mean another zoom, which is told once the picture has it."""
        self.call_after_refresh(self._tell)

    def action_play(self) -> None:
        """Play or stand still."""
        view = self.query_one(SpriteView)
        view.pause() if view.playing else view.play()

    def action_step(self, by: int) -> None:
        """One frame on or back."""
        self.query_one(SpriteView).step(by)

    def action_fps(self, by: int) -> None:
        """Faster or slower: 1 to 30 frames a second."""
        if self._clips and len(self._clips[self._clip].frames) > 1:
            now = self._fps or round(1000 / max(1, self._clips[self._clip].frame_ms[0]))
            self._fps = max(1, min(FPS_MAX, now + by))
            self._draw(play=True)

    def action_onion(self) -> None:
        """The frame before through this one."""
        self._is_onion = not self._is_onion
        self._draw(play=self.query_one(SpriteView).playing)

    def action_before(self) -> None:
        """What it was made from, or itself again."""
        if self._before is None:
            told = "nothing is known of what it was made from" if self._is_looked_up else "its origin is looked for"
            self._session.say(told, False)
            return
        self._is_before = not self._is_before
        self._draw(play=True)

    def action_clip(self) -> None:
        """The next of its animations."""
        if self._clips:
            self._clip = (self._clip + 1) % len(self._clips)
            self._draw(play=True)


def onion(frames: Iterable[Rgba]) -> list[Rgba]:
    """Frames with the one before each showing through where nothing is drawn, and faintly."""
    shown = list(frames)
    laid: list[Rgba] = []
    for at, frame in enumerate(shown):
        before = shown[at - 1]
        ghost = before.copy()
        ghost[..., :3] = np.rint(before[..., :3] * _ONION_SHARE + 128 * (1 - _ONION_SHARE)).astype(np.uint8)
        laid.append(np.where(frame[..., 3:] >= 128, frame, ghost))
    return laid
