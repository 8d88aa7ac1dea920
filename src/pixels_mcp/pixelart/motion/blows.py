"""Motions that end something: attack, hurt, death."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.clip import Clip, clip_of
from pixels_mcp.pixelart.motion.index_maps import IndexMap, leaning, moved, squashed, still, take
from pixels_mcp.pixelart.motion.stance import Stance
from pixels_mcp.pixelart.pixels import Rgba

_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
"""Ordered thresholds of 4 x 4. Source: B. E. Bayer, 1973."""
_DISSOLVE_FRAMES = 4


def attack(sprite: Rgba, stance: Stance) -> Clip:
    """Draw back, lunge to where it looks, come back; to the side it leans, to the front or back it stretches."""
    figure = measure_figure(sprite)
    base, foot = still(sprite), figure.bottom
    lunge_px = max(2, figure.width // 8)
    down, right = stance.forward

    def lunged(px: int, lean: float) -> IndexMap:
        places = base if right else squashed(sprite, 0 if px == lunge_px // 2 else -1 if down * px > 0 else 1)
        return leaning(moved(places, down * px, right * px), lean * right, foot + down * px)

    back = leaning(base, -0.12, foot) if right else moved(squashed(sprite, 1), -down, 0)
    maps = [
        back,
        lunged(lunge_px // 2, 0.10),
        lunged(lunge_px, 0.22),
        lunged(lunge_px * 3 // 4, 0.10),
        base,
    ]
    return clip_of(sprite, maps, [140, 50, 110, 70, 80], play="Once")


def hurt(sprite: Rgba, stance: Stance) -> Clip:
    """A white flash and a knock back, away from where it looks."""
    measure_figure(sprite)
    white = sprite.copy()
    white[sprite[..., 3] > 0, :3] = 255
    base = still(sprite)
    down, right = stance.forward
    far, near = moved(base, -2 * down, -2 * right), moved(base, -down, -right)
    frames = (take(white, far), take(sprite, far), take(white, near), sprite.copy())
    return Clip(frames, (60, 90, 60, 100), "Once")


def death(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Stagger, fall over, dissolve."""
    figure = measure_figure(sprite)
    base = still(sprite)
    lying = _fallen(sprite)
    frames = [
        take(sprite, leaning(base, -0.12, figure.bottom)),
        take(sprite, leaning(squashed(sprite, max(1, figure.height // 9)), -0.3, figure.bottom)),
        lying,
    ]
    order = _dissolving(sprite.shape[:2])
    for step in range(1, _DISSOLVE_FRAMES + 1):
        frame = lying.copy()
        frame[order < step / _DISSOLVE_FRAMES] = 0
        frames.append(frame)
    return Clip(tuple(frames), (100, 100, 250, *(90,) * _DISSOLVE_FRAMES), "Once")


def _fallen(sprite: Rgba) -> Rgba:
    """The figure turned by a quarter, lying on the row on which it stood; what the canvas cannot hold is cut evenly."""
    figure = measure_figure(sprite)
    width = sprite.shape[1]
    flat = np.rot90(sprite[figure.top : figure.bottom, figure.left : figure.right], 1)
    excess = max(0, flat.shape[1] - width)
    flat = flat[max(0, flat.shape[0] - figure.bottom) :, excess // 2 : flat.shape[1] - (excess - excess // 2)]
    left = min(max(0, figure.axis - flat.shape[1] // 2), width - flat.shape[1])
    lying = np.zeros_like(sprite)
    lying[figure.bottom - flat.shape[0] : figure.bottom, left : left + flat.shape[1]] = flat
    return lying


def _dissolving(shape: tuple[int, ...]) -> np.ndarray:
    """When each pixel goes, 0 to 1: clouds of smooth noise, broken up by ordered thresholds."""
    height, width = shape
    clouds = ndimage.gaussian_filter(np.random.default_rng(1).random((height, width)), 1.5)
    clouds = (clouds - clouds.min()) / max(float(np.ptp(clouds)), 1e-9)
    return 0.7 * clouds + 0.3 * np.tile(_BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width]
