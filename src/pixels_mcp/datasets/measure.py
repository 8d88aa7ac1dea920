"""How far finished sprites are from a set: its style, how alike they are among themselves, how many are near-copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.datasets.dataset import Dataset, open_pixels
from pixels_mcp.pixelart.drawing.canvas import place, trim
from pixels_mcp.pixelart.near_copies import NEAR_COPY_SHARE, nearest_tile_shares
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.style_of_set import PICTURES_MIN, StyleDistance, StyleOfSet
from pixels_mcp.told_apart import JsonObject

_CELLS = 8


@dataclass(frozen=True, eq=False)
class SetMeasure:
    """Sprites beside a set.

    Attributes:
        distance: Of all of them together, every feature told.
        each: Of each by itself, by the set's yardstick: about 1 is one of the set.
        inconsistency: Their own spread over the set's; None for fewer than three.
        different_from_nearest: Of each, the share of its pixels that looks different in the set's picture most like it.
    """

    distance: StyleDistance
    each: tuple[float, ...]
    inconsistency: float | None
    different_from_nearest: tuple[float, ...]

    @property
    def near_copies(self) -> tuple[int, ...]:
        """Places of the sprites that are nearly a trained picture."""
        return tuple(n for n, share in enumerate(self.different_from_nearest) if share < NEAR_COPY_SHARE)

    @property
    def near_copies_share(self) -> float:
        """Share of them."""
        return len(self.near_copies) / len(self.different_from_nearest)

    def to_dict(self) -> JsonObject:
        """As JSON shows it."""
        return {
            "pictures": len(self.each),
            "style_distance": round(self.distance.distance, 4),
            "own_distance": round(self.distance.own_distance, 4),
            "ratio": round(self.distance.ratio, 4),
            "inconsistency": None if self.inconsistency is None else round(self.inconsistency, 4),
            "near_copies": len(self.near_copies),
            "near_copies_share": round(self.near_copies_share, 4),
            "colors_unused": self.distance.colors_unused,
            "features": [
                {"name": one.name, "value": _known(one.value), "expected": _known(one.expected), "off": _known(one.off)}
                for one in self.distance.features
            ],
        }


def style_of(folder: Path, dataset: Dataset) -> StyleOfSet:
    """The style of all pictures of a set. A canvas is no style: they are measured as they are without their margins.

    Raises:
        PixelArtError: The set is too small.
        DatasetError: A picture of the set is gone.
    """
    return StyleOfSet([_bare(open_pixels(folder, one)) for one in dataset.pictures])


def measure_style(folder: Path, dataset: Dataset, sprites: Sequence[Rgba]) -> SetMeasure:
    """Measure finished sprites, native pixels of any size.

    Raises:
        PixelArtError: None shows anything, or the set is too small.
        DatasetError: A picture of the set is gone.
    """
    pictures = [open_pixels(folder, one) for one in dataset.pictures]
    style = style_of(folder, dataset)
    bare = [_bare(one) for one in sprites]
    return SetMeasure(
        distance=style.distance_of_batch(bare),
        each=tuple(style.distance_of(one).ratio for one in bare if (one[..., 3] > 0).any()),
        inconsistency=style.inconsistency_of(bare) if len(bare) >= PICTURES_MIN else None,
        different_from_nearest=tuple(_nearest(bare, [_bare(one) for one in pictures])),
    )


def _nearest(sprites: Sequence[Rgba], pictures: Sequence[Rgba]) -> list[float]:
    side = max(max(one.shape[:2]) for one in (*sprites, *pictures))
    side = -(-side // _CELLS) * _CELLS
    framed = [[place(one, (side, side)) for one in group] for group in (sprites, pictures)]
    return nearest_tile_shares(framed[0], framed[1])


def _bare(pixels: Rgba) -> Rgba:
    return trim(pixels)


def _known(value: float) -> float | None:
    return None if value != value else round(value, 4)
