"""One small picture of sprites, enlarged by whole pixels, that fits into an assistant's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba

BYTES_MAX = 100_000
_LONGEST_PX = 512
_LETTER_PX = 6
_SMALLEST_CELL_PX = 16
_SHEET_PX, _GAP_PX = 1_024, 8


def draw_preview(pictures: Sequence[Rgba], labels: Sequence[str]) -> bytes:
    """Draw one picture large, or several with their labels, on a checkerboard that shows what is transparent.

    Args:
        pictures: (H, W, 4) uint8 each, at least one.
        labels: A name for each, written under it whole where there are several, so that it can be typed.

    Returns:
        A PNG of at most `BYTES_MAX` bytes.
    """
    from pixels_mcp.pixelart.sheets.preview import contact_sheet, enlarge, on_checkerboard, preview_png
    from pixels_mcp.png import encode_png

    if len(pictures) == 1:
        factor = max(1, _LONGEST_PX // max(pictures[0].shape[:2]))
        return preview_png(on_checkerboard(enlarge(pictures[0], factor), 16), max_px=_LONGEST_PX, max_bytes=BYTES_MAX)
    columns = min(len(pictures), 4) if len(pictures) <= 16 else 8
    cell_px = 160 if len(pictures) <= 4 else 128 if len(pictures) <= 16 else 64
    label_px = _LETTER_PX * max(map(len, labels))
    columns = max(1, min(columns, _SHEET_PX // (max(label_px, cell_px) + _GAP_PX)))
    while True:
        sheet = contact_sheet(pictures, labels, columns=columns, cell_px=cell_px, label_px=label_px, gap_px=_GAP_PX)
        encoded = encode_png(sheet)
        if len(encoded) <= BYTES_MAX:
            return encoded
        if cell_px <= _SMALLEST_CELL_PX:  # then not even the labels can stay readable
            return preview_png(sheet, max_px=max(sheet.shape[:2]), max_bytes=BYTES_MAX)
        cell_px //= 2
