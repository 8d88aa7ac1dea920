"""What was seen by eye in the packs: things that a sheet was cut through, and pictures without a caption."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pixels_mcp.exemplars.ramps import Rgba

_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("pack_wholes.toml").read_text(encoding="utf-8"))
_SHEETS: dict[str, str] = _TABLES["sheets"]
_LINE = re.compile(r"^(\d+),(\d+) (\d+)x(\d+) (.+)$", re.MULTILINE)
_CELL = re.compile(r"^(.+)_r(\d+)c(\d+)\.png$")


def told_captions(pack: str) -> dict[str, str]:
    """What single pictures of a pack show, by path; empty for what is nothing of its own."""
    start = f"{pack}/"
    told: dict[str, str] = _TABLES["pictures"]
    return {f"{path.removeprefix(start)}.png": said for path, said in told.items() if path.startswith(start)}


def whole_things(pack: str, pictures: Iterable[tuple[str, Rgba]]) -> list[tuple[str, Rgba, str]]:
    """Put the cells of the sheets of a pack together where the table says that they are one thing.

    Args:
        pack: Its name.
        pictures: Path and pixels, (H, W, 4) uint8, of every picture; cells are named `SHEET_r03c12.png`.

    Returns:
        Path, pixels and caption of each thing all of whose cells are there.
    """
    start = f"{pack}/"
    pictures = list(pictures)
    by_path = {f"{start}{path}": pixels for path, pixels in pictures}
    wanted = {sheet.removeprefix(start): text for sheet, text in _SHEETS.items() if sheet.startswith(start)}
    cells: dict[str, dict[tuple[int, int], Rgba]] = {}
    for path, pixels in pictures:
        cell = _CELL.match(path)
        if cell and cell[1] in wanted:
            cells.setdefault(cell[1], {})[int(cell[2]), int(cell[3])] = pixels
    things: list[tuple[str, Rgba, str]] = []
    for sheet, text in wanted.items():
        for line in _LINE.finditer(text):
            row, column, width, height = map(int, line.groups()[:4])
            rows = [[cells.get(sheet, {}).get((y, x)) for x in range(column, column + width)]
                    for y in range(row, row + height)]  # fmt: skip
            whole = _joined(rows)
            if whole is not None:
                things.append((f"{sheet}_r{row:02d}c{column:02d}_{width}x{height}.png", whole, line[5]))
    for number, joined in enumerate(_TABLES["joined"]):
        rows = [[by_path.get(f"{cell}.png") for cell in row] for row in joined["cells"]]
        whole = _joined(rows)
        if whole is not None:
            folder = str(joined["cells"][0][0]).removeprefix(start).rpartition("/")[0]
            size = f"{len(rows[0])}x{len(rows)}"
            things.append((f"{folder}/joined_r{number:02d}c00_{size}.png", whole, joined["caption"]))
    return things


def _joined(rows: list[list[Rgba | None]]) -> Rgba | None:
    """Cells side by side; a missing one is clear, for sheets were cut without their empty cells."""
    shapes = {cell.shape for row in rows for cell in row if cell is not None}
    if len(shapes) != 1:
        return None
    nothing = np.zeros(shapes.pop(), dtype=np.uint8)
    return np.concatenate([np.concatenate([nothing if c is None else c for c in row], axis=1) for row in rows])
