"""Where a picture changes, line by line: what the pixel grid is read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, bands, harden_alpha

_STRONGEST = 120
"""A change above this (sum over the channels) counts as this much: a black outline says no more than a soft one."""

_ENERGY_STRONGEST = 250
_FAINT_NOISE, _PLAIN_NOISE = 1.5, 4.5
"""Multiples of the typical change that are taken off as noise: for what may be an edge, and for what surely is."""


@dataclass(frozen=True, slots=True, eq=False)
class EdgeProfile:
    """How much a picture changes between neighbouring lines along one axis.

    Attributes:
        strength: (n + 1,) float; entry i is the change between line i - 1 and line i, summed over the square roots,
            so that long faint edges count beside short strong ones. 0 at both ends.
        energy: (n + 1,) float; the same, summed over the squares: where the visible changes are.
    """

    strength: np.ndarray
    energy: np.ndarray

    @property
    def length_px(self) -> int:
        """Lines of the picture along this axis."""
        return len(self.strength) - 1


def edge_profiles(pixels: Rgba) -> tuple[EdgeProfile, EdgeProfile]:
    """The changes along x and along y.

    Noise is taken off first: what at least half of all neighbours differ by is no edge (a cell of three pixels and
    more has more inside than border).

    Args:
        pixels: (H, W, 4) uint8.

    Returns:
        The profile along x (W + 1 entries) and along y (H + 1 entries).
    """
    looks = visible_colors(pixels)
    return _profile(looks, 1), _profile(looks, 0)


def visible_colors(pixels: Rgba) -> np.ndarray:
    """What of a picture can be seen: (H, W, 3) int16, or (H, W, 4) with black where it is transparent.

    Alpha counts as on or off, as it will in the result: the half of a soft edge is where the cut lies.
    """
    if (pixels[..., 3] >= OPAQUE_FROM).all():
        return pixels[..., :3].astype(np.int16)
    looks = np.empty(pixels.shape, dtype=np.int16)
    for lines in bands(len(pixels)):
        looks[lines] = harden_alpha(pixels[lines])
    return looks


def _profile(looks: np.ndarray, axis: int) -> EdgeProfile:
    length_px = looks.shape[axis]
    strength, energy = np.zeros(length_px + 1), np.zeros(length_px + 1)
    if length_px < 2:
        return EdgeProfile(strength, energy)
    typical = _typical_change(looks, axis)
    across = looks.shape[1 - axis]
    for lines in bands(across):
        band = looks[lines] if axis == 1 else looks[:, lines]
        change = _summed(np.abs(np.diff(band, axis=axis))).astype(np.float32)
        faint = np.clip(change - (_FAINT_NOISE * typical + 3), 0, _STRONGEST)
        strength[1:-1] += np.sqrt(faint).sum(axis=1 - axis)
        plain = np.clip(change - (_PLAIN_NOISE * typical + 3), 0, _ENERGY_STRONGEST)
        energy[1:-1] += (plain**2).sum(axis=1 - axis)
    return EdgeProfile(strength, energy)


def _summed(channels: np.ndarray) -> np.ndarray:
    """The sum over the channels of (H, W, C): one after the other, for numpy is slow along so short an axis."""
    total = channels[..., 0].copy()
    for channel in range(1, channels.shape[2]):
        total += channels[..., channel]
    return total


def _typical_change(looks: np.ndarray, axis: int) -> float:
    step = max(1, int(np.sqrt(looks.shape[0] * looks.shape[1] / 40_000)))
    few = looks[::step] if axis == 1 else looks[:, ::step]
    change = np.abs(np.diff(few, axis=axis)).sum(axis=2, dtype=np.int16)
    spread = change[:, ::step] if axis == 1 else change[::step]
    return float(np.median(spread))
