"""Captions from somebody who looks: numbered contact sheets out, captions back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pixels_mcp.datasets.dataset import CAPTION_CHARACTERS_MAX, CaptionAuthor, Dataset, open_pixels
from pixels_mcp.errors import DatasetError
from pixels_mcp.pixelart.pixels import Rgba

SHEET_PICTURES = 16
_COLUMNS, _SHOWN_PX, _GAP_PX, _FOOT_PX = 4, 96, 8, 14
_SQUARE_PX = 8


def pages(dataset: Dataset) -> int:
    """How many contact sheets a set has."""
    return -(-len(dataset.pictures) // SHEET_PICTURES)


def page_numbers(dataset: Dataset, page: int) -> range:
    """The numbers of the pictures on a sheet, from 1.

    Raises:
        DatasetError: There is no such sheet.
    """
    if not 1 <= page <= pages(dataset):
        raise DatasetError(f"there is no page {page}; the set has {pages(dataset)}", hint=f"1 to {pages(dataset)}")
    first = (page - 1) * SHEET_PICTURES + 1
    return range(first, min(first + SHEET_PICTURES, len(dataset.pictures) + 1))


def contact_sheet(folder: Path, dataset: Dataset, page: int) -> Rgba:
    """Draw up to 16 pictures on grey chequers, enlarged without blur, the number of each below it.

    Raises:
        DatasetError, UnreadablePictureError: There is no such sheet, or a picture is gone.
    """
    numbers = page_numbers(dataset, page)
    step_x, step_y = _SHOWN_PX + _GAP_PX, _SHOWN_PX + _GAP_PX + _FOOT_PX
    rows = -(-len(numbers) // _COLUMNS)
    sheet = Image.new("RGBA", (_COLUMNS * step_x + _GAP_PX, rows * step_y + _GAP_PX), (40, 40, 46, 255))
    pen = ImageDraw.Draw(sheet)
    ground = Image.fromarray(_chequers())
    for place, number in enumerate(numbers):
        x, y = _GAP_PX + place % _COLUMNS * step_x, _GAP_PX + place // _COLUMNS * step_y
        art = Image.fromarray(open_pixels(folder, dataset.pictures[number - 1]))
        factor = max(1, _SHOWN_PX // art.width)
        large = art.resize((art.width * factor, art.height * factor), Image.Resampling.NEAREST)
        if large.width > _SHOWN_PX:
            large = large.resize((_SHOWN_PX, _SHOWN_PX), Image.Resampling.NEAREST)
        sheet.paste(ground, (x, y))
        sheet.alpha_composite(large, (x + (_SHOWN_PX - large.width) // 2, y + (_SHOWN_PX - large.height) // 2))
        pen.text((x + 2, y + _SHOWN_PX + 1), str(number), fill=(255, 255, 255, 255))
    return np.asarray(sheet, dtype=np.uint8)


def uncaptioned(dataset: Dataset) -> list[int]:
    """Numbers of the pictures that no one who looked has captioned."""
    seen = ("assistant", "person", "file")
    return [number for number, one in enumerate(dataset.pictures, start=1) if one.caption_author not in seen]


def with_captions(dataset: Dataset, captions: dict[int, str], author: CaptionAuthor) -> Dataset:
    """The set with other captions, by the pictures' numbers from 1.

    Raises:
        DatasetError: A number is not in the set, or a caption is empty or too long.
    """
    strange = [number for number in captions if not 1 <= number <= len(dataset.pictures)]
    if strange:
        raise DatasetError(
            f"no picture has the number {strange[0]}; the set has 1 to {len(dataset.pictures)}",
            hint="use the numbers of the contact sheet",
        )
    pictures = list(dataset.pictures)
    for number, text in captions.items():
        caption = " ".join(text.split())
        if not 1 <= len(caption) <= CAPTION_CHARACTERS_MAX:
            raise DatasetError(
                f"caption {number} has {len(caption)} characters, 1 to {CAPTION_CHARACTERS_MAX} are allowed",
                hint="3 to 10 words: color, thing, details",
            )
        pictures[number - 1] = pictures[number - 1].model_copy(update={"caption": caption, "caption_author": author})
    return dataset.model_copy(update={"pictures": tuple(pictures)})


def _chequers() -> Rgba:
    y, x = np.mgrid[:_SHOWN_PX, :_SHOWN_PX] // _SQUARE_PX
    gray = np.where((x + y) % 2 == 0, 118, 138).astype(np.uint8)
    return np.dstack([gray, gray, gray, np.full_like(gray, 255)])
