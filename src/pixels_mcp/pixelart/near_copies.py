"""Find pictures that are nearly one, and set a tenth apart with no near-copy left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import Rgba

NEAR_COPY_DISTANCE = 7.0
"""Mean difference of two 8x8 pictures in 8-bit levels, of the opaque part, under which tiles are near-copies."""

LOOKS_DIFFERENT = 5.0
"""Distance of two colours, 100 times Euclidean OKLab, above which they look different."""
NEAR_COPY_SHARE = 0.2


def shrink(pixels: Rgba, cells: int = 8) -> np.ndarray:
    """Average (N, H, W, 4) pictures over mid grey into (N, cells * cells * 4) float32 levels."""
    scaled = pixels.astype(np.float32)
    alpha = scaled[..., 3:] / 255.0
    flat = np.concatenate([scaled[..., :3] * alpha + 128.0 * (1.0 - alpha), scaled[..., 3:]], axis=-1)
    count, height, width, _ = flat.shape
    blocks = flat.reshape(count, cells, height // cells, cells, width // cells, 4)
    return blocks.mean(axis=(2, 4)).reshape(count, -1)


def hold_out(names: Sequence[str], kinds: Sequence[str], pixels: Sequence[Rgba]) -> list[bool]:
    """Join pictures of one name and near-copies of one size into groups, and set whole groups apart.

    Args:
        names: Of each picture; the same for what is the same thing.
        kinds: Of each; a tenth of each kind is set apart.
        pixels: (S, S, 4) uint8 each.

    Returns:
        Whether each picture is set apart.
    """
    if not names:
        return []
    root_of = alike_groups(names, pixels)
    members: dict[int, list[int]] = {}
    for number, root in enumerate(root_of):
        members.setdefault(root, []).append(number)
    held_out = [False] * len(names)
    for kind in sorted(set(kinds)):
        groups = [group for group in members.values() if kinds[group[0]] == kind]
        wanted = sum(len(group) for group in groups) / 10
        taken = 0
        for group in sorted(groups, key=lambda group: _hash(min(names[n] for n in group))):
            if len(groups) > 1 and taken + len(group) <= max(1.3 * wanted, 1) and taken < wanted:
                taken += len(group)
                for number in group:
                    held_out[number] = True
    return held_out


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def alike_groups(names: Sequence[str], pixels: Sequence[Rgba]) -> list[int]:
    """Join pictures of one name and near-copies of one size: the number of each picture's group."""
    from scipy.sparse import coo_matrix  # takes a moment, and a worker that compares two sprites needs none of it
    from scipy.sparse.csgraph import connected_components

    first: dict[str, int] = {}
    pairs = [(number, first.setdefault(name, number)) for number, name in enumerate(names)]
    for side in sorted({picture.shape[0] for picture in pixels}):
        numbers = np.array([n for n, picture in enumerate(pixels) if picture.shape[0] == side])
        alike = near_copies(np.stack([pixels[int(n)] for n in numbers]))
        pairs += [(int(numbers[one]), int(numbers[other])) for one, other in alike]
    ones, others = np.array(pairs).T
    graph = coo_matrix((np.ones(len(pairs), dtype=bool), (ones, others)), shape=(len(names), len(names)))
    return [int(n) for n in connected_components(graph, directed=False)[1]]


def near_copies(pixels: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of (N, S, S, 4) pictures that are nearly one, each picture with itself among them."""
    small = shrink(pixels)
    norms = (small**2).sum(1)
    # A small thing on an empty square differs from another small thing in few cells: the limit follows its area.
    area = np.maximum((pixels[..., 3] > 127).mean(axis=(1, 2)), 0.02).astype(np.float32)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(small), 512):
        block = small[start : start + 512]
        squared = norms[start : start + 512, None] + norms[None] - 2.0 * block @ small.T
        limit = NEAR_COPY_DISTANCE**2 * small.shape[1] * np.minimum(area[start : start + 512, None], area[None])
        rows, columns = np.nonzero(squared < limit)
        pairs += list(zip((rows + start).tolist(), columns.tolist(), strict=True))
    return pairs


def share_different(one: Rgba, other: Rgba) -> float:
    """Share of the pixels that either sprite shows which look different in the other (`LOOKS_DIFFERENT`).

    Args:
        one, other: (H, W, 4) uint8 of one size.
    """
    shown, shown_other = one[..., 3] > 127, other[..., 3] > 127
    either = shown | shown_other
    if not either.any():
        return 0.0
    apart = 100.0 * np.linalg.norm(oklab(one[..., :3]) - oklab(other[..., :3]), axis=2) > LOOKS_DIFFERENT
    return float((apart | (shown != shown_other))[either].mean())


def nearest_tile_shares(sprites: Sequence[Rgba], tiles: Sequence[Rgba], *, looked_at: int = 12) -> list[float]:
    """For each sprite the share of pixels that look different in the tile (or its mirror) most like it.

    Args:
        sprites: (32, 32, 4) each.
        tiles: Training tiles.
        looked_at: So many tiles nearest as 8x8 pictures are compared pixel by pixel.
    """
    both_ways = [*tiles, *(tile[:, ::-1] for tile in tiles)]
    small = shrink(np.stack(both_ways))
    norms = (small**2).sum(axis=1)
    shares: list[float] = []
    for sprite, picture in zip(sprites, shrink(np.stack(sprites)), strict=True):
        nearest = np.argsort(norms - 2.0 * small @ picture)[:looked_at]
        shares.append(min(share_different(sprite, np.ascontiguousarray(both_ways[int(n)])) for n in nearest))
    return shares
