"""An animation of the library as frames again, in the order in which its clips show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pixels_mcp.bevy.formats.atlas import AtlasClip
from pixels_mcp.bevy.formats.entry_sheet import sheet_of_entry
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.exports.aseprite_file import Direction
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba

STILL_MS = 100


@dataclass(frozen=True, eq=False)
class KeptClips:
    """Frames of an entry, clip after clip; a single sprite is one frame without a clip.

    Attributes:
        frames: (H, W, 4) each, of one size.
        durations_ms: How long each stands.
        frame_names: `walk 0`, `walk 1`, ...
        clips: Name to the clip, in order.
        starts: Where each clip begins among the frames.
        pivot: The point at the entity's place, 0 to 1 of a frame, y down.
    """

    frames: Sequence[Rgba]
    durations_ms: Sequence[int]
    frame_names: Sequence[str]
    clips: Mapping[str, AtlasClip]
    starts: Mapping[str, int]
    pivot: tuple[float, float]

    @property
    def columns(self) -> int:
        """Frames a row where a row holds a clip, as far as they are of one length."""
        return max((len(clip.frames) for clip in self.clips.values()), default=1)

    def span(self, name: str) -> tuple[int, int]:
        """First and last frame of a clip."""
        return self.starts[name], self.starts[name] + len(self.clips[name].frames) - 1

    def direction(self, name: str) -> Direction:
        """How it goes on after its last frame."""
        return "pingpong" if self.clips[name].play == "PingPong" else "forward"

    def repeat(self, name: str) -> int:
        """How often it is shown; 0 for ever."""
        return 1 if self.clips[name].play == "Once" else 0

    def played(self, name: str) -> list[int]:
        """The frames of one round as they are seen, also where it runs back."""
        first, last = self.span(name)
        there = list(range(first, last + 1))
        return [*there, *there[-2:0:-1]] if self.clips[name].play == "PingPong" else there


def open_clips(entry: LibraryEntry, library: Library) -> KeptClips:
    """Take an animation or a single sprite out of the library.

    Raises:
        InvalidArgumentError: It is a tileset.
    """
    if entry.entry_kind == "tileset":
        raise InvalidArgumentError(
            f"{entry.sprite_id} is a tileset, this format holds sprites and animations",
            hint="export it as tiled, ldtk, bevy or png",
        )
    picture = open_picture(library.path_of(entry.sprite_id))
    told = sheet_of_entry(entry.facts, entry.width_px, entry.height_px, image="x.png")
    pivot = told.pivot or (0.5, 0.5)
    if not told.animations:
        return KeptClips([picture], [STILL_MS], [entry.name or entry.sprite_id], {}, {}, pivot)
    rects = told.rects()
    frames: list[Rgba] = []
    durations_ms: list[int] = []
    names: list[str] = []
    starts: dict[str, int] = {}
    for name, clip in told.animations.items():
        starts[name] = len(frames)
        for place, (cell, shown_ms) in enumerate(zip(clip.frames, clip.ms, strict=True)):
            x, y, width, height = rects[cell]
            frames.append(picture[y : y + height, x : x + width])
            durations_ms.append(shown_ms)
            names.append(f"{name} {place}")
    return KeptClips(frames, durations_ms, names, told.animations, starts, pivot)
