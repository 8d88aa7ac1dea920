"""Reading pictures that anybody may have made: every bad file ends in a named error."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from pixels_mcp.errors import PictureTooLargeError, UnreadablePictureError
from pixels_mcp.pixelart.color_keys import read_color_key
from pixels_mcp.pixelart.color_profiles import to_srgb
from pixels_mcp.pixelart.pixels import Rgba, bands

MAX_PIXELS = 32_000_000
"""Pixels of one picture, all frames counted: far above any generator's, far below what fills a memory."""

MAX_FILE_BYTES = 100_000_000
MAX_FRAMES = 512
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "TGA", "PPM", "ICO")
"""What is read; formats that run programs or other decoders (EPS, PDF, PSD, ...) are not."""


def open_picture(path: Path | str, *, max_pixels: int = MAX_PIXELS) -> Rgba:
    """Read a picture, the first frame of an animated one.

    The camera's rotation and the color profile are applied; 16-bit, CMYK, grey and palette pictures become 8-bit sRGB.

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


def count_frames(path: Path | str) -> int:
    """How many frames `open_frames` would read; 1 for what is no picture, which reading it then says."""
    try:
        with Image.open(path, formats=FORMATS) as picture:
            stored_count = int(getattr(picture, "n_frames", 1))
            return stored_count - (1 if stored_count > 1 and getattr(picture, "default_image", False) else 0)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return 1


def say_frames(path: Path | str) -> str | None:
    """What a person should know where one frame of a moving picture was taken; None for a still one."""
    count = count_frames(path)
    return f"it moves: the first of its {count} frames was taken" if count > 1 else None


def open_frames(
    path: Path | str, *, max_pixels: int = MAX_PIXELS, first_only: bool = False
) -> tuple[list[Rgba], list[int]]:
    """Read every frame of a GIF, APNG, WebP or TIFF; one frame of any other picture.

    The picture that an APNG shows to programs that know no animation, and that is not part of it, is left out.

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
                stored_count = getattr(picture, "n_frames", 1)
                first = 1 if stored_count > 1 and getattr(picture, "default_image", False) else 0
                frame_count = 1 if first_only else stored_count - first
                _check_size(path, picture.width, picture.height, frame_count, max_pixels)
                frames: list[Rgba] = []
                shown_ms: list[int] = []
                for index in range(first, first + frame_count):
                    if index:
                        picture.seek(index)
                    transparent = None if index else read_color_key(picture, path)
                    frames.append(to_rgba(picture, transparent))
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


def to_rgba(picture: Image.Image, transparent: np.ndarray | None = None) -> Rgba:
    """Turn any Pillow picture into (H, W, 4) uint8 sRGB with straight alpha, upright.

    Args:
        picture: Any mode and depth; its colour profile is applied.
        transparent: (H, W) bool, what is transparent besides, as the picture lies in its file.
    """
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I") or upright.mode == "F":
        upright = _from_deep_gray(upright)
    if upright.mode in {"La", "RGBa"}:  # premultiplied
        upright = upright.convert("LA" if upright.mode == "La" else "RGBA")
    upright = to_srgb(upright)
    if upright.mode != "RGBA":
        upright = upright.convert("RGBA")
    pixels = np.empty((upright.height, upright.width, 4), dtype=np.uint8)
    for lines in bands(upright.height):  # Pillow hands over three copies of what is asked for
        pixels[lines] = np.asarray(upright.crop((0, lines.start, upright.width, lines.stop)))
    if transparent is not None:
        key = Image.fromarray(np.where(transparent, 255, 0).astype(np.uint8))
        key.info = {name: picture.info[name] for name in ("exif",) if name in picture.info}
        pixels[np.array(ImageOps.exif_transpose(key)) > 0] = 0
    return pixels


def _from_deep_gray(picture: Image.Image) -> Image.Image:
    """16-bit and float grey: Pillow clips these instead of scaling them, so they are scaled here."""
    levels = np.array(picture).astype(np.float64)
    if picture.mode == "F":
        top = max(1.0, float(np.nanmax(levels))) if levels.size else 1.0
        top = 1.0 if top <= 1.0 else (255.0 if top <= 255 else top)
    else:
        top = 255.0 if picture.mode == "I" and levels.max() <= 255 else 65535.0
    gray = Image.fromarray(np.clip(np.rint(np.nan_to_num(levels) / top * 255), 0, 255).astype(np.uint8))
    gray.info = {name: fact for name, fact in picture.info.items() if name != "transparency"}
    return gray


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
