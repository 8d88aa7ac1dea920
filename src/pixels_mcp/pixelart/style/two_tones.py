"""A drawing's lighter and darker part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def lighter_from(lightness: npt.NDArray[np.float64]) -> float:
    """The lightness from which a pixel is of the lighter part, so that both parts are most like themselves.

    Source: N. Otsu, A threshold selection method from gray-level histograms, 1979.

    Args:
        lightness: (N,) of the pixels, at least one.
    """
    ordered = np.sort(lightness)
    if len(ordered) == 1:
        return float(ordered[0])
    darker = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    gap = (sums[-1] - sums[:-1]) / (len(ordered) - darker) - sums[:-1] / darker
    return float(ordered[1:][np.argmax(darker * (len(ordered) - darker) * gap**2)])
