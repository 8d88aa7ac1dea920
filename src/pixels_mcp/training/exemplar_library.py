"""Write the exemplar library that `mini` ships: an atlas of tiles for each canvas, their words, and word vectors."""

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
from pixels_mcp.exemplars.tile_index import ATLAS_COLUMNS, INDEX_FILE, VECTORS_FILE
from pixels_mcp.pixelart.near_copies import shrink
from pixels_mcp.training.packs.captions import BACKGROUND_KINDS, TileWords
from pixels_mcp.training.packs.pack_captions import STYLES
from pixels_mcp.training.packs.tile_cleanup import centered
from pixels_mcp.training.packs.tiles import Tile

LEFT_OUT_KINDS = frozenset({"mark", "blood", "worn"})
"""Overlays: nobody asks for a cursor or for half a sleeve."""

LEFT_OUT_TILES = frozenset({
    "misc_lantern.png", "hive_gone.png", "slot_melded.png", "zot_pillar.png", "branch_stairs.png", "cloud_neg1.png",
    "cloud_neg2.png", "sealed_stairs_down.png", "sealed_stairs_up.png", "thorn_hunter.png",
})  # fmt: skip
"""Dungeon tiles that do not look like what their names say."""

VECTOR_WIDTH = 96
FEWEST_PIXELS = 24
MOST_OF_A_NAME = 12
"""Pictures of a pack that say the same words: more of them would only be passed over."""
LEAST_APART = 6.0
"""Mean difference of two pictures in 8-bit levels under which the second repeats the first."""
LARGEST_UNEVENNESS = 60.0
"""How far the means of the parts of a ground may lie apart in a channel, in 8-bit levels."""

INDEX_FORMAT = 2
ATLAS_FILE = "tiles_{side_px}.png"
ENTRY_FIELDS = (
    "name", "kind", "head", "words", "held_out", "side_px", "cell", "pack", "style", "character",
)  # fmt: skip

SMALL_THINGS: dict[str, tuple[str, str, str, int]] = {
    "Nov-2015/misc/icons/heart.png": ("item", "heart", "heart", 2),
    "Oct-5-2010/dc-misc/heart.png": ("item", "heart", "heart", 2),
    "Nov-2015/player/head/crown_gold1.png": ("helmet", "crown", "gold crown", 3),
    "Nov-2015/player/head/crown_gold2.png": ("helmet", "crown", "gold crown", 3),
    "Nov-2015/player/hand1/misc/skull.png": ("item", "skull", "skull", 3),
    "Nov-2015/player/hand2/misc/torch.png": ("item", "torch", "torch", 1),
    "Nov-2015/player/hand1/pick_axe.png": ("weapon", "pickaxe", "pickaxe", 1),
    "Nov-2015/player/head/feather_red.png": ("item", "feather", "feather", 2),
    "Nov-2015/player/head/wizard_purple.png": ("helmet", "hat", "wizard hat", 2),
    "Nov-2015/player/head/wizard_red.png": ("helmet", "hat", "wizard hat", 2),
}
"""Overlays that show a whole thing which is often asked for: kind, head, words, and how much they are enlarged."""


def write_exemplar_library(tiles: Sequence[Tile], folder: Path) -> int:
    """Write an atlas for each canvas, and the index of both.

    Args:
        tiles: All tiles; overlays, nearly empty ones, later frames of actors, backgrounds that change from side to
            side, and pictures that repeat one of the same name are left out.
        folder: Where the files go; `write_word_vectors` writes the third.

    Returns:
        How many tiles the library holds.
    """
    tiles = [_enlarged(tile) if tile.path in SMALL_THINGS else tile for tile in tiles]
    kept = _without_repeats([tile for tile in tiles if _is_fit(tile)])
    folder.mkdir(parents=True, exist_ok=True)
    canvases: list[dict[str, Any]] = []
    entries: list[list[str | int]] = []
    for side in sorted({len(tile.pixels) for tile in kept}):
        mine = [tile for tile in kept if len(tile.pixels) == side]
        atlas = np.zeros((-(-len(mine) // ATLAS_COLUMNS) * side, ATLAS_COLUMNS * side, 4), dtype=np.uint8)
        for cell, tile in enumerate(mine):
            y, x = (side * n for n in divmod(cell, ATLAS_COLUMNS))
            atlas[y : y + side, x : x + side] = tile.pixels
            about = tile.words
            place = [int(tile.held_out), side, cell, tile.pack, tile.style, tile.character]
            entries.append([tile.path, about.kind, about.head, " ".join(about.words), *place])
        file = ATLAS_FILE.format(side_px=side)
        Image.fromarray(atlas).save(folder / file, optimize=True)
        digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        canvases.append({"side_px": side, "file": file, "columns": ATLAS_COLUMNS, "sha256": digest})
    index = {
        "format": INDEX_FORMAT,
        "background_kinds": sorted(BACKGROUND_KINDS),
        "canvases": canvases,
        "styles": STYLES,
        "entry": list(ENTRY_FIELDS),
    }
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    head = json.dumps(index, indent=1)[:-2]
    (folder / INDEX_FILE).write_text(f'{head},\n "entries": [\n{lines}\n]}}\n', encoding="utf-8")
    return len(kept)


def _is_fit(tile: Tile) -> bool:
    if not tile.is_exemplar or tile.words.kind in LEFT_OUT_KINDS:
        return False
    if tile.is_dungeon and tile.path.rpartition("/")[2] in LEFT_OUT_TILES:
        return False
    if tile.words.kind in BACKGROUND_KINDS:
        return tile.is_dungeon or _is_even(tile.pixels)
    return int((tile.pixels[..., 3] > 0).sum()) >= FEWEST_PIXELS


def _is_even(pixels: Rgba) -> bool:
    """Whether a ground looks the same in all nine parts of its square: not the shore between two grounds."""
    parts = shrink(pixels[None], cells=4).reshape(16, 4)
    return float(np.ptp(parts, axis=0).max()) < LARGEST_UNEVENNESS


def _without_repeats(tiles: Sequence[Tile]) -> list[Tile]:
    """Of the pictures of one name in a pack keep those that differ, at most `MOST_OF_A_NAME`."""
    taken: dict[tuple[str, int], list[np.ndarray]] = {}
    kept: list[Tile] = []
    for tile in tiles:
        picture = tile.pixels.astype(np.float32)
        alike = taken.setdefault((tile.words.name, len(tile.pixels)), [])
        if not tile.is_dungeon:
            if len(alike) >= MOST_OF_A_NAME or any(np.abs(picture - other).mean() < LEAST_APART for other in alike):
                continue
            alike.append(picture)
        kept.append(tile)
    return kept


def _enlarged(tile: Tile) -> Tile:
    kind, head, words, scale = SMALL_THINGS[tile.path]
    rows, columns = np.nonzero(tile.pixels[..., 3])
    part = tile.pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    part = enlarge(part, scale)[: len(tile.pixels), : len(tile.pixels)]
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


def write_word_vectors(table: np.ndarray, tokenizer: Any, folder: Path) -> None:
    """Write the vectors of whole English words; the pieces of a word that was cut say little about it.

    Args:
        table: (pieces, width) word table with its strongest directions first.
        tokenizer: Names the table's rows.
        folder: The library's.
    """
    words = {tokenizer.convert_ids_to_tokens(n): n for n in range(len(table)) if tokenizer.convert_ids_to_tokens(n)}
    chosen = sorted(w for w in words if w.isascii() and w.isalpha() and len(w) > 2)
    vectors = table[[words[w] for w in chosen], :VECTOR_WIDTH]
    vectors = vectors / np.asarray(np.linalg.norm(vectors, axis=1, keepdims=True))
    scale = float(np.abs(vectors).max()) / 127.0
    np.savez_compressed(
        folder / VECTORS_FILE,
        words=np.frombuffer("\n".join(chosen).encode("ascii"), dtype=np.uint8),
        vectors=np.round(vectors / scale).astype(np.int8),
        scale=np.float32(scale),
    )
