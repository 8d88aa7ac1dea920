"""Make endless training pairs from the tiles: other colours, mirrors, shifts, and captions that say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.exemplars.ramps import (
    HUE_DEG,
    RAMPS,
    Rgba,
    apply_ramp,
    main_colors,
    main_hue_deg,
    turn_hue,
)
from pixels_mcp.exemplars.words import COLOR_OF, COLOR_SYNONYMS, synonyms_of
from pixels_mcp.training.packs.captions import BACKGROUND_KINDS
from pixels_mcp.training.packs.pack_captions import STYLES
from pixels_mcp.training.packs.tiles import Tile

EMPTY_CAPTION_SHARE = 0.1
STYLE_SHARE = 0.35
"""How often a caption names the look; it is left out as often as users leave it out."""
POSE_SHARE = 0.5
TRUE_TO_COLOR_SHARE = 0.4
"""How often things of `TRUE_TO_COLOR` are recoloured, against others."""
TRUE_TO_COLOR = frozenset({"character", "portrait", "animal", "food", "building", "furniture", "ui", "icon"})
"""Kinds that come in many colours already, or that have a colour by nature: green faces teach little."""
_GENERIC = {
    "monster": "monster", "person": "character", "character": "character", "animal": "animal", "weapon": "weapon",
    "armour": "armour", "food": "food", "plant": "plant", "effect": "effect", "icon": "icon", "item": "item",
    "worn": "clothes", "vehicle": "vehicle", "building": "building", "furniture": "furniture",
}  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """The tiles that a run draws from, with what augmentation asks of them again and again.

    Attributes:
        tiles: Training tiles.
        share: (tiles,) float64, how often each is drawn; sums to 1.
        hue_deg: Main hue of each, None for grey ones.
        weight: Sum of the tiles' weights.
        reach: (tiles,) float64, the sum of the shares up to and with each.
    """

    tiles: list[Tile]
    share: NDArray[np.float64]
    hue_deg: list[float | None]
    weight: float
    reach: NDArray[np.float64]

    @classmethod
    def of(cls, tiles: list[Tile]) -> Sources:
        """Weigh the tiles and measure their hues."""
        weight = np.array([tile.weight for tile in tiles])
        total = float(weight.sum())
        share = weight / total
        return cls(tiles, share, [main_hue_deg(tile.pixels) for tile in tiles], total, np.cumsum(share))


def sources_by_canvas(tiles: list[Tile]) -> dict[int, Sources]:
    """Part tiles by the side of their canvas in px: a batch has one canvas."""
    sides = sorted({len(tile.pixels) for tile in tiles})
    return {side: Sources.of([tile for tile in tiles if len(tile.pixels) == side]) for side in sides}


def draw_pair(sources: Sources, random: np.random.Generator) -> tuple[Rgba, str]:
    """Draw one tile, recolour and move it by chance, and caption what it shows now."""
    # `choice` would add up all shares again for every pair.
    number = min(int(np.searchsorted(sources.reach, random.random(), side="right")), len(sources.tiles) - 1)
    tile = sources.tiles[number]
    pixels, colors, recolored = _recolor(tile, sources.hue_deg[number], random)
    if not recolored and random.random() < 0.5:
        pixels = _jitter(pixels, random)
    return _move(pixels, tile, random), _caption(tile, colors, recolored, random)


def _recolor(tile: Tile, hue_deg: float | None, random: np.random.Generator) -> tuple[Rgba, list[str], bool]:
    pixels = tile.pixels
    chance = random.random()
    if tile.words.kind in TRUE_TO_COLOR:
        chance /= TRUE_TO_COLOR_SHARE
    ramp_share = 0.18 if hue_deg is not None else 0.45
    if chance < ramp_share:
        ramp = str(random.choice(list(RAMPS)))
        return apply_ramp(pixels, ramp, stretch=bool(random.random() < 0.7)), [ramp], True
    if hue_deg is not None and chance < ramp_share + 0.42:
        name = str(random.choice(list(HUE_DEG)))
        turned = turn_hue(pixels, HUE_DEG[name] - hue_deg + float(random.uniform(-8, 8)))
        return turned, main_colors(turned), True
    return pixels, main_colors(pixels), False


def _jitter(pixels: Rgba, random: np.random.Generator) -> Rgba:
    """Change light and contrast by up to a tenth."""
    gain, lift = random.uniform(0.9, 1.12), random.uniform(-10, 10)
    rgb = (pixels[..., :3].astype(np.float32) * gain + lift).clip(0, 255).astype(np.uint8)
    jittered = np.dstack([rgb, pixels[..., 3]])
    jittered[pixels[..., 3] == 0] = 0
    return jittered


def _move(pixels: Rgba, tile: Tile, random: np.random.Generator) -> Rgba:
    if tile.words.mirrors and random.random() < 0.5:
        pixels = pixels[:, ::-1]
    if tile.words.kind in BACKGROUND_KINDS:
        if (pixels[..., 3] > 127).all() and tile.words.kind == "floor":
            return np.roll(pixels, tuple(random.integers(0, len(pixels), 2)), axis=(0, 1))
        return pixels
    rows, columns = np.nonzero(pixels[..., 3] > 0)
    if len(rows) == 0:
        return pixels
    last, reach = len(pixels) - 1, len(pixels) // 16
    down = int(np.clip(random.integers(-reach, reach + 1), -rows.min(), last - rows.max()))
    right = int(np.clip(random.integers(-reach, reach + 1), -columns.min(), last - columns.max()))
    return np.roll(pixels, (down, right), axis=(0, 1))


def _caption(tile: Tile, colors: list[str], recolored: bool, random: np.random.Generator) -> str:
    if random.random() < EMPTY_CAPTION_SHARE:
        return ""
    about = tile.words
    chosen = colors[:1] if random.random() < 0.75 else colors[:2]
    # What was recoloured is never left unsaid, or a prompt without a colour would ask for any colour.
    said = [_say_color(color, random) for color in chosen] if recolored or random.random() < 0.85 else []
    rest: list[str] = []
    for word in about.words:
        if word in COLOR_OF:
            # A colour or material in the name is true only of the tile's own colours.
            if recolored or word in said or random.random() < 0.5:
                continue
        elif word != about.head and random.random() < 0.25:
            continue
        others = synonyms_of(word)
        if others and random.random() < 0.2:
            word = str(random.choice(others))
        rest.append(word)
    if about.kind in _GENERIC and random.random() < 0.25:
        rest.append(_GENERIC[about.kind])
    if about.head in rest and random.random() < 0.05:
        rest.remove(about.head)
    if tile.pose and ("back" in tile.pose or random.random() < POSE_SHARE):
        rest = [*tile.pose, *rest]
    caption = said + rest
    if random.random() < 0.1:
        random.shuffle(caption)
    plain = " ".join(dict.fromkeys(caption))
    if tile.style and random.random() < STYLE_SHARE:
        look = STYLES[tile.style]["words"]
        return f"{look} {plain}" if random.random() < 0.3 else f"{plain} {look}"
    return plain


def _say_color(color: str, random: np.random.Generator) -> str:
    if random.random() < 0.8:
        return "golden" if color == "gold" and random.random() < 0.5 else color
    return str(random.choice(COLOR_SYNONYMS[color]))
