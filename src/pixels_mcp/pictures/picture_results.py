"""What became of pictures that were pixelized: still ones, moving ones, and those that could not be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pixels_mcp.events import ErrorInfo
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixelize import PixelizedTold
    from pixels_mcp.pixelart.quality import PixelFacts


@dataclass(frozen=True)
class StillResult:
    """A picture that became pixel art.

    Attributes:
        source: What was read.
        file: The PNG file.
        told: What is told of it.
        comparison: A picture of before and after, where one was asked for.
    """

    source: Path
    file: Path
    told: PixelizedTold
    comparison: Path | None = None

    def to_dict(self) -> JsonObject:
        """As JSON shows it."""
        comparison = {} if self.comparison is None else {"comparison": str(self.comparison)}
        return {"source": str(self.source), "file": str(self.file), **comparison, **self.told}


@dataclass(frozen=True)
class MovingResult:
    """An animated picture that became pixel art.

    Attributes:
        source: What was read.
        file: Its frames side by side, a PNG file.
        animation: The same as a GIF file.
        frame_ms: How long each frame is shown.
        frame_size_px: (width, height) of one frame.
        notes: What a person should know of any of them.
        facts: Of the first frame.
    """

    source: Path
    file: Path
    animation: Path
    frame_ms: tuple[int, ...]
    frame_size_px: tuple[int, int]
    notes: tuple[str, ...]
    facts: PixelFacts

    def to_dict(self) -> JsonObject:
        """As JSON shows it."""
        width_px, height_px = self.frame_size_px
        return {
            "source": str(self.source),
            "file": str(self.file),
            "animation": str(self.animation),
            "frames": len(self.frame_ms),
            "frame_ms": list(self.frame_ms),
            "frame_width_px": width_px,
            "frame_height_px": height_px,
            "notes": list(self.notes),
            "facts": self.facts.to_dict(),
        }


@dataclass(frozen=True)
class FailedPicture:
    """A picture that could not be pixelized, and why."""

    source: Path
    error: ErrorInfo

    def to_dict(self) -> JsonObject:
        """As JSON shows it, but for the next step, which each face says in its own words."""
        return {"source": str(self.source), "error": self.error}


PictureResult: TypeAlias = StillResult | MovingResult | FailedPicture
