"""Write a set as sd-scripts, OneTrainer and ai-toolkit read one: enlarged PNGs with a .txt beside each."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from pixels_mcp import png
from pixels_mcp.datasets.dataset import Dataset, DatasetPicture, open_pixels
from pixels_mcp.errors import DatasetError
from pixels_mcp.pixelart.pixels import Rgba

RENDER_PX = 1024
_GROUNDS = ((255, 255, 255), (0, 0, 0), (255, 0, 255), (0, 255, 0), (128, 128, 128))


def ground_beside(pixels: Rgba) -> tuple[int, int, int]:
    """A plain color that a picture does not come near, for what is transparent; white where it can be."""
    shown = pixels[pixels[..., 3] > 0][:, :3].astype(np.int64)

    def nearest(ground: tuple[int, int, int]) -> int:
        return int(np.abs(shown - np.array(ground)).sum(axis=1).min()) if len(shown) else 999

    return next((ground for ground in _GROUNDS if nearest(ground) > 60), max(_GROUNDS, key=nearest))


def on_ground(pixels: Rgba, ground: tuple[int, int, int]) -> np.ndarray:
    """(H, W, 3) uint8: the picture on a plain color."""
    return np.where(pixels[..., 3:] > 0, pixels[..., :3], np.array(ground, np.uint8)).astype(np.uint8)


def enlarged(pixels: np.ndarray, side_px: int) -> np.ndarray:
    """Enlarge by whole cells, without blur; `side_px` is a multiple of the picture's side."""
    cell_px = side_px // pixels.shape[0]
    return pixels.repeat(cell_px, axis=0).repeat(cell_px, axis=1)


def export_kohya(folder: Path, dataset: Dataset, target: Path, *, trigger: str, repeats: int = 10) -> Path:
    """Write `TARGET/REPEATS_TRIGGER/*.png` and `.txt`, the held-out tenth left out.

    Raises:
        DatasetError: The target is there already or cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DatasetError(f"{target} is not empty", hint="name a new folder")
    inside = target / f"{repeats}_{trigger.replace(' ', '_')}"
    try:
        inside.mkdir(parents=True)
        for picture in dataset.trained():
            _export(folder, picture, inside, trigger)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise DatasetError(
            f"cannot write {target}: {error.strerror}", hint="make room, or name another folder"
        ) from error
    return inside


def _export(folder: Path, picture: DatasetPicture, inside: Path, trigger: str) -> None:
    pixels = open_pixels(folder, picture)
    flat = on_ground(pixels, ground_beside(pixels))
    side_px = max(RENDER_PX // picture.canvas_px, 1) * picture.canvas_px
    large = np.dstack([enlarged(flat, side_px), np.full((side_px, side_px), 255, np.uint8)])
    stem = picture.file.removesuffix(".png")
    (inside / picture.file).write_bytes(png.encode_png(np.ascontiguousarray(large)))
    ground = "" if picture.fills else ", plain background"
    caption = f"{trigger}, {picture.caption}{ground}" if picture.caption else f"{trigger}{ground}"
    (inside / f"{stem}.txt").write_text(caption + "\n", encoding="utf-8")
