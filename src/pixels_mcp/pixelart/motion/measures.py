"""What a clip measures: does it move, does it hold together, does it close."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.pixels import Rgba, color_keys

_NEAR_PX = 2


@dataclass(frozen=True)
class ClipFacts:
    """Facts of a clip.

    Attributes:
        frames: How many.
        duration_ms: Of one round.
        flicker: Share of opaque pixels whose exact color stands nowhere within 2 px in the frame before; 0 is calm.
        silhouette_iou: Smallest overlap of neighbouring silhouettes, 0 to 1: low jumps, 1 does not move.
        palette_stable: No color is used in some frames only.
        feet_drift_px: By how much the lowest row moves.
        axis_drift_px: By how much the body's axis moves.
        loop_closes: The step from the last frame to the first is no larger than the largest inside.
    """

    frames: int
    duration_ms: int
    flicker: float
    silhouette_iou: float
    palette_stable: bool
    feet_drift_px: int
    axis_drift_px: int
    loop_closes: bool


def measure_clip(clip: Clip) -> ClipFacts:
    """Measure a clip; a looping one also from its last frame to its first."""
    loops = clip.play == "Loop"
    frames = clip.frames
    pairs = list(zip(frames[-1:] + frames[:-1], frames, strict=True)) if loops else list(itertools.pairwise(frames))
    overlaps = [_overlap(before, after) for before, after in pairs]
    figures = [measure_figure(frame) for frame in frames if _is_figure(frame)]
    feet, axes = [figure.bottom for figure in figures], [figure.axis for figure in figures]
    palettes = [
        frozenset(color_keys(frame)[frame[..., 3] > 0].tolist()) for frame in frames if (frame[..., 3] > 0).any()
    ]
    return ClipFacts(
        frames=len(frames),
        duration_ms=sum(clip.durations_ms),
        flicker=round(_unexplained(pairs), 4),
        silhouette_iou=round(min(overlaps, default=1.0), 3),
        palette_stable=all(palette == palettes[0] for palette in palettes[1:]),
        feet_drift_px=max(feet) - min(feet) if feet else 0,
        axis_drift_px=max(axes) - min(axes) if axes else 0,
        loop_closes=not loops or overlaps[0] >= min(overlaps[1:], default=0.0) - 1e-9,
    )


def _unexplained(pairs: list[tuple[Rgba, Rgba]]) -> float:
    wrong = total = 0
    for before, after in pairs:
        drawn = after[..., 3] > 0
        height, width = drawn.shape
        near = np.pad(before, ((_NEAR_PX, _NEAR_PX), (_NEAR_PX, _NEAR_PX), (0, 0)))
        explained = np.zeros_like(drawn)
        for down in range(2 * _NEAR_PX + 1):
            for right in range(2 * _NEAR_PX + 1):
                explained |= (near[down : down + height, right : right + width] == after).all(axis=-1)
        wrong += int((drawn & ~explained).sum())
        total += int(drawn.sum())
    return wrong / max(1, total)


def _overlap(before: Rgba, after: Rgba) -> float:
    first, second = before[..., 3] > 0, after[..., 3] > 0
    return float((first & second).sum() / max(1, (first | second).sum()))


def _is_figure(frame: Rgba) -> bool:
    drawn = frame[..., 3] > 0
    return bool(drawn.any(axis=1).sum() >= 6 and drawn.any(axis=0).sum() >= 6)
