"""What a sprite is redrawn from: a tile of the exemplar library, a sprite, or a person's picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pixels_mcp.engines.base import Rgba
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import ReferenceInfo
from pixels_mcp.exemplars.finder import Exemplar
from pixels_mcp.exemplars.ramps import wears
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.requests import SPRITE_ID_PATTERN
from pixels_mcp.worker.planning.shelf import Shelf

if TYPE_CHECKING:
    from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

HELD_COLORS_MAX = 64
"""A picture of more colors is no pixel art with a palette of its own."""

REFERENCE_PIXELS_MAX = 4_096 * 4_096
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture to redraw, (height_px, width_px, 4) uint8 of the render's size, and what is told of it."""

    pixels: Rgba
    info: ReferenceInfo


class KeptPictures(Protocol):
    """Where pictures that are redrawn are kept and found: `Shelf`, or the library of another machine."""

    def picture(self, sha256: str) -> Rgba:
        """A kept picture."""
        ...

    def keep_picture(self, pixels: Rgba) -> str:
        """Keep a picture; returns its sha256."""
        ...

    def sprite_file(self, sprite_id: str) -> Path:
        """A sprite's file."""
        ...


def keep_reference(reference: str, shelf: KeptPictures) -> str | None:
    """Read what a request wants redrawn, once, and keep it in the library.

    Args:
        reference: `auto`, `none`, a sprite_id, an absolute path, or the sha256 of a picture that is kept already.

    Returns:
        The kept picture's sha256, None for `auto` and `none`.

    Raises:
        UnknownSpriteError: No such sprite.
        InvalidArgumentError: Neither a sprite_id nor an absolute path.
        UnreadablePictureError, PictureTooLargeError: The file is no picture that is read.
    """
    if reference in ("auto", "none"):
        return None
    if _SHA256.fullmatch(reference):
        shelf.picture(reference)
        return reference
    if re.fullmatch(SPRITE_ID_PATTERN, reference):
        return shelf.keep_picture(open_picture(shelf.sprite_file(reference)))
    path = Path(reference)
    if not path.is_absolute():
        raise InvalidArgumentError(
            f"reference {reference!r} is neither a sprite_id nor an absolute path",
            hint="give auto, none, a sprite_id such as ruby-potion-0007.1, or the full path of a PNG",
        )
    return shelf.keep_picture(open_picture(path, max_pixels=REFERENCE_PIXELS_MAX))


def of_exemplar(
    exemplar: Exemplar,
    strength: float,
    render_px: tuple[int, int],
    *,
    joins: bool = False,
    style: StyleOfSet | None = None,
) -> Reference:
    """Redraw a tile of the exemplar library.

    Args:
        style: Of a set, whose look the tile wears before it is redrawn.
    """
    info = ReferenceInfo(
        kind="exemplar",
        name=exemplar.name,
        sha256=exemplar.sha256,
        strength=strength,
        hue_shift_deg=exemplar.hue_shift_deg,
        ramp=exemplar.ramp,
    )
    return Reference(fit_dressed(exemplar.pixels, render_px, joins=joins, style=style), info)


def fit_dressed(pixels: Rgba, render_px: tuple[int, int], *, joins: bool, style: StyleOfSet | None) -> Rgba:
    """Bring a tile to the render's size, in the look of a set where one is given."""
    fitted = fit(pixels, render_px, joins=joins)
    if style is None:
        return fitted
    from pixels_mcp.pixelart.style.dressing import dress

    return dress(fitted, style)


def of_kept(asked: str, sha256: str, strength: float, render_px: tuple[int, int], shelf: Shelf) -> Reference:
    """Redraw a sprite or a person's picture."""
    is_sprite = re.fullmatch(SPRITE_ID_PATTERN, asked) is not None
    name = asked if is_sprite else sha256 if _SHA256.fullmatch(asked) else Path(asked).name
    info = ReferenceInfo(kind="sprite" if is_sprite else "file", name=name, sha256=sha256, strength=strength)
    return Reference(fit(shelf.picture(sha256), render_px), info)


def held_palette(pixels: Rgba, asked_color: str | None) -> Palette | None:
    """The colors of a picture that is redrawn, which hold unless others are asked.

    Args:
        pixels: (H, W, 4) uint8, the reference.
        asked_color: A key of `ramps.RAMPS` that the prompt asks for.

    Returns:
        None where the prompt asks for a color that the picture does not have, or where it has more colors than pixel
        art (a photograph).
    """
    opaque = pixels[pixels[..., 3] > 127][:, :3]
    colors = np.unique(opaque, axis=0)
    if not 2 <= len(colors) <= HELD_COLORS_MAX or (asked_color is not None and not wears(pixels, asked_color)):
        return None
    return Palette("reference", colors)
