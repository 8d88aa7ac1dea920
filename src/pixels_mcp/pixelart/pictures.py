"""Reading pictures that anybody may have made: every bad file ends in a named error."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from pixels_mcp.errors import PictureTooLargeError, UnreadablePictureError
from pixels_mcp.pixelart.pixels import Rgba

MAX_PIXELS = 32_000_000
"""Pixels of one picture, all frames counted: far above any generator's, far below what fills a memory."""

MAX_FILE_BYTES = 100_000_000
MAX_FRAMES = 512
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "TGA", "PPM", "ICO")
"""What is read; formats that run programs or other decoders (EPS, PDF, PSD, ...) are not."""


def open_picture(path: Path | str, *, max_pixels: int = MAX_PIXELS) -> Rgba:
    """Read a picture, the first frame of an animated one.

    The camera's rotation is applied; 16-bit, CMYK, grey and palette pictures become 8-bit sRGB.

    Args:
        path: The file.
        max_pixels: A larger picture is refused before it is decoded.

    Returns:
        (H, W, 4) uint8, straight alpha.

    Raises:
        UnreadablePictureError: Missing, not a picture, truncated, or of a kind that is not read.
        PictureTooLargeError: More than `max_pixels`, or more than 100 MB.
    """
    return open_frames(path, max_pixels=max_pixels, first_only=True)[0][0]


def open_frames(
    path: Path | str, *, max_pixels: int = MAX_PIXELS, first_only: bool = False
) -> tuple[list[Rgba], list[int]]:
    """Read every frame of a GIF, APNG, WebP or TIFF; one frame of any other picture.

    Args:
        path: The file.
        max_pixels: Limit on width x height x frames.
        first_only: Read the first frame alone.

    Returns:
        The frames, each (H, W, 4) uint8, and how long each is shown in ms (0 where the file does not say).

    Raises:
        UnreadablePictureError: Missing, not a picture, truncated, or of a kind that is not read.
        PictureTooLargeError: More than `max_pixels`, 512 frames, or 100 MB.
    """
    path = Path(path)
    _check_file(path)
    try:
        with warnings.catch_warnings():
            # The size is checked below, with a limit of our own and an error that names it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                frame_count = 1 if first_only else getattr(picture, "n_frames", 1)
                _check_size(path, picture.width, picture.height, frame_count, max_pixels)
                frames, shown_ms = [], []
                for index in range(frame_count):
                    if frame_count > 1:
                        picture.seek(index)
                    frames.append(to_rgba(picture))
                    shown_ms.append(int(picture.info.get("duration", 0) or 0))
                return frames, shown_ms
    except Image.DecompressionBombError as error:
        raise PictureTooLargeError(f"'{path.name}': {error}", hint="scale it down first") from error
    except UnidentifiedImageError as error:
        raise UnreadablePictureError(
            f"'{path.name}' is not a picture that can be read", hint=f"known formats: {', '.join(FORMATS)}"
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadablePictureError(f"'{path.name}' is damaged: {error}", hint="save the picture again") from error


def to_rgba(picture: Image.Image) -> Rgba:
    """Turn any Pillow picture into (H, W, 4) uint8 sRGB with straight alpha, upright."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I") or upright.mode == "F":
        return _from_deep_gray(upright)
    if upright.mode in {"La", "RGBa"}:  # premultiplied
        upright = upright.convert("LA" if upright.mode == "La" else "RGBA")
    return np.array(upright.convert("RGBA"))


def _from_deep_gray(picture: Image.Image) -> Rgba:
    """16-bit and float grey: Pillow clips these instead of scaling them, so they are scaled here."""
    levels = np.array(picture).astype(np.float64)
    if picture.mode == "F":
        top = max(1.0, float(np.nanmax(levels))) if levels.size else 1.0
        top = 1.0 if top <= 1.0 else (255.0 if top <= 255 else top)
    else:
        top = 255.0 if picture.mode == "I" and levels.max() <= 255 else 65535.0
    gray = np.clip(np.rint(np.nan_to_num(levels) / top * 255), 0, 255).astype(np.uint8)
    return np.dstack([gray, gray, gray, np.full_like(gray, 255)])


def _check_file(path: Path) -> None:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UnreadablePictureError(f"'{path}' {what}", hint="give the path of a picture file")
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise UnreadablePictureError(f"'{path.name}' is empty", hint="save the picture again")
    if size_bytes > MAX_FILE_BYTES:
        raise PictureTooLargeError(
            f"'{path.name}' has {size_bytes / 1e6:.0f} MB, at most {MAX_FILE_BYTES / 1e6:.0f} MB are read",
            hint="scale it down first",
        )


def _check_size(path: Path, width_px: int, height_px: int, frame_count: int, max_pixels: int) -> None:
    if frame_count > MAX_FRAMES:
        raise PictureTooLargeError(
            f"'{path.name}' has {frame_count} frames, at most {MAX_FRAMES} are read", hint="cut it"
        )
    if width_px * height_px * frame_count > max_pixels:
        frames = f" x {frame_count} frames" if frame_count > 1 else ""
        raise PictureTooLargeError(
            f"'{path.name}' has {width_px} x {height_px}{frames} pixels, at most {max_pixels:,} are read",
            hint="scale it down with a nearest-neighbour filter first",
        )
