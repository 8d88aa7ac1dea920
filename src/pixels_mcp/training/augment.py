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
from pixels_mcp.training.captions import BACKGROUND_KINDS
from pixels_mcp.training.tiles import Tile

EMPTY_CAPTION_SHARE = 0.1
_GENERIC = {"monster": "monster", "person": "character", "weapon": "weapon", "armour": "armour", "food": "food",
            "plant": "plant", "effect": "effect", "icon": "icon", "item": "item", "worn": "clothes"}  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """The tiles that a run draws from, with what augmentation asks of them again and again.

    Attributes:
        tiles: Training tiles.
        share: (tiles,) float64, how often each is drawn; sums to 1.
        hue_deg: Main hue of each, None for grey ones.
    """

    tiles: list[Tile]
    share: NDArray[np.float64]
    hue_deg: list[float | None]

    @classmethod
    def of(cls, tiles: list[Tile]) -> Sources:
        """Weigh the tiles and measure their hues."""
        weight = np.array([tile.words.weight for tile in tiles])
        return cls(tiles, weight / weight.sum(), [main_hue_deg(tile.pixels) for tile in tiles])


def draw_pair(sources: Sources, random: np.random.Generator) -> tuple[Rgba, str]:
    """Draw one tile, recolour and move it by chance, and caption what it shows now."""
    number = int(random.choice(len(sources.tiles), p=sources.share))
    tile = sources.tiles[number]
    pixels, colors, recolored = _recolor(tile.pixels, sources.hue_deg[number], random)
    if not recolored and random.random() < 0.5:
        pixels = _jitter(pixels, random)
    return _move(pixels, tile, random), _caption(tile, colors, recolored, random)


def _recolor(pixels: Rgba, hue_deg: float | None, random: np.random.Generator) -> tuple[Rgba, list[str], bool]:
    chance = random.random()
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
            return np.roll(pixels, tuple(random.integers(0, 32, 2)), axis=(0, 1))
        return pixels
    rows, columns = np.nonzero(pixels[..., 3] > 0)
    if len(rows) == 0:
        return pixels
    down = int(np.clip(random.integers(-2, 3), -rows.min(), 31 - rows.max()))
    right = int(np.clip(random.integers(-2, 3), -columns.min(), 31 - columns.max()))
    return np.roll(pixels, (down, right), axis=(0, 1))


def _caption(tile: Tile, colors: list[str], recolored: bool, random: np.random.Generator) -> str:
    if random.random() < EMPTY_CAPTION_SHARE:
        return ""
    about = tile.words
    chosen = colors[:1] if random.random() < 0.75 else colors[:2]
    said = [_say_color(color, random) for color in chosen] if random.random() < 0.85 else []
    rest = []
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
    caption = said + rest
    if random.random() < 0.1:
        random.shuffle(caption)
    return " ".join(dict.fromkeys(caption))


def _say_color(color: str, random: np.random.Generator) -> str:
    if random.random() < 0.8:
        return "golden" if color == "gold" and random.random() < 0.5 else color
    return str(random.choice(COLOR_SYNONYMS[color]))
