#!/usr/bin/env python3
"""Recovery on pictures that image models really drew: how many get an answer, and at a size at which they are usable.

    python bench/real_pictures.py PICTURES --list LIST.tsv [--peers "perfectPixel (median),spritegrid"]

PICTURES holds the files of the list, each named by its id (006.png, 017.jpg). The list has the columns id, kind
(`single sprite`, `sheet`, `scene`, `screenshot, tile`: with cells that a person sees; `control`: no pixel art; others)
and sizes (COLUMNSxROWS at which the picture is usable, or -). A size says nothing of colors and eaten parts: look too.
"""

import argparse
import csv
import signal
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from pixel_recovery import PEERS
from pixels_mcp.pixelart.recovery import recover_image

WITH_CELLS = ("single sprite", "sheet", "scene", "screenshot, tile")
_TOLERANCE = 0.02
_LONGEST_S = 60
"""Processor time after which a tool has no answer to a picture."""

Recover = Callable[[Image.Image], Image.Image]


def main() -> None:
    """Print a line per tool and kind of picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--peers", default="", help="names of pixel_recovery.py's peers, with commas between")
    given = parser.parse_args()
    text = [line for line in given.list.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(text, delimiter="\t"))
    tools: dict[str, Recover] = {"pixels-mcp": recover_image}
    tools |= {name: PEERS[name][0] for name in given.peers.split(",") if name}
    signal.signal(signal.SIGPROF, _give_up)
    for name, recover in tools.items():
        measure(name, recover, rows, given.pictures)


def measure(name: str, recover: Recover, rows: list[dict[str, str]], folder: Path) -> None:
    """Run one tool over all pictures, and print how it did."""
    counts: dict[str, list[int]] = {}
    took_s = 0.0
    for row in rows:
        file = next(iter(sorted(folder.glob(f"{row['id']}.*"))), None)
        if file is None:
            continue
        picture = Image.open(file).convert("RGBA")
        if name != "pixels-mcp":
            white = Image.new("RGBA", picture.size, "white")
            white.alpha_composite(picture)
            picture = white.convert("RGB")
        began_s = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, _LONGEST_S)
        try:
            size = recover(picture).size
        except Exception as problem:
            print(f"    {row['id']}: {problem!r}"[:100])
            size = picture.size
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        took_s += time.process_time() - began_s
        answered = size != picture.size
        count = counts.setdefault(row["kind"], [0, 0, 0])
        for at, one in enumerate((True, answered, answered and is_good(size, row["sizes"]))):
            count[at] += one
    for kind, (pictures, answered, good) in counts.items():
        print(f"{name}: {kind}: {pictures} pictures, {answered} answered, {good} at a good size")
    pictures, answered, good = (sum(counts.get(kind, [0, 0, 0])[at] for kind in WITH_CELLS) for at in range(3))
    print(f"{name}: with cells {pictures}, {answered} answered, {good} at a good size; {took_s:.1f} CPU-s for all")


def _give_up(*_: object) -> None:
    raise TimeoutError(f"no answer within {_LONGEST_S} s of processor time")


def is_good(size: tuple[int, int], sizes: str) -> bool:
    """Whether a size is within 2 % (or a cell) of one at which the picture is usable."""
    usable = [tuple(map(int, one.split("x"))) for one in sizes.split() if "x" in one]
    return any(
        all(abs(side - wanted) <= max(1, round(_TOLERANCE * wanted)) for side, wanted in zip(size, one, strict=True))
        for one in usable
    )


if __name__ == "__main__":
    main()
