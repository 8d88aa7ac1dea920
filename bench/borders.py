"""Borders of drawn autotile sets beside ours: how thick their lines are, how they wander, how light; prints JSON.

Looks at the four straight edges of each set of kind corner13 and blob47: a pixel belongs to the terrain, to what lies
outside, or to the line between them, by its color.

python bench/borders.py PACK_FOLDER...      # folders with art.zip and tiles.json
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.colors.quantize import merge_colors
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.borders import make_border
from pixels_mcp.pixelart.tiles.tileset import TilesetDesign, make_tileset
from pixels_mcp.set_words import BorderKind

EDGES = {"corner13": {"S": 3, "N": 12, "W": 6, "E": 9}, "blob47": {"S": 199, "N": 124, "W": 31, "E": 241}}
"""The mask of the tile at which a terrain ends on a side."""
QUARTER_TURNS = {"S": 0, "N": 2, "E": -1, "W": 1}
OURS: tuple[tuple[BorderKind, str, str], ...] = (
    ("bank", "grass", "water"), ("bank", "sand", "water"), ("outline", "snow", "dirt"), ("band", "grass", "dirt"),
    ("none", "sand", "mud"),
)  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """A straight edge of a set.

    Attributes:
        side: Where the terrain ends: N, E, S, W.
        line_px: Mean thickness of the line between.
        wander_px: Standard deviation of where the terrain ends.
        light: Of the line, less the terrain's, in OKLab; None without a line.
    """

    side: str
    line_px: float
    wander_px: float
    light: float | None


def measure(tile: Rgba, full: Rgba, side: str) -> Edge:
    """Measure a tile whose terrain ends on a side.

    Args:
        tile: (side, side, 4).
        full: The same terrain alone.
        side: N, E, S or W.
    """
    upright = np.rot90(tile, QUARTER_TURNS[side])  # the terrain is above
    color, inside = _keys(upright), np.isin(_keys(upright), _keys(full))
    outside = np.isin(color, color[-1]) & ~inside
    line = ~inside & ~outside
    ends = np.where(inside, np.arange(len(tile))[:, None], -1).max(axis=0)
    light = oklab(upright[..., :3])[..., 0]
    told = float(light[line].mean() - oklab(full[..., :3])[..., 0].mean()) if line.any() else None
    return Edge(side, float(line.sum(axis=0).mean()), float(ends.std()), told)


def drawn_edges(folder: Path) -> Iterator[Edge]:
    """The edges of a pack's sets."""
    with zipfile.ZipFile(folder / "art.zip") as art:
        for sheet in json.loads((folder / "tiles.json").read_text("utf-8")):
            width, height = sheet["tile"]
            sets = [one for one in sheet["autotiles"] if one["kind"] in EDGES]
            if not sets or width != height:
                continue
            picture = np.array(Image.open(io.BytesIO(art.read(sheet["sheet"]))).convert("RGBA"))
            for one in sets:
                cells = {int(mask): cell for mask, cell in one["cells"].items()}
                full = _cell(picture, cells[15 if one["kind"] == "corner13" else 255], width)
                for side, mask in EDGES[one["kind"]].items():
                    yield measure(_cell(picture, cells[mask], width), full, side)


def our_edges(tile_px: int) -> Iterator[Edge]:
    """The edges of sets of ours, from tiles of the exemplar library."""
    for kind, *words in OURS:
        upper, lower = (_ground(word, tile_px) for word in words)
        border = make_border(kind, upper, lower, tile_px=tile_px)
        tiles = make_tileset(TilesetDesign("corner", upper, lower, border, seed=1)).tiles
        for side, code in EDGES["corner13"].items():
            yield measure(tiles[(code, 0)], tiles[(15, 0)], side)


def _ground(word: str, tile_px: int) -> Rgba:
    tile = find_exemplars(word, 1, side_px=tile_px, joins=True)[0].pixels
    return merge_colors(fit(tile, (tile_px, tile_px), joins=True), max_colors=8)


def _cell(picture: Rgba, cell: list[int], side: int) -> Rgba:
    column, row = cell
    return picture[row * side : (row + 1) * side, column * side : (column + 1) * side]


def _keys(pixels: Rgba) -> NDArray[np.int64]:
    return pixels.astype(np.int64) @ np.array([1 << 24, 1 << 16, 1 << 8, 1])


def summed_up(edges: list[Edge]) -> dict[str, object]:
    """Quartiles of each measure, and the light by side."""
    told: dict[str, object] = {"edges": len(edges)}
    for name in ("line_px", "wander_px"):
        told[name] = np.quantile([getattr(one, name) for one in edges], [0.25, 0.5, 0.75]).round(2).tolist()
    for side in "NESW":
        lines = [one for one in edges if one.side == side]
        lights = [one.light for one in lines if one.light is not None]
        told[f"line_{side}"] = {
            "px": round(float(np.median([one.line_px for one in lines])), 2),
            "light": round(float(np.median(lights)), 3) if lights else None,
        }
    return told


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("packs", type=Path, nargs="+")
    packs: list[Path] = parser.parse_args().packs
    drawn = [edge for folder in packs for edge in drawn_edges(folder)]
    told = {"drawn": summed_up(drawn), **{f"ours_{px}": summed_up(list(our_edges(px))) for px in (16, 32)}}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
