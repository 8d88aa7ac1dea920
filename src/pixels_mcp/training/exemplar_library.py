"""Write the exemplar library that `mini` ships: one atlas of cleaned tiles, their words, and word vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.exemplars.tile_index import ATLAS_COLUMNS, ATLAS_FILE, INDEX_FILE, VECTORS_FILE
from pixels_mcp.training.captions import BACKGROUND_KINDS, TileWords
from pixels_mcp.training.cleanup import centered
from pixels_mcp.training.tiles import DUNGEON_TILE_PX as TILE_PX
from pixels_mcp.training.tiles import Tile

LEFT_OUT_KINDS = frozenset({"mark", "blood", "worn"})
"""Overlays: nobody asks for a cursor or for half a sleeve."""

VECTOR_WIDTH = 96

SMALL_THINGS: dict[str, tuple[str, str, str, int]] = {
    "Nov-2015/misc/icons/heart.png": ("item", "heart", "heart", 2),
    "Oct-5-2010/dc-misc/heart.png": ("item", "heart", "heart", 2),
    "Nov-2015/player/head/crown_gold1.png": ("helmet", "crown", "gold crown", 3),
    "Nov-2015/player/head/crown_gold2.png": ("helmet", "crown", "gold crown", 3),
    "Nov-2015/player/hand1/misc/skull.png": ("item", "skull", "skull", 3),
    "Nov-2015/player/hand1/misc/lantern.png": ("item", "lantern", "lantern", 2),
    "Nov-2015/player/hand1/misc/bone_lantern.png": ("item", "lantern", "bone lantern", 2),
    "Nov-2015/player/hand2/misc/torch.png": ("item", "torch", "torch", 1),
    "Nov-2015/player/hand1/pick_axe.png": ("weapon", "pickaxe", "pickaxe", 1),
    "Nov-2015/player/head/feather_red.png": ("item", "feather", "feather", 2),
    "Nov-2015/player/head/wizard_purple.png": ("helmet", "hat", "wizard hat", 2),
    "Nov-2015/player/head/wizard_red.png": ("helmet", "hat", "wizard hat", 2),
}
"""Overlays that show a whole thing which is often asked for: kind, head, words, and how much they are enlarged."""


def write_exemplar_library(tiles: Sequence[Tile], table: np.ndarray, tokenizer: Any, folder: Path) -> int:
    """Write atlas, index and word vectors.

    Args:
        tiles: All tiles; overlays, empty ones, and those of another canvas or of later frames are left out.
        table: (pieces, width) word table with its strongest directions first.
        tokenizer: Names the table's rows.
        folder: Where the three files go.

    Returns:
        How many tiles the library holds.
    """
    tiles = [_enlarged(tile) if tile.path in SMALL_THINGS else tile for tile in tiles]
    tiles = [t for t in tiles if len(t.pixels) == TILE_PX and t.is_exemplar]
    kept = [t for t in tiles if t.words.kind not in LEFT_OUT_KINDS and (t.pixels[..., 3] > 0).sum() >= 24]
    rows = -(-len(kept) // ATLAS_COLUMNS)
    atlas = np.zeros((rows * TILE_PX, ATLAS_COLUMNS * TILE_PX, 4), dtype=np.uint8)
    entries = []
    for number, tile in enumerate(kept):
        y, x = (TILE_PX * n for n in divmod(number, ATLAS_COLUMNS))
        atlas[y : y + TILE_PX, x : x + TILE_PX] = tile.pixels
        about = tile.words
        entries.append([tile.path, about.kind, about.head, " ".join(about.words), int(tile.held_out)])
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(atlas).save(folder / ATLAS_FILE, optimize=True)
    index = {
        "format": 1,
        "tile_px": TILE_PX,
        "columns": ATLAS_COLUMNS,
        "background_kinds": sorted(BACKGROUND_KINDS),
        "atlas_sha256": hashlib.sha256((folder / ATLAS_FILE).read_bytes()).hexdigest(),
        "entry": ["name", "kind", "head", "words", "held_out"],
    }
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    head = json.dumps(index, indent=1)[:-2]
    (folder / INDEX_FILE).write_text(f'{head},\n "entries": [\n{lines}\n]}}\n', encoding="utf-8")
    _write_vectors(table, tokenizer, folder / VECTORS_FILE)
    return len(kept)


def _enlarged(tile: Tile) -> Tile:
    kind, head, words, scale = SMALL_THINGS[tile.path]
    rows, columns = np.nonzero(tile.pixels[..., 3])
    part = tile.pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    part = enlarge(part, scale)[:TILE_PX, :TILE_PX]
    pixels = np.zeros_like(tile.pixels)
    pixels[: part.shape[0], : part.shape[1]] = part
    about = TileWords(kind, head, tuple(words.split()), tile.words.name, 1.0, True)
    return replace(tile, pixels=centered(pixels), words=about)


def enlarge(pixels: Rgba, scale: int) -> Rgba:
    """Enlarge pixel art without blur: each pixel becomes a block whose corners follow slanting edges.

    Source: Scale2x and Scale3x, A. Mazzoleni, 2001.
    """
    if scale == 1:
        return pixels
    packed = np.pad(np.ascontiguousarray(pixels).view(np.uint32)[..., 0], 1)
    up, down, left, right = packed[:-2, 1:-1], packed[2:, 1:-1], packed[1:-1, :-2], packed[1:-1, 2:]
    middle = packed[1:-1, 1:-1]
    edge = (up != down) & (left != right)
    height, width = middle.shape
    blocks = np.repeat(np.repeat(middle, scale, axis=0), scale, axis=1).reshape(height, scale, width, scale)
    last = scale - 1
    for row, column, one, other in (
        (0, 0, up, left),
        (0, last, up, right),
        (last, 0, down, left),
        (last, last, down, right),
    ):
        blocks[:, row, :, column] = np.where(edge & (one == other), other, middle)
    return blocks.reshape(height * scale, width * scale, 1).view(np.uint8).reshape(height * scale, width * scale, 4)


def _write_vectors(table: np.ndarray, tokenizer: Any, path: Path) -> None:
    """Keep whole English words only; the pieces of a word that was cut say little about it."""
    words = {tokenizer.convert_ids_to_tokens(n): n for n in range(len(table)) if tokenizer.convert_ids_to_tokens(n)}
    chosen = sorted(w for w in words if w.isascii() and w.isalpha() and len(w) > 2)
    vectors = table[[words[w] for w in chosen], :VECTOR_WIDTH]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scale = float(np.abs(vectors).max()) / 127.0
    np.savez_compressed(
        path,
        words=np.frombuffer("\n".join(chosen).encode("ascii"), dtype=np.uint8),
        vectors=np.round(vectors / scale).astype(np.int8),
        scale=np.float32(scale),
    )
