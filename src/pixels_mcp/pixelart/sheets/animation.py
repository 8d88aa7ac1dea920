"""Animated pictures from frames: GIF with one palette, APNG and WebP to the bit."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
from PIL import Image

from pixels_mcp.errors import SheetError
from pixels_mcp.pixelart.colors.recolor import lock_set
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, color_keys, from_keys, harden_alpha, require_rgba
from pixels_mcp.pixelart.sheets.preview import enlarge

AnimationFormat: TypeAlias = Literal["gif", "png", "webp"]
ANIMATION_FORMATS: tuple[AnimationFormat, ...] = get_args(AnimationFormat)

_GIF_COLORS = 255
_SHORTEST_MS = 10
UNTOLD_MS = 100
"""How long a frame is shown whose file does not say, or says 0: what browsers make of it."""


def shown_time_ms(told_ms: int) -> int:
    """How long a frame is shown whose file says so many ms; 0 stands for no word."""
    return max(_SHORTEST_MS, told_ms or UNTOLD_MS)


def animation_bytes(
    frames: Sequence[Rgba],
    durations_ms: int | Sequence[int],
    file_format: AnimationFormat,
    *,
    loops: int = 0,
    scale: int = 1,
) -> bytes:
    """Encode frames as one animated picture.

    A GIF has one palette for all frames (at most 255 colours and transparency; more are merged over all frames
    together) and times in steps of 10 ms; `png` (APNG) and `webp` keep every pixel.

    Args:
        frames: (H, W, 4) uint8 each, all of one size.
        durations_ms: How long each frame is shown, or one time for all.
        file_format: `gif`, `png` or `webp`.
        loops: How often it runs; 0 for ever.
        scale: Whole enlargement, for looking at.

    Raises:
        SheetError: No frames, frames of different sizes, an unknown format, or a wrong number of durations.
    """
    if file_format not in ANIMATION_FORMATS:
        raise SheetError(f"no animation format '{file_format}'", hint=f"use one of {', '.join(ANIMATION_FORMATS)}")
    if not frames or any(frame.shape != frames[0].shape for frame in frames):
        raise SheetError(f"{len(frames)} frames are no animation of one size", hint="give frames of one size")
    shown_ms = [durations_ms] * len(frames) if isinstance(durations_ms, int) else list(durations_ms)
    if len(shown_ms) != len(frames) or min(shown_ms) < _SHORTEST_MS:
        raise SheetError(
            f"{len(shown_ms)} durations from {min(shown_ms, default=0)} ms for {len(frames)} frames",
            hint=f"give one of at least {_SHORTEST_MS} ms per frame",
        )
    for frame in frames:
        require_rgba(frame)
    large = [enlarge(frame, scale) for frame in frames]
    buffer = io.BytesIO()
    if file_format == "gif":
        pictures = _indexed(large)
        options = {"disposal": 2, "transparency": _GIF_COLORS, "optimize": False}
    else:
        pictures = [Image.fromarray(frame) for frame in large]
        # Each frame replaces the one before; blending would leave it showing through.
        # Key frames alone (kmax): an encoder that crops later frames loses the transparency around all of them.
        is_webp = file_format == "webp"
        options = {"lossless": True, "exact": True, "kmax": 1} if is_webp else {"disposal": 0, "blend": 0}
    # GIF and APNG count how often it is shown, with 0 for ever; Pillow leaves GIF's loop out where it is once.
    repeat = {} if file_format == "gif" and loops == 1 else {"loop": loops}
    pictures[0].save(
        buffer,
        file_format.upper(),
        save_all=True,
        append_images=pictures[1:],
        duration=shown_ms,
        **repeat,
        **options,
    )
    return buffer.getvalue()


def _indexed(frames: list[Rgba]) -> list[Image.Image]:
    """Frames as palette pictures that share one palette; the last index is transparent."""
    hard = [harden_alpha(frame) for frame in frames]
    colors = _colors(hard)
    if len(colors) > _GIF_COLORS:
        hard, palette = lock_set(hard, _GIF_COLORS)
        colors = palette.colors
    keys = color_keys(colors)
    order = np.argsort(keys)
    table = np.zeros((256, 3), dtype=np.uint8)
    table[: len(colors)] = colors
    pictures: list[Image.Image] = []
    for frame in hard:
        at = np.searchsorted(keys[order], color_keys(frame[..., :3]))
        index = order[np.clip(at, 0, len(keys) - 1)] if len(keys) else np.zeros(frame.shape[:2], dtype=int)
        index = np.where(frame[..., 3] >= OPAQUE_FROM, index, _GIF_COLORS)
        picture = Image.fromarray(index.astype(np.uint8))
        picture.putpalette(table.tobytes())
        pictures.append(picture)
    return pictures


def _colors(frames: list[Rgba]) -> np.ndarray:
    opaque = np.concatenate([frame[frame[..., 3] > 0][:, :3] for frame in frames])
    return from_keys(np.unique(color_keys(opaque)))
