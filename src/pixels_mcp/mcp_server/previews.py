"""Pictures that an assistant can see: sprites enlarged by whole pixels, small enough for every client."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from mcp.types import ImageContent

from pixels_mcp.events import SpriteInfo

SHOWN_MAX = 64
"""Sprites on one sheet."""


def image(png: bytes) -> ImageContent:
    """Wrap a PNG as a block that clients show to the model."""
    return ImageContent(type="image", data=base64.b64encode(png).decode("ascii"), mime_type="image/png")


def preview_of(sprites: Sequence[SpriteInfo]) -> ImageContent:
    """Draw one sprite large, or several on one sheet with their ids under them.

    Args:
        sprites: 1 to `SHOWN_MAX`.

    Raises:
        UnreadablePictureError: A sprite's file is missing or damaged.
    """
    from pixels_mcp.pictures.small_preview import draw_preview
    from pixels_mcp.pixelart.pictures import open_picture

    pictures = [open_picture(Path(sprite.path)) for sprite in sprites]
    return image(draw_preview(pictures, [sprite.sprite_id for sprite in sprites]))
