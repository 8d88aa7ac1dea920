"""One small picture of sprites, enlarged by whole pixels, that fits into an assistant's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba

BYTES_MAX = 100_000
_LONGEST_PX = 512
_LETTER_PX = 6


def draw_preview(pictures: Sequence[Rgba], labels: Sequence[str]) -> bytes:
    """Draw one picture large, or several with their labels, on a checkerboard that shows what is transparent.

    Args:
        pictures: (H, W, 4) uint8 each, at least one.
        labels: A name for each, written under it where there are several.

    Returns:
        A PNG of at most `BYTES_MAX` bytes.
    """
    from pixels_mcp.pixelart.sheets.preview import contact_sheet, enlarge, on_checkerboard, preview_png

    if len(pictures) == 1:
        factor = max(1, _LONGEST_PX // max(pictures[0].shape[:2]))
        return preview_png(on_checkerboard(enlarge(pictures[0], factor), 16), max_px=_LONGEST_PX, max_bytes=BYTES_MAX)
    columns = min(len(pictures), 4) if len(pictures) <= 16 else 8
    cell_px = 160 if len(pictures) <= 4 else 128 if len(pictures) <= 16 else 64
    fitting = [_label(one, cell_px // _LETTER_PX) for one in labels]
    sheet = contact_sheet(pictures, fitting, columns=columns, cell_px=cell_px)
    return preview_png(sheet, max_px=max(sheet.shape[:2]), max_bytes=BYTES_MAX)


def _label(sprite_id: str, letters_max: int) -> str:
    """The id, or its number alone where there is no room: `ruby-potion-0007.1` or `0007.1`."""
    return sprite_id if len(sprite_id) <= letters_max else sprite_id.rpartition("-")[2]
