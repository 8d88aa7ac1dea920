"""Read the training tiles, and set a tenth of them apart so that no near-copy stands on both sides."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from pixels_mcp.errors import TrainingError
from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.training.captions import BACKGROUND_KINDS, KIND_WEIGHTS, TileWords, describe_tile
from pixels_mcp.training.cleanup import clean_tile

TILE_PX = 32
FEWEST_TILES = 200
NEAR_COPY_DISTANCE = 7.0
"""Mean difference of two 8x8 pictures in 8-bit levels, of the opaque part, under which tiles are near-copies."""


FILLED_SHARE = 0.8
"""Share of its square that a floor, a wall or water covers at least (crystal walls have gaps)."""


@dataclass(frozen=True)
class Tile:
    """One training picture.

    Attributes:
        path: Inside the zip or folder, with `/`.
        pixels: (32, 32, 4) uint8, hard alpha, zero colour under alpha 0, cleaned by `clean_tile`.
        words: What its path says.
        held_out: Whether it belongs to the tenth that training never sees.
    """

    path: str
    pixels: Rgba
    words: TileWords
    held_out: bool


def read_tiles(source: Path) -> list[Tile]:
    """Read all 32x32 PNG tiles of a zip or a folder, sorted by path, the held-out tenth marked.

    Raises:
        TrainingError: The path is missing, holds no pictures, a picture cannot be read, or too few are 32x32.
    """
    named = sorted(_read_pictures(source), key=lambda pair: pair[0])
    fitting = [(name, pixels) for name, pixels in named if pixels.shape == (TILE_PX, TILE_PX, 4)]
    if not named:
        raise TrainingError(f"{source} holds no PNG pictures", hint="name a zip or folder of 32x32 PNG tiles")
    if len(fitting) < FEWEST_TILES:
        raise TrainingError(
            f"{source} holds {len(fitting)} tiles of {TILE_PX}x{TILE_PX} among {len(named)} pictures, "
            f"training needs {FEWEST_TILES}",
            hint="add tiles, or cut sheets into tiles first",
        )
    words = [describe_tile(name) for name, _ in fitting]
    stack = np.stack([pixels for _, pixels in fitting])
    held_out = _held_out([w.name for w in words], [w.kind for w in words], stack)
    return [
        Tile(name, clean_tile(pixels, about.kind), _with_true_kind(about, pixels), held)
        for (name, pixels), about, held in zip(fitting, words, held_out, strict=True)
    ]


def _with_true_kind(about: TileWords, pixels: Rgba) -> TileWords:
    """Call a mark what only lies on a floor, a wall or water: a sigil, the edge of a wave, a banner."""
    if about.kind not in BACKGROUND_KINDS or (pixels[..., 3] > 0).mean() >= FILLED_SHARE:
        return about
    return replace(about, kind="mark", weight=KIND_WEIGHTS["mark"], mirrors=False)


def _read_pictures(source: Path) -> Iterator[tuple[str, Rgba]]:
    if not source.exists():
        raise TrainingError(f"there is no {source}", hint="give --tiles the zip or folder of your tiles")
    if source.is_dir():
        for path in sorted(source.rglob("*.png")):
            yield path.relative_to(source).as_posix(), _decode(path.read_bytes(), str(path))
        return
    try:
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if name.lower().endswith(".png"):
                    yield name, _decode(archive.read(name), f"{source}:{name}")
    except zipfile.BadZipFile as error:
        raise TrainingError(f"{source} is neither a folder nor a zip", hint="zip the folder of tiles") from error


def _decode(data: bytes, name: str) -> Rgba:
    try:
        with Image.open(io.BytesIO(data)) as image:
            pixels = np.array(image.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise TrainingError(f"{name} is not a picture that can be read", hint="remove it and start again") from error
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def shrink(pixels: Rgba, cells: int = 8) -> np.ndarray:
    """Average (N, H, W, 4) pictures over mid grey into (N, cells * cells * 4) float32 levels."""
    scaled = pixels.astype(np.float32)
    alpha = scaled[..., 3:] / 255.0
    flat = np.concatenate([scaled[..., :3] * alpha + 128.0 * (1.0 - alpha), scaled[..., 3:]], axis=-1)
    count, height, width, _ = flat.shape
    blocks = flat.reshape(count, cells, height // cells, cells, width // cells, 4)
    return blocks.mean(axis=(2, 4)).reshape(count, -1)


def _held_out(names: list[str], kinds: list[str], pixels: np.ndarray) -> list[bool]:
    """Join tiles of one name and near-copies into groups, and set whole groups apart, a tenth of each kind."""
    root_of = _groups(names, pixels)
    members: dict[int, list[int]] = {}
    for number, root in enumerate(root_of):
        members.setdefault(root, []).append(number)
    held_out = [False] * len(names)
    for kind in sorted(set(kinds)):
        groups = [group for group in members.values() if kinds[group[0]] == kind]
        wanted = sum(len(group) for group in groups) / 10
        taken = 0
        for group in sorted(groups, key=lambda group: _hash(min(names[n] for n in group))):
            if len(groups) > 1 and taken + len(group) <= max(1.3 * wanted, 1) and taken < wanted:
                taken += len(group)
                for number in group:
                    held_out[number] = True
    return held_out


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _groups(names: list[str], pixels: np.ndarray) -> list[int]:
    """Give each tile the number of its group's root."""
    parent = list(range(len(names)))

    def find(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first: dict[str, int] = {}
    for number, name in enumerate(names):
        parent[find(number)] = find(first.setdefault(name, number))
    small = shrink(pixels)
    norms = (small**2).sum(1)
    # A small thing on an empty square differs from another small thing in few cells: the limit follows its area.
    area = np.maximum((pixels[..., 3] > 127).mean(axis=(1, 2)), 0.02).astype(np.float32)
    for start in range(0, len(small), 512):
        block = small[start : start + 512]
        squared = norms[start : start + 512, None] + norms[None] - 2.0 * block @ small.T
        limit = NEAR_COPY_DISTANCE**2 * small.shape[1] * np.minimum(area[start : start + 512, None], area[None])
        for row, column in zip(*np.nonzero(squared < limit), strict=True):
            parent[find(start + int(row))] = find(int(column))
    return [find(n) for n in range(len(names))]
