"""Colours as the eye sees them: sRGB to OKLab and back.

Source: B. Ottosson, 2020, "A perceptual color space for image processing".
"""

from __future__ import annotations

import numpy as np

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_OKLAB = np.linalg.inv(_TO_OKLAB)

_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Turn sRGB levels into OKLab.

    Args:
        rgb: (..., 3) uint8.

    Returns:
        (..., 3) float32: lightness 0 to 1, then the green-red and blue-yellow axes (about -0.4 to 0.4).
        A Euclidean distance of 0.02 is just visible, 0.1 is plainly another colour.
    """
    lms = _LINEAR[rgb] @ _TO_LMS.T.astype(np.float32)
    return np.cbrt(lms) @ _TO_OKLAB.T.astype(np.float32)


def float_oklab(rgb: np.ndarray) -> np.ndarray:
    """`oklab` of levels between whole ones (means, medians).

    Args:
        rgb: (..., 3) float, 0 to 255.
    """
    linear = np.interp(rgb, np.arange(256), _LINEAR)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_OKLAB.T


def srgb(lab: np.ndarray) -> np.ndarray:
    """Turn OKLab into sRGB levels, clipped to what a screen can show.

    Args:
        lab: (..., 3) float.

    Returns:
        (..., 3) uint8.
    """
    linear = np.clip((lab @ _FROM_OKLAB.T) ** 3 @ _FROM_LMS.T, 0.0, 1.0)
    levels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(levels * 255).astype(np.uint8)


def hex_code(rgb: np.ndarray) -> str:
    """Write one colour as `#rrggbb`.

    Args:
        rgb: (3,) uint8.
    """
    red, green, blue = (int(level) for level in rgb)
    return f"#{red:02x}{green:02x}{blue:02x}"
