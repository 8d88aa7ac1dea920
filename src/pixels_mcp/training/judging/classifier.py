"""A small judge of kinds, trained on real tiles, frozen before it sees a drawn sprite."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from numpy.typing import NDArray
from torch import nn

from pixels_mcp.exemplars.ramps import RAMPS, Rgba, apply_ramp, turn_hue
from pixels_mcp.training.packs.tiles import Tile

JUDGED_KINDS: dict[str, str] = {
    "weapon": "weapon", "armour": "armour", "shield": "armour", "helmet": "armour", "boots": "armour",
    "gloves": "armour", "cloak": "armour", "potion": "potion", "scroll": "reading", "book": "reading",
    "wand": "staff", "staff": "staff", "ring": "jewellery", "amulet": "jewellery", "food": "food",
    "monster": "monster", "person": "monster", "plant": "plant", "tree": "plant", "statue": "statue",
    "altar": "altar", "floor": "floor", "wall": "wall", "water": "water", "door": "door", "gateway": "gateway",
    "effect": "effect", "icon": "icon",
}  # fmt: skip
"""Which class a tile's kind is judged as; tiles of other kinds are not judged."""

CLASSES = tuple(sorted(set(JUDGED_KINDS.values())))
FEATURES = 128


class KindJudge(nn.Module):
    """Four convolutions and a linear layer over 32x32 RGBA."""

    def __init__(self) -> None:
        super().__init__()
        widths = (4, 32, 64, 96, FEATURES)
        blocks: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            blocks += [nn.Conv2d(narrow, wide, 3, padding=1), nn.BatchNorm2d(wide), nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(FEATURES, len(CLASSES))

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 4, 32, 32) to (N, 128), the last hidden layer."""
        return self.body(pictures).mean(dim=(2, 3))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 4, 32, 32) to (N, classes) logits."""
        return self.head(F.dropout(self.features(pictures), 0.2, self.training))


def class_of(tile: Tile) -> int | None:
    """The number of a tile's class in `CLASSES`, None for tiles that are not judged."""
    name = JUDGED_KINDS.get(tile.words.kind)
    return CLASSES.index(name) if name else None


def as_pictures(pixels: Sequence[Rgba]) -> torch.Tensor:
    """Straight-alpha pixels over mid grey and alpha: (N, 4, 32, 32) in -1 to 1."""
    stack = torch.from_numpy(np.stack(pixels)).float() / 127.5 - 1.0
    alpha = (stack[..., 3:] > 0).float()
    return torch.cat([stack[..., :3] * alpha, 2.0 * alpha - 1.0], dim=-1).permute(0, 3, 1, 2).contiguous()


def train_judge(tiles: Sequence[Tile], *, seed: int, epochs: int = 10) -> KindJudge:
    """Train a judge on real tiles, recoloured, mirrored and shifted by chance, all classes equally often.

    Returns:
        The judge in evaluation mode.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    labelled = [(tile, number) for tile in tiles if (number := class_of(tile)) is not None]
    numbers = np.array([number for _, number in labelled])
    counts = np.bincount(numbers, minlength=len(CLASSES))
    share = 1.0 / np.sqrt(np.maximum(counts[numbers], 1))
    share /= share.sum()
    judge = KindJudge()
    optimizer = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    steps = epochs * len(labelled) // 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    judge.train()
    for _ in range(steps):
        chosen = random.choice(len(labelled), 64, p=share)
        pictures = as_pictures([_vary(labelled[int(n)][0].pixels, random) for n in chosen])
        loss = F.cross_entropy(judge(pictures), torch.from_numpy(numbers[chosen]), label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return judge.eval()


def _vary(pixels: Rgba, random: np.random.Generator) -> Rgba:
    chance = random.random()
    if chance < 0.35:
        pixels = turn_hue(pixels, float(random.uniform(0, 360)))
    elif chance < 0.5:
        pixels = apply_ramp(pixels, str(random.choice(list(RAMPS))))
    if random.random() < 0.5:
        pixels = pixels[:, ::-1]
    return np.roll(pixels, tuple(random.integers(-2, 3, 2)), axis=(0, 1))


@torch.no_grad()
def judge_kinds(judge: KindJudge, pixels: Sequence[Rgba]) -> NDArray[np.int64]:
    """The class number that the judge sees in each picture."""
    return judge(as_pictures(pixels)).argmax(dim=1).numpy()


@torch.no_grad()
def judge_features(judge: KindJudge, pixels: Sequence[Rgba]) -> NDArray[np.float64]:
    """The last hidden layer for each picture, (N, 128)."""
    return judge.features(as_pictures(pixels)).numpy().astype(np.float64)


def kernel_distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """KID: the unbiased squared MMD of two sets of features under the cubic kernel.

    Source: M. Binkowski et al., 2018, "Demystifying MMD GANs".
    """

    def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return (a @ b.T / a.shape[1] + 1.0) ** 3

    n, m = len(one), len(other)
    inside, outside = kernel(one, one), kernel(other, other)
    return float(
        (inside.sum() - np.trace(inside)) / (n * (n - 1))
        + (outside.sum() - np.trace(outside)) / (m * (m - 1))
        - 2.0 * kernel(one, other).mean()
    )
