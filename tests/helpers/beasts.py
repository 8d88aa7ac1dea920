"""Animals of ellipses, and the ways in which image models and chat tools hand them over; the truth is known."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation, gaussian_filter

Color = tuple[int, int, int]
WHITE: Color = (255, 255, 255)
INK: Color = (26, 20, 34)
COATS: list[Color] = [(150, 152, 180), (190, 122, 104), (186, 170, 154), (168, 84, 92), (96, 140, 92), (214, 168, 84)]


@dataclass(frozen=True)
class Beast:
    """An animal.

    Attributes:
        art: (n, n, 4) uint8, alpha 0 around it and in its holes.
        parts: (n, n) bool: chest, muzzle and paws.
    """

    art: np.ndarray
    parts: np.ndarray


def beast(side: int, seed: int, *, parts: Color | None = None, shades: int = 4) -> Beast:
    """Draw an animal on `side` x `side` cells, its coat in some shades, its chest, muzzle and paws in one colour.

    Args:
        side: Cells a side, 28 or more.
        seed: Of build, coat and freckles.
        parts: Colour of chest, muzzle and paws; None takes a light shade of the coat.
        shades: Number of the coat's shades.
    """
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side

    def oval(cx: float, cy: float, rx: float, ry: float) -> np.ndarray:
        rx, ry = rx * random.uniform(0.92, 1.08), ry * random.uniform(0.92, 1.08)
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1

    body = oval(0.5, 0.64, 0.22, 0.26)
    head = oval(0.5, 0.3, 0.25, 0.19)
    ears = oval(0.31, 0.14, 0.08, 0.08) | oval(0.69, 0.14, 0.08, 0.08)
    tail = oval(0.76, 0.68, 0.1, 0.13)
    paws = oval(0.39, 0.88, 0.1, 0.06) | oval(0.61, 0.88, 0.1, 0.06)
    chest, muzzle = oval(0.5, 0.66, 0.11, 0.14), oval(0.5, 0.38, 0.09, 0.06)
    eyes = oval(0.41, 0.28, 0.04, 0.05) | oval(0.59, 0.28, 0.04, 0.05)
    coat = np.array(COATS[int(random.integers(len(COATS)))], dtype=np.float64)
    step = np.clip((0.4 * x + y) * shades * 0.7 + random.normal(0, 0.35, (side, side)), 0, shades - 1).round()
    rgb = coat * (1.12 - 0.1 * step[..., None])
    lighter = np.clip(coat * 0.4 + 150, 0, 255) if parts is None else np.array(parts)
    inner = body | head | ears | tail | paws
    special = (chest | muzzle | paws) & inner
    rgb[special] = lighter
    rgb[eyes] = INK
    rgb[binary_dilation(paws) & ~paws & inner] = INK
    opaque = binary_dilation(inner)
    rgb[opaque & ~inner] = INK
    art = np.zeros((side, side, 4), dtype=np.uint8)
    art[..., :3] = np.clip(np.rint(rgb), 0, 255)
    art[..., 3] = 255
    art[~opaque] = 0
    return Beast(art, special & ~eyes)


def on_ground(art: np.ndarray, ground: Color | np.ndarray) -> np.ndarray:
    """A drawing on a colour, or on an (H, W, 3) picture: (H, W, 4) uint8, opaque."""
    laid = np.where(art[..., 3:] > 0, art[..., :3], np.array(ground))
    return np.dstack([laid, np.full(art.shape[:2], 255)]).astype(np.uint8)


def blurred(
    large: np.ndarray, blur_px: float, noise: float = 0.0, jpeg: int | None = None, seed: int = 0
) -> np.ndarray:
    """An enlarged picture as tools hand it over: (H, W, 4) uint8, opaque.

    Args:
        large: (H, W, 3 or 4), 0 to 255.
        blur_px: Gaussian sigma.
        noise: Standard deviation in levels.
        jpeg: Quality, or None.
        seed: Of the noise.
    """
    rgb = gaussian_filter(large[..., :3].astype(np.float64), (blur_px, blur_px, 0))
    rgb = rgb + np.random.default_rng(seed).normal(0, noise, rgb.shape) if noise else rgb
    picture = Image.fromarray(np.clip(np.rint(rgb), 0, 255).astype(np.uint8))
    if jpeg is not None:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=jpeg)
        picture = Image.open(buffer)
    return np.array(picture.convert("RGBA"))


def enlarged(art: np.ndarray, cell_px: float, wobble: float = 0.0, seed: int = 0) -> np.ndarray:
    """Art with its cells enlarged, their borders moved smoothly by up to `wobble` cells."""
    side_y, side_x = (round(length * cell_px) for length in art.shape[:2])
    y, x = np.mgrid[0:side_y, 0:side_x] / cell_px
    if wobble:
        random = np.random.default_rng(seed)
        for place in (y, x):
            field = gaussian_filter(random.standard_normal((side_y, side_x)), 3 * cell_px)
            place += wobble * field / np.abs(field).max()
    rows = np.clip(y.astype(int), 0, art.shape[0] - 1)
    columns = np.clip(x.astype(int), 0, art.shape[1] - 1)
    return art[rows, columns]


def glowing(art: np.ndarray, cell_px: int, ground: Color, seed: int, depth: float = 0.45) -> np.ndarray:
    """Art on a ground that darkens around it and towards the corners, enlarged, noisy, as JPEG."""
    large = enlarged(art, cell_px)
    drawn = large[..., 3] > 0
    near = gaussian_filter(drawn.astype(np.float64), 34)
    height, width = drawn.shape
    y, x = np.mgrid[0:height, 0:width]
    far = np.hypot(y / height - 0.5, x / width - 0.5)
    faded = np.array(ground) * (1 - depth * near)[..., None] * (1 - 0.12 * far)[..., None]
    return blurred(on_ground(large, faded), 0.8, noise=2.0, jpeg=88, seed=seed)


def checkered(height: int, width: int, square_px: float, light: int, dark: int) -> np.ndarray:
    """The two greys that a chat tool paints for "transparent": (height, width, 3) float."""
    y, x = np.mgrid[0:height, 0:width]
    odd = ((y / square_px).astype(int) + (x / square_px).astype(int)) % 2
    return np.repeat(np.where(odd, dark, light)[..., None], 3, axis=-1).astype(np.float64)


def starred(large: np.ndarray, radius_px: float, share: float = 0.65, color: Color = (128, 128, 128)) -> np.ndarray:
    """A picture with a maker's faint four-pointed star in its lower right corner."""
    height, width = large.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    y, x = y - (height - 2.2 * radius_px), x - (width - 2.2 * radius_px)
    star = (np.abs(x * y) < radius_px**2 * 0.133) & (np.maximum(np.abs(x), np.abs(y)) < radius_px)
    marked = large.astype(np.float64)
    marked[star, :3] = (1 - share) * marked[star, :3] + share * np.array(color)
    return np.rint(marked).astype(np.uint8)


def meadow(seed: int) -> np.ndarray:
    """A map: grass of one colour, a road across it, bushes with crowns of the grass's colour."""
    random = np.random.default_rng(seed)
    art = np.full((64, 72, 4), (106, 160, 60, 255), dtype=np.uint8)
    art[random.random(art.shape[:2]) < 0.01] = (84, 140, 48, 255)
    road = int(random.integers(12, 48))
    art[:, road : road + 6] = (168, 112, 72, 255)
    for _ in range(3):
        y, x = random.integers(4, 50, 2)
        art[y : y + 9, x : x + 11] = (*INK, 255)
        art[y + 1 : y + 8, x + 1 : x + 10] = (106, 160, 60, 255)
    return art


def ramp_of(random: np.random.Generator, count: int) -> np.ndarray:
    """(count, 3) uint8, a ramp from a dark colour to a light one."""
    dark, light = random.integers(10, 70, 3), random.integers(150, 240, 3)
    return np.rint(dark + (light - dark) * np.linspace(0, 1, count)[:, None]).astype(np.uint8)


def shaded_ball(seed: int, shades: int = 27, side: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(side, side, 4) art in rings of a ramp, the ramp, and which shade each cell has."""
    random = np.random.default_rng(seed)
    ramp = ramp_of(random, shades)
    y, x = np.mgrid[0:side, 0:side]
    middle_y, middle_x = random.uniform(0.3, 0.6, 2) * side
    far = np.hypot(y - middle_y, x - middle_x)
    shade = np.clip((shades - 1 - far / far.max() * (shades - 0.01)), 0, shades - 1).astype(int)
    return np.dstack([ramp[shade], np.full((side, side), 255, dtype=np.uint8)]), ramp, shade
