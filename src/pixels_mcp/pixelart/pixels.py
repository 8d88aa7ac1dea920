"""The one shape of a picture inside this package: (H, W, 4) uint8, sRGB, straight alpha."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from pixels_mcp.errors import PixelShapeError

Rgba: TypeAlias = np.ndarray
"""(H, W, 4) uint8, sRGB, straight alpha."""

OPAQUE_FROM = 128
"""Alpha from here on counts as opaque wherever a picture gets hard edges."""

BAND_LINES = 128
"""Lines of a picture that are worked on at once where its size must not count: they fit into a processor's cache."""


def require_rgba(pixels: np.ndarray) -> None:
    """Refuse an array that is not a picture.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8 with at least one pixel.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise PixelShapeError(pixels.shape, str(pixels.dtype))


def bands(line_count: int) -> Iterator[slice]:
    """Slices of at most `BAND_LINES` lines, one after the other, that together are all of them."""
    return (slice(at, min(at + BAND_LINES, line_count)) for at in range(0, line_count, BAND_LINES))


def harden_alpha(pixels: Rgba) -> Rgba:
    """Make every pixel either opaque or absent, with zero colour where absent.

    Returns:
        A new (H, W, 4) uint8 array; alpha is 0 or 255.
    """
    require_rgba(pixels)
    opaque = pixels[..., 3] >= OPAQUE_FROM
    hard = np.array(pixels, order="C")
    hard.view(np.uint32)[..., 0] *= opaque
    hard[..., 3] = opaque * np.uint8(255)
    return hard


def color_keys(rgb: np.ndarray) -> np.ndarray:
    """Pack (..., 3) uint8 colours into (...) uint32 numbers that are equal where the colours are."""
    wide = rgb.astype(np.uint32)
    return (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]


def from_keys(keys: np.ndarray) -> np.ndarray:
    """Unpack what `color_keys` packed: (...) uint32 to (..., 3) uint8."""
    return np.stack([keys >> 16 & 255, keys >> 8 & 255, keys & 255], axis=-1).astype(np.uint8)
