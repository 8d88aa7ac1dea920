"""Does what is drawn look as asked: a judge of looks trained on real tiles, and how alike a batch is; prints JSON.

python bench/style_judge.py [--tiles-of-a-look 300] [--seed 7] [--sheet PNG]

The judge is a small network over the style fingerprint, trained on tiles of the exemplar library that are not held out
and tried on those that are. Then sixteen different things are drawn in every look that can be asked for, as a batch
would draw and finish them. A batch's spread is that of the features of its sprites over the spread of as many tiles of
different names of the same look and size.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pixels_mcp.exemplars.finder import find_exemplars, library
from pixels_mcp.models.describe import MINI_FOLDER
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.fingerprint import fingerprint
from pixels_mcp.pixelart.style.named_looks import LookWish
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
from pixels_mcp.set_words import LOOK_SIDE_PX, LookName
from pixels_mcp.training.judging.evaluation_settings import settings_of_card
from pixels_mcp.training.judging.samples import Artist, save_sheet

THINGS = (
    "sword", "axe", "bow", "shield", "potion", "key", "chest", "coin", "heart", "gem", "skull", "mushroom", "tree",
    "barrel", "skeleton", "knight",
)  # fmt: skip
HIDDEN, STEPS, RATE = 64, 600, 1e-2
SETS_OF_SIXTEEN = 9


class Judge:
    """Tells the look of a picture by its fingerprint and size."""

    def __init__(self, pictures: list[Rgba], looks: list[str], seed: int) -> None:
        self.names = sorted(set(looks))
        features = np.stack([features_of(picture) for picture in pictures])
        self._medians = np.nanmedian(features, axis=0)
        filled = self._filled(features)
        self._mean, self._spread = filled.mean(axis=0), filled.std(axis=0) + 1e-6
        numbers = torch.tensor([self.names.index(look) for look in looks])
        torch.manual_seed(seed)
        self._net = torch.nn.Sequential(
            torch.nn.Linear(features.shape[1], HIDDEN),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(HIDDEN, len(self.names)),
        )
        optimizer = torch.optim.AdamW(self._net.parameters(), RATE, weight_decay=0.05)
        given = self._ready(features)
        for _ in range(STEPS):
            loss = torch.nn.functional.cross_entropy(self._net(given), numbers, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self._net.eval()

    def looks(self, pictures: list[Rgba]) -> list[str]:
        """The look of each picture."""
        with torch.no_grad():
            told = self._net(self._ready(np.stack([features_of(picture) for picture in pictures]))).argmax(dim=1)
        return [self.names[int(number)] for number in told]

    def _filled(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.isnan(features), self._medians, features)

    def _ready(self, features: NDArray[np.float64]) -> torch.Tensor:
        scaled = (self._filled(features) - self._mean) / self._spread
        return torch.from_numpy(scaled.clip(-5, 5)).float()


def features_of(picture: Rgba) -> NDArray[np.float64]:
    """The fingerprint, the counts among it as logarithms, and the side."""
    told = fingerprint(picture)
    counts = np.log([told.colors, told.region_px, 1 + told.orphans_per_1000, len(picture)])
    return np.concatenate([told.to_array(), counts])


def finished(pixels: Rgba, look: LookName | None = None) -> Rgba:
    """As a request finishes it."""
    wish = None if look is None else LookWish(look)
    return finish_sprite(pixels, size_px=(len(pixels), len(pixels)), look=wish).pixels


def real_tiles(count: int, seed: int) -> dict[bool, list[tuple[Rgba, str, str]]]:
    """Finished tiles of things, at most `count` a look, their look and noun; those that are held out under True."""
    index = library().index
    random = np.random.default_rng(seed)
    order = random.permutation(len(index.entries))
    kept: dict[bool, list[tuple[Rgba, str, str]]] = {False: [], True: []}
    taken: dict[tuple[bool, str], int] = {}
    for number in order:
        entry = index.entries[int(number)]
        key = (entry.held_out, entry.style)
        if not entry.style or entry.kind in index.background_kinds or taken.get(key, 0) >= count:
            continue
        taken[key] = taken.get(key, 0) + 1
        kept[entry.held_out].append((finished(index.pixels(int(number))), entry.style, entry.head))
    return kept


def draw(look: LookName, artist: Artist) -> list[Rgba]:
    """Each thing in a look, from the exemplar and at the size that a batch takes."""
    settings = settings_of_card(MINI_FOLDER / "mini.json")
    side = LOOK_SIDE_PX[look]
    tiles = [find_exemplars(thing, 1, side_px=side, style=look)[0] for thing in THINGS]
    raw = artist.draw(
        [f"{thing} {library().index.styles[look]}" for thing in THINGS],
        steps=settings.steps,
        guidance_scale=settings.guidance_scale,
        strength=settings.strength,
        references=[fit(tile.pixels, (side, side)) for tile in tiles],
        side_px=side,
    )
    return [finished(pixels, look) for pixels in raw]


def spread_of(batch: list[Rgba], tiles: list[tuple[Rgba, str, str]], seed: int) -> float:
    """Spread of a batch's features over that of sets of as many tiles of different names, the median of nine sets."""
    random = np.random.default_rng(seed)
    whole = StyleOfSet([picture for picture, _, _ in tiles])
    own: list[float] = []
    for _ in range(SETS_OF_SIXTEEN):
        names: dict[str, Rgba] = {}
        for number in random.permutation(len(tiles)):
            names.setdefault(tiles[int(number)][2], tiles[int(number)][0])
        own.append(whole.inconsistency_of(list(names.values())[: len(batch)]))
    return whole.inconsistency_of(batch) / float(np.median(own))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles-of-a-look", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    tiles = real_tiles(given.tiles_of_a_look, given.seed)
    judge = Judge([t[0] for t in tiles[False]], [t[1] for t in tiles[False]], given.seed)
    told = judge.looks([t[0] for t in tiles[True]])
    right = [look == t[1] for look, t in zip(told, tiles[True], strict=True)]
    artist = Artist(MINI_FOLDER)
    sheets: dict[LookName, list[Rgba]] = {look: draw(look, artist) for look in LOOK_SIDE_PX}
    looks: dict[str, dict[str, object]] = {}
    for look, drawn in sheets.items():
        seen = judge.looks(drawn)
        side = LOOK_SIDE_PX[look]
        own = [t for t in tiles[False] if t[1] == look and len(t[0]) == side]
        looks[look] = {
            "drawn": len(drawn),
            "side_px": side,
            "seen_as_asked": seen.count(look),
            "seen": {other: seen.count(other) for other in sorted(set(seen))},
            "spread_over_tiles": round(spread_of(drawn, own, given.seed), 2),
        }
    if given.sheet:
        every = [pixels for drawn in sheets.values() for pixels in drawn]
        save_sheet(every, given.sheet, columns=len(THINGS), scale=2)
    counts = [len(drawn) for drawn in sheets.values()]
    obeyed = sum(int(str(one["seen_as_asked"])) for one in looks.values())
    answer = {
        "real_held_out": {"right": round(float(np.mean(right)), 3), "n": len(right)},
        "style_obeyed": {"share": round(obeyed / sum(counts), 3), "n": sum(counts)},
        "looks": looks,
    }
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
