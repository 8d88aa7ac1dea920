"""Say which colours a sprite has, and give it others: a turn of the hue, or a ramp for what is grey."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]

HUE_DEG: dict[str, float] = {
    "red": 0.0,
    "orange": 28.0,
    "yellow": 52.0,
    "green": 120.0,
    "cyan": 184.0,
    "blue": 224.0,
    "purple": 278.0,
    "pink": 322.0,
}
"""The middle of each colour word's part of the HSV circle."""

RAMPS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "red": ((38, 4, 20), (132, 16, 32), (214, 36, 40), (255, 120, 96), (255, 214, 196)),
    "orange": ((48, 16, 8), (150, 62, 12), (236, 124, 20), (255, 180, 72), (255, 232, 184)),
    "yellow": ((60, 36, 8), (170, 118, 16), (244, 206, 32), (255, 236, 104), (255, 252, 214)),
    "green": ((6, 32, 24), (20, 100, 44), (44, 176, 56), (132, 228, 92), (222, 255, 190)),
    "cyan": ((6, 32, 44), (12, 112, 128), (28, 194, 204), (116, 236, 232), (214, 255, 252)),
    "blue": ((10, 12, 56), (24, 48, 144), (44, 96, 228), (108, 168, 255), (208, 232, 255)),
    "purple": ((28, 8, 52), (84, 28, 136), (146, 60, 214), (198, 128, 250), (238, 212, 255)),
    "pink": ((52, 8, 40), (160, 36, 112), (240, 88, 176), (255, 152, 210), (255, 222, 242)),
    "brown": ((26, 14, 10), (78, 44, 24), (128, 78, 40), (172, 118, 70), (214, 170, 120)),
    "white": ((84, 88, 108), (168, 174, 190), (222, 226, 234), (246, 248, 252), (255, 255, 255)),
    "grey": ((22, 22, 28), (74, 76, 84), (128, 130, 138), (180, 182, 190), (228, 230, 236)),
    "black": ((4, 4, 8), (16, 16, 22), (32, 32, 42), (58, 60, 74), (116, 120, 138)),
    "gold": ((58, 30, 6), (148, 92, 16), (226, 168, 36), (255, 218, 92), (255, 248, 204)),
    "silver": ((40, 44, 56), (104, 112, 128), (168, 178, 194), (214, 222, 234), (250, 252, 255)),
}
"""Five colours from dark to light for each colour word; shadows lean to blue or purple, lights to yellow."""

GROUND_RAMPS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "ice": ((92, 142, 184), (140, 190, 222), (180, 218, 240), (216, 240, 250), (250, 255, 255)),
    "snow": ((150, 166, 196), (196, 208, 228), (226, 234, 246), (244, 248, 253), (255, 255, 255)),
    "moss": ((24, 46, 18), (50, 84, 26), (84, 126, 38), (126, 168, 56), (182, 210, 104)),
    "swamp": ((24, 32, 24), (44, 54, 32), (72, 80, 40), (104, 112, 52), (148, 152, 84)),
    "wood": ((52, 30, 18), (96, 60, 32), (146, 96, 54), (184, 130, 80), (216, 170, 118)),
    "cobblestone": ((38, 38, 46), (76, 76, 84), (114, 114, 120), (152, 152, 156), (198, 198, 200)),
    "ash": ((28, 28, 32), (56, 54, 58), (88, 86, 88), (122, 118, 118), (164, 160, 158)),
    "clay": ((84, 36, 24), (132, 62, 40), (174, 92, 60), (204, 126, 90), (230, 166, 128)),
    "salt": ((172, 164, 156), (206, 200, 192), (230, 226, 218), (244, 242, 236), (255, 254, 250)),
    "straw": ((104, 72, 20), (156, 116, 36), (202, 162, 62), (230, 198, 104), (248, 230, 158)),
    "coral": ((120, 36, 52), (182, 66, 76), (232, 110, 106), (250, 156, 140), (255, 206, 190)),
    "rust": ((50, 22, 14), (94, 44, 24), (142, 74, 36), (178, 104, 56), (208, 144, 92)),
}
"""The same for grounds that one knows by their colors."""

COLOR_NAMES: tuple[str, ...] = (*HUE_DEG, "brown", "white", "grey", "black")
"""The twelve words that `name_pixels` gives, in the order of their numbers."""

_LIGHT = {"yellow": 0.82, "orange": 0.76, "pink": 0.74, "cyan": 0.66}
"""Mean value (HSV) of a body that one calls by these words; darker, yellow is olive and orange is brown."""
_PARTS_DEG = ((15, "orange"), (42, "yellow"), (68, "green"), (165, "cyan"), (200, "blue"), (258, "purple"))
_ORDER = {name: number for number, name in enumerate(COLOR_NAMES)}


def to_hsv(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn (..., 3) uint8 sRGB into hue in degrees, saturation and value (0 to 1)."""
    scaled = rgb.astype(np.float32) / 255.0
    high = scaled.max(axis=-1)
    chroma = high - scaled.min(axis=-1)
    safe = np.where(chroma > 1e-6, chroma, 1.0)
    red, green, blue = scaled[..., 0], scaled[..., 1], scaled[..., 2]
    hue = np.where(
        high == red,
        ((green - blue) / safe) % 6.0,
        np.where(high == green, (blue - red) / safe + 2.0, (red - green) / safe + 4.0),
    )
    hue = np.where(chroma > 1e-6, hue * 60.0, 0.0)
    saturation = np.where(high > 0, chroma / np.maximum(high, 1e-6), 0.0)
    return np.stack([hue, saturation, high], axis=-1).astype(np.float32)


def from_hsv(hsv: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Turn hue in degrees, saturation and value back into (..., 3) uint8 sRGB."""
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    channels: list[NDArray[np.float64]] = []
    for offset in (5.0, 3.0, 1.0):
        k = (offset + hue / 60.0) % 6.0
        channels.append(value - value * saturation * np.clip(np.minimum(k, 4.0 - k), 0.0, 1.0))
    return (np.stack(channels, axis=-1) * 255.0 + 0.5).clip(0, 255).astype(np.uint8)


def name_pixels(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give each of (..., 3) uint8 colours the number of its word in `COLOR_NAMES`."""
    hsv = to_hsv(rgb)
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    number = np.full(hue.shape, _ORDER["red"], dtype=np.int64)
    for start_deg, name in _PARTS_DEG:
        number[hue >= start_deg] = _ORDER[name]
    number[(hue >= 300) & (hue < 345)] = _ORDER["pink"]
    number[hue >= 345] = _ORDER["red"]
    number[(number == _ORDER["orange"]) & (value < 0.7)] = _ORDER["brown"]
    number[(number == _ORDER["red"]) & (value < 0.45) & (saturation < 0.7)] = _ORDER["brown"]
    # In the dark a few levels make a saturation that no eye sees.
    grey = (saturation < 0.2) | (saturation * value < 0.1)
    number[grey] = _ORDER["grey"]
    number[grey & (value > 0.8)] = _ORDER["white"]
    number[value < 0.22] = _ORDER["black"]
    return number


def main_colors(pixels: Rgba) -> list[str]:
    """Name the one or two colours that a sprite is made of; outlines and shadows do not count.

    Args:
        pixels: (H, W, 4) uint8.

    Returns:
        The largest first; black and grey only where there is nothing else; empty for an empty picture.
    """
    opaque = pixels[pixels[..., 3] > 127][:, :3]
    if len(opaque) == 0:
        return []
    counts = np.bincount(name_pixels(opaque), minlength=len(COLOR_NAMES))
    order = np.argsort(-counts, kind="stable")
    dull = {_ORDER["black"], _ORDER["grey"]}
    colored = counts.sum() - counts[list(dull)].sum()
    named = [n for n in order if n not in dull and counts[n] >= max(0.3 * colored, 0.12 * len(opaque))]
    return [COLOR_NAMES[n] for n in named[:2]] or [COLOR_NAMES[order[0]]]


def main_hue_deg(pixels: Rgba) -> float | None:
    """Find the hue that most of the colour lies around, or None for a grey picture."""
    opaque = pixels[pixels[..., 3] > 127][:, :3]
    if len(opaque) == 0:
        return None
    hsv = to_hsv(opaque)
    weight = np.where((hsv[:, 1] > 0.2) & (hsv[:, 2] > 0.2), hsv[:, 1] * hsv[:, 2], 0.0)
    if np.count_nonzero(weight) < 0.25 * len(opaque):
        return None
    bins = np.bincount((hsv[:, 0] / 10).astype(np.int64) % 36, weights=weight, minlength=36)
    smooth = bins + 0.7 * (np.roll(bins, 1) + np.roll(bins, -1))
    peak = int(smooth.argmax())
    angle = np.deg2rad(hsv[:, 0])
    near = weight * (np.abs((hsv[:, 0] - (peak * 10 + 5) + 180) % 360 - 180) < 20)
    return float(np.rad2deg(np.arctan2((near * np.sin(angle)).sum(), (near * np.cos(angle)).sum())) % 360)


def turn_hue(pixels: Rgba, shift_deg: float) -> Rgba:
    """Turn every pixel's hue (HSV) by `shift_deg`; alpha, saturation and value stay."""
    hsv = to_hsv(pixels[..., :3])
    hsv[..., 0] = (hsv[..., 0] + shift_deg) % 360.0
    return np.dstack([from_hsv(hsv), pixels[..., 3]])


def apply_ramp(pixels: Rgba, ramp: str, *, stretch: bool = True) -> Rgba:
    """Paint a sprite with the five colours of a ramp by its own light and dark.

    Args:
        pixels: (H, W, 4) uint8.
        ramp: A key of `RAMPS` or `GROUND_RAMPS`.
        stretch: Spread the sprite's own darkest to lightest over the whole ramp.
    """
    luma = pixels[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32) / 255.0
    opaque = pixels[..., 3] > 127
    if stretch and opaque.any():
        low, high = np.quantile(luma[opaque], (0.02, 0.98))
        middle = float(np.median(luma[opaque]))
        span = max(float(high - low), 0.25)
        luma = np.clip((luma - low) / span, 0.0, 1.0)
        # A dark tile's middle is brought near the ramp's middle, or it would come out black whatever was asked.
        middle = min(max((middle - float(low)) / span, 0.05), 0.95)
        luma = luma ** float(np.clip(np.log(0.5) / np.log(middle), 0.45, 1.6))
    colors = np.array(RAMPS.get(ramp) or GROUND_RAMPS[ramp], dtype=np.float32)
    stops = np.linspace(0.0, 1.0, len(colors))
    rgb = np.stack([np.interp(luma, stops, colors[:, channel]) for channel in range(3)], axis=-1)
    painted = np.dstack([(rgb + 0.5).astype(np.uint8), pixels[..., 3]])
    painted[pixels[..., 3] == 0] = 0
    return painted


def wears(pixels: Rgba, color: str) -> bool:
    """Whether a sprite has the asked colour already, over much of it and clearly enough to be called so."""
    near = {"gold": ("yellow", "orange"), "silver": ("grey", "white")}.get(color, (color,))
    opaque = pixels[pixels[..., 3] > 127][:, :3]
    if len(opaque) == 0:
        return False
    numbers = name_pixels(opaque)
    has_it = np.isin(numbers, [_ORDER[name] for name in near])
    counted = has_it | (numbers != _ORDER["black"])
    # White and grey edges are in most sprites; a hue that takes two fifths is what one calls it by.
    if has_it.sum() < (0.42 if color in HUE_DEG else 0.6) * counted.sum() or has_it.sum() < 0.2 * len(opaque):
        return False
    hsv = to_hsv(opaque[has_it])
    bright = float(hsv[:, 2].mean()) > _LIGHT.get(color, 0.0) - 0.16
    return color not in (*HUE_DEG, "gold") or (bright and float((hsv[:, 1] * hsv[:, 2]).mean()) > 0.36)


def recolor_to(pixels: Rgba, color: str) -> tuple[Rgba, float | None, str | None]:
    """Give a sprite the asked colour and leave its accents alone where that suffices.

    A coloured body has its hue turned; a grey body, or a colour that is no hue (brown, white, gold), takes a ramp.

    Args:
        pixels: (H, W, 4) uint8.
        color: A key of `RAMPS`.

    Returns:
        The new picture, the turn of the hue in degrees or None, and the ramp's name or None.
    """
    if wears(pixels, color):
        return pixels, None, None
    hue_deg = main_hue_deg(pixels)
    hsv = to_hsv(pixels[..., :3])
    if color in HUE_DEG and hue_deg is not None:
        shift_deg = (HUE_DEG[color] - hue_deg + 180.0) % 360.0 - 180.0
        near = np.abs((hsv[..., 0] - hue_deg + 180.0) % 360.0 - 180.0) < 60.0
        for body in (near & (hsv[..., 1] > 0.12), hsv[..., 1] > 0.12):
            turned = np.where(
                body[..., None], _enlivened(turn_hue(pixels, shift_deg), body, _LIGHT.get(color, 0.6)), pixels
            ).astype(np.uint8)
            if wears(turned, color):
                return turned, round(shift_deg, 1), None
    painted = apply_ramp(pixels, color)
    if hue_deg is None:
        # The body is grey: its coloured parts (a hilt, eyes) are accents and keep their colour.
        colored = (hsv[..., 1] > 0.35) & (hsv[..., 2] > 0.25)
        accented = np.where(colored[..., None], pixels, painted).astype(np.uint8)
        if wears(accented, color):
            return accented, None, color
    return painted, None, color


def _enlivened(pixels: Rgba, body: NDArray[np.bool_], light: float) -> Rgba:
    """Raise the body's saturation and light where they are too low for a colour to be named (olive is no yellow)."""
    hsv = to_hsv(pixels[..., :3])
    mine = body & (pixels[..., 3] > 127)
    if not mine.any():
        return pixels
    saturation, value = float(hsv[..., 1][mine].mean()), float(hsv[..., 2][mine].mean())
    hsv[..., 1] = np.clip(hsv[..., 1] * np.clip(0.68 / max(saturation, 0.05), 1.0, 3.0), 0.0, 1.0)
    gamma = float(np.clip(np.log(light) / np.log(np.clip(value, 0.05, 0.95)), 0.4, 1.0))
    hsv[..., 2] = hsv[..., 2] ** gamma
    return np.dstack([from_hsv(hsv), pixels[..., 3]])
