"""Noise that moves along with the pixels of a frame."""

from __future__ import annotations

import numpy as np
import torch

from pixels_mcp.engines.base import Row
from pixels_mcp.engines.diffusers_sdxl.moved_noise import move_noise


def row(places: np.ndarray | None, seed: int = 3) -> Row:
    return Row("a knight", "", seed, noise_from=places)


def shifted(side: int, down: int, right: int) -> np.ndarray:
    places = np.moveaxis(np.indices((side, side)), 0, -1) - np.array([down, right])
    places[(places < 0).any(axis=-1) | (places >= side).any(axis=-1)] = -1
    return places


def test_noise_stands_where_its_pixel_went_and_rows_without_places_keep_theirs() -> None:
    noise = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))

    still, moved = move_noise(noise, [row(None), row(shifted(8, 2, 1))], 1)

    assert torch.equal(still, noise[0])
    assert torch.equal(moved[:, 2:, 1:], noise[1][:, :-2, :-1])
    assert not torch.equal(moved[:, :2], noise[1][:, :2])


def test_what_comes_from_nowhere_has_noise_of_its_own_the_same_each_time() -> None:
    noise = torch.zeros(1, 4, 8, 8)
    nowhere = np.full((8, 8, 2), -1, dtype=np.int64)

    first, again, other = (move_noise(noise, [row(nowhere, seed)], 1) for seed in (3, 3, 4))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert 0.7 < float(first.std()) < 1.3


def test_a_latent_of_several_pixels_moves_as_its_middle_does() -> None:
    noise = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(2))

    (moved,) = move_noise(noise, [row(shifted(32, 8, 0))], 8)

    assert torch.equal(moved[:, 1:], noise[0][:, :-1])
