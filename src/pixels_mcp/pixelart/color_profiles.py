"""ICC profiles of pictures: numbers that mean other colours than sRGB's are brought to sRGB."""

from __future__ import annotations

import io
import logging
from functools import lru_cache
from typing import Any, cast

import numpy as np
from PIL import Image, ImageCms

log = logging.getLogger(__name__)

SAME_LEVELS = 2
"""A profile that moves no colour by more than this is sRGB's own, rounded: the numbers stay as they are."""

_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""A profile's colour space -> the mode of pictures that it is for."""

_PROFILE_BYTES_MAX = 16_000_000


def to_srgb(picture: Image.Image) -> Image.Image:
    """Bring an 8-bit picture with a profile to sRGB; without one, or with one that cannot be used, it stays as it is.

    Args:
        picture: Mode 1, L, LA, P, PA, RGB, RGBA or CMYK.

    Returns:
        The same picture, or one of mode RGB or RGBA; alpha is unchanged.
    """
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile or len(profile) > _PROFILE_BYTES_MAX:
        return picture
    transform = _transform(profile)
    if transform is None:
        return picture
    mode = transform.input_mode
    has_alpha = picture.has_transparency_data
    if (mode == "CMYK") != (picture.mode == "CMYK") or (mode == "L" and picture.mode not in {"1", "L", "LA"}):
        return picture  # the profile is for another kind of picture
    plain = picture.convert("RGBA") if has_alpha else picture
    colors = transform.apply(plain.convert(mode))
    if has_alpha:
        colors.putalpha(plain.getchannel("A"))
    return colors


@lru_cache(maxsize=4)
def _transform(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """From a profile to sRGB; None where it is sRGB already, or broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        profiled: Any = source
        mode = _MODES.get(getattr(profiled.profile, "xcolor_space", ""))
        if mode is None:
            return None
        target = ImageCms.ImageCmsProfile(cast("Any", ImageCms).createProfile("sRGB"))
        transform = ImageCms.ImageCmsTransform(source, target, mode, "RGB")
        return None if mode != "CMYK" and _is_identity(transform, mode) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        log.info("a color profile of %d bytes is not used: %s", len(profile), error)
        return None


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    probe = Image.fromarray(cube).convert(mode)
    moved = np.abs(np.array(transform.apply(probe)).astype(int) - np.array(probe.convert("RGB")))
    return int(moved.max()) <= SAME_LEVELS
