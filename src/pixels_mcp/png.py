"""The one PNG encoder: the same pixels and texts give the same bytes, every time on one machine."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping

import numpy as np
from PIL import Image, PngImagePlugin

from pixels_mcp.errors import PictureTooLargeError, PixelShapeError, UnreadablePictureError

DECODED_PIXELS_MAX = 32_000_000
"""Far above any sprite or sheet, far below what fills a memory."""


def encode_png(pixels: np.ndarray, texts: Mapping[str, str] | None = None) -> bytes:
    """Write pixels as an 8-bit RGBA PNG without time, gamma or colour profile.

    Args:
        pixels: (H, W, 4) uint8, sRGB, straight alpha.
        texts: Keyword and text of international text chunks, which stand before the pixels in this order.

    Returns:
        The file's bytes.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8 with at least one pixel.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise PixelShapeError(pixels.shape, str(pixels.dtype))
    chunks = PngImagePlugin.PngInfo()
    for keyword, text in (texts or {}).items():
        chunks.add_itxt(keyword, text)
    stream = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels), "RGBA")
    picture.save(stream, "PNG", compress_level=9, pnginfo=chunks)
    return stream.getvalue()


def decode_png(data: bytes, *, label: str = "PNG") -> tuple[np.ndarray, dict[str, str]]:
    """Read a PNG's pixels and text chunks.

    Args:
        data: The whole file.
        label: What to call it in an error.

    Returns:
        (H, W, 4) uint8 pixels with straight alpha, and text by keyword.

    Raises:
        UnreadablePictureError: Not a PNG, or cut short, or damaged.
        PictureTooLargeError: More than 32 million pixels.
    """
    try:
        with warnings.catch_warnings():
            # The size is checked below, with a limit of our own and an error that names it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
                if picture.width * picture.height > DECODED_PIXELS_MAX:
                    raise PictureTooLargeError(
                        f"'{label}' has {picture.width} x {picture.height} pixels,"
                        f" at most {DECODED_PIXELS_MAX:,} are read",
                        hint="scale it down with a nearest-neighbour filter first",
                    )
                pixels = np.array(picture.convert("RGBA"))
                texts = {key: str(text) for key, text in getattr(picture, "text", {}).items()}
    except Image.DecompressionBombError as error:
        raise PictureTooLargeError(f"'{label}': {error}", hint="scale it down first") from error
    except Image.UnidentifiedImageError as error:
        raise UnreadablePictureError(f"'{label}' is not a PNG", hint="save the picture as a PNG") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadablePictureError(f"'{label}' is damaged: {error}", hint="save the picture again") from error
    return pixels, texts
