"""One sprite, still or moving, exact to the pixel: whole zoom factors, the largest that fits or one that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.tui.actions import bindings_of
from pixels_mcp.tui.lines.printed import folded
from pixels_mcp.tui.widgets.half_blocks import BLACK, SQUARES, WHITE, centered, to_strips, zoom_that_fits

BACKDROPS = (SQUARES, BLACK, WHITE)
ZOOM_MAX = 16


class SpriteView(Widget, can_focus=True):
    """Shows frames that are all of one size."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("picture")

    frame: reactive[int] = reactive(0, init=False, repaint=False)

    class FrameShown(Message):
        """Another frame is on the screen."""

        def __init__(self, view: SpriteView, frame: int) -> None:
            super().__init__()
            self.view, self.frame = view, frame

    def __init__(self, *, placeholder: str = "", widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.placeholder = placeholder
        self.backdrop = SQUARES
        self.frames: list[Rgba] = []
        self.playing = False
        self._frame_ms: list[int] = []
        self._zoom_wanted = 0  # 0 takes the largest that fits
        self._pan_px = (0, 0)
        self._drawn: dict[tuple[object, ...], list[Strip]] = {}
        self._blank: Style | None = None
        self._clock: Timer | None = None

    # --- what is shown ------------------------------------------------------------------------------------------

    def show(self, frames: Sequence[Rgba], frame_ms: Sequence[int] = (), *, play: bool = True) -> None:
        """Show other frames, from the first one; several of them move.

        Args:
            frames: (H, W, 4) uint8 each; none leaves the placeholder.
            frame_ms: How long each is shown.
            play: False lets them stand.
        """
        self._stop()
        self.frames, self._frame_ms = list(frames), list(frame_ms) or [100] * len(frames)
        self._drawn, self._pan_px = {}, (0, 0)
        self.set_reactive(SpriteView.frame, 0)
        self.refresh()
        if play:
            self.play()

    @property
    def zoom(self) -> int:
        """How often each pixel is repeated; negative where pixels are left out."""
        if not self.frames:
            return 1
        height_px, width_px = self.frames[0].shape[:2]
        return self._zoom_wanted or min(ZOOM_MAX, zoom_that_fits(width_px, height_px, *self.size))

    @property
    def described(self) -> str:
        """Size and zoom in words: `32x32 at 2x`, `64x64, every 2nd pixel`."""
        if not self.frames:
            return ""
        size = f"{self.frames[0].shape[1]}x{self.frames[0].shape[0]}"
        if self.zoom > 0:
            return f"{size} at {self.zoom}x"
        return f"{size}, every {-self.zoom}{'nd' if self.zoom == -2 else 'rd' if self.zoom == -3 else 'th'} pixel"

    # --- drawing ------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of cells."""
        strips = self._strips(self.frame) if self.frames else self._words()
        top = max(0, (self.size.height - len(strips)) // 2)
        if top <= y < top + len(strips):
            return strips[y - top]
        return Strip.blank(self.size.width, self._ground)

    @property
    def _ground(self) -> Style:
        if self._blank is None:
            self._blank = self.rich_style  # dear: 0.1 ms
        return self._blank

    def _words(self) -> list[Strip]:
        lines = folded(self.placeholder, self.size.width)
        key = ("words", self.placeholder, self.size)
        if key not in self._drawn:
            wide = max((len(line) for line in lines), default=0)
            self._drawn[key] = [
                centered(Strip([Segment(line.ljust(wide), self._ground)]), self.size.width, self._ground)
                for line in lines
            ]
        return self._drawn[key]

    def _strips(self, frame: int) -> list[Strip]:
        """The same `Strip` objects each time: Textual keeps with a strip what it made of it."""
        key = (frame, self.zoom, self.backdrop, self.size, self._pan_px)
        if key not in self._drawn:
            drawn = to_strips(self._cut(self.frames[frame]), zoom=self.zoom, backdrop=self.backdrop)
            self._drawn[key] = [centered(strip, self.size.width, self._ground) for strip in drawn]
        return self._drawn[key]

    def _cut(self, pixels: Rgba) -> Rgba:
        """The part of a picture that the chosen zoom has room for."""
        if self.zoom < 0:
            return pixels
        wide, high = max(1, self.size.width // self.zoom), max(1, 2 * self.size.height // self.zoom)
        left = min(self._pan_px[0], max(0, pixels.shape[1] - wide))
        top = min(self._pan_px[1], max(0, pixels.shape[0] - high))
        return pixels[top : top + high, left : left + wide]

    def watch_frame(self, old: int, new: int) -> None:
        """Draw only the rows in which two frames differ."""
        if old >= len(self.frames) or new >= len(self.frames):
            return
        before, after = self._strips(old), self._strips(new)
        changed = [row for row, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
        if changed:
            top = max(0, (self.size.height - len(after)) // 2)
            self.refresh(Region(0, top + changed[0], self.size.width, changed[-1] - changed[0] + 1))
        self.post_message(self.FrameShown(self, new))

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went: what lies left and right has another color."""
        super().notify_style_update()
        self._drawn.clear()
        self._blank = None

    def on_resize(self, _: events.Resize) -> None:
        """Another size may mean another zoom."""
        self._drawn.clear()

    # --- time ---------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Move, where there is more than one frame."""
        self._stop()
        if len(self.frames) > 1:
            self.playing = True
            self._tick()

    def pause(self) -> None:
        """Stand still."""
        self._stop()

    def _stop(self) -> None:
        self.playing = False
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def on_mount(self) -> None:
        """Hear when another screen is seen."""
        self.app.screen_change_signal.subscribe(self, self._seen)

    def _seen(self, _: object = None) -> None:
        if self.playing and self._clock is None and self.screen.is_current:
            self._tick()

    def _tick(self) -> None:
        self._clock = self.set_timer(max(0.02, self._frame_ms[self.frame] / 1000), self._advance)

    def _advance(self) -> None:
        self._clock = None
        if not self.playing or not self.screen.is_current:
            return  # a screen below another one, or a hidden mode: it goes on when it is seen again
        if self.is_on_screen:
            self.frame = (self.frame + 1) % len(self.frames)
        self._tick()

    def step(self, by: int) -> None:
        """Some frames on or back, standing still."""
        self._stop()
        if self.frames:
            self.frame = (self.frame + by) % len(self.frames)

    # --- keys ---------------------------------------------------------------------------------------------------

    def action_zoom(self, by: int) -> None:
        """Larger or smaller by one whole step."""
        self._zoom_wanted = max(1, min(ZOOM_MAX, max(0, self.zoom) + by))
        self.refresh()

    def action_zoom_in(self) -> None:
        """One step larger."""
        self.action_zoom(1)

    def action_zoom_out(self) -> None:
        """One step smaller; below 1 it is fitted again."""
        if self.zoom <= 1:
            self._zoom_wanted = 0
            self.refresh()
        else:
            self.action_zoom(-1)

    def action_backdrop(self) -> None:
        """Checkerboard, black, white."""
        self.backdrop = BACKDROPS[(BACKDROPS.index(self.backdrop) + 1) % len(BACKDROPS)]
        self.refresh()

    def action_pan(self, right: int, down: int) -> None:
        """Move over a picture that is larger than the pane."""
        if not self.frames:
            return
        height, width = self.frames[0].shape[:2]
        x, y = self._pan_px[0] + right, self._pan_px[1] + down
        self._pan_px = (max(0, min(width - 1, x)), max(0, min(height - 1, y)))
        self.refresh()
