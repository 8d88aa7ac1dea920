"""Give a picture the colors of another one in the same shares: what a redraw made flat or gaudy looks as its model did.

Source: F. Pitie, A. Kokaram and R. Dahyot, 2005, "N-dimensional probability density function transfer".
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import Rgba

_ROUNDS = 24
"""Directions of color space along which the shares are made equal, one after the other; more change no pixel."""


def with_colors_of(pixels: Rgba, model: Rgba) -> Rgba:
    """Recolor a picture with a model's colors, in the shares in which the model has them.

    Args:
        pixels: (H, W, 4), opaque, a ground that goes on at its other end.
        model: (h, w, 4), opaque, of few colors.
    """
    colors = np.unique(model[..., :3].reshape(-1, 3), axis=0)
    wanted = np.asarray(oklab(model[..., :3]), dtype=np.float64).reshape(-1, 3)
    # As many wanted values as there are pixels, evenly out of the model's.
    count = pixels.shape[0] * pixels.shape[1]
    looks = np.asarray(oklab(pixels[..., :3]), dtype=np.float64)
    # What stands around a pixel decides between equal ones: plain ground falls into patches, not into rows.
    around = ndimage.gaussian_filter(looks, (1.5, 1.5, 0), mode="wrap")
    places = (0.85 * looks + 0.15 * around).reshape(-1, 3)
    random = np.random.default_rng(0)
    for _ in range(_ROUNDS):
        axes, _ = np.linalg.qr(random.standard_normal((3, 3)))
        for axis in axes.T:
            along = places @ axis
            target = np.quantile(wanted @ axis, (np.arange(int(count)) + 0.5) / count)
            moved = np.empty(count)
            moved[np.argsort(along, kind="stable")] = target
            places = places + np.outer(moved - along, axis)
    palette = np.asarray(oklab(colors[None]), dtype=np.float64)[0]
    nearest = np.linalg.norm(places[:, None] - palette[None], axis=-1).argmin(axis=1)
    recolored = pixels.copy()
    recolored[..., :3] = colors[nearest].reshape(*pixels.shape[:2], 3)
    return recolored
