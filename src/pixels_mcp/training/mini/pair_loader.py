"""Drawing training pairs, in this process or in several beside it: a card learns faster than one process can draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from pixels_mcp.training.mini.augment import Sources, draw_pair


@dataclass(frozen=True)
class PairBatch:
    """What one step learns from.

    Attributes:
        pixels: (count, S, S, 4) uint8.
        pieces: (count, text pieces) int64 word pieces of the captions.
        seed: Of the step's times and noise.
    """

    pixels: torch.Tensor
    pieces: torch.Tensor
    seed: int


class PairsOfSteps(Dataset[PairBatch]):
    """The batch of every step; it follows from the run's seed and the step's number alone, whoever draws it.

    Args:
        sources: By side of the canvas in px.
        counts: Pairs of a batch, by side.
        seed: Of the run.
        tokenize: Turns captions into (count, text pieces) int64.
        small_share: Share of the steps on the smallest canvas, 0 to 1; None takes every canvas as often as its tiles
            weigh.
    """

    def __init__(
        self,
        sources: dict[int, Sources],
        counts: dict[int, int],
        seed: int,
        tokenize: Callable[[list[str]], torch.Tensor],
        small_share: float | None = None,
    ) -> None:
        self.sources, self.counts, self.seed, self.tokenize = sources, counts, seed, tokenize
        # A canvas comes by chance so often that pictures come by their weights though more small ones come at once.
        share = np.array([held.weight / counts[side] for side, held in sources.items()])
        if small_share is not None and len(sources) > 1:
            is_small = np.array([side == min(sources) for side in sources])
            share = np.where(is_small, small_share, (1.0 - small_share) * share / share[~is_small].sum())
        self.share = share / share.sum()

    def __getitem__(self, step: int) -> PairBatch:
        """Draw the batch of a step."""
        random = np.random.default_rng((self.seed, step))
        side = int(random.choice(list(self.sources), p=self.share))
        pairs = [draw_pair(self.sources[side], random) for _ in range(self.counts[side])]
        pixels = torch.from_numpy(np.stack([pixels for pixels, _ in pairs]))
        return PairBatch(pixels, self.tokenize([caption for _, caption in pairs]), int(random.integers(1 << 62)))


def batches_from(pairs: PairsOfSteps, first_step: int, workers: int) -> Iterator[PairBatch]:
    """Every step's batch, from `first_step` on and without end.

    Args:
        workers: Processes that draw ahead; 0 draws here, when a batch is asked for.
    """
    if workers == 0:
        step = first_step
        while True:
            yield pairs[step]
            step += 1
    loader: DataLoader[PairBatch] = DataLoader(
        pairs,
        sampler=_CountingSampler(first_step),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=4,
        persistent_workers=True,
        worker_init_fn=_one_thread,
    )
    yield from loader


class _CountingSampler(torch.utils.data.Sampler[int]):
    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        step = self.first
        while True:
            yield step
            step += 1


def _one_thread(_worker: Any) -> None:
    torch.set_num_threads(1)
