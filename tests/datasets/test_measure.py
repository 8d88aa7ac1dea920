"""Sprites are measured against a set: near ones, strange ones, copies, and batches that do not hold together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.own_art import GREENS, own_sprite, write_own_set
from pixels_mcp.datasets.dataset import Dataset
from pixels_mcp.datasets.kinds import KindsMeasure, measure_kinds
from pixels_mcp.datasets.measure import measure_style
from pixels_mcp.datasets.measure_report import style_page
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.exemplars.tile_index import FOLDER, TileIndex
from pixels_mcp.pixelart.pixels import Rgba


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dataset]:
    root = tmp_path_factory.mktemp("measured")
    return root / "set", prepare_set(write_own_set(root / "art", 16), root / "set")


@pytest.fixture(scope="module")
def tiles_of_kinds() -> list[tuple[str, Rgba]]:
    """Some held-out tiles of kinds that are told apart, each with a noun of its kind, by kinds in turn."""
    index = TileIndex(FOLDER)
    nouns = {"weapon": "sword", "potion": "potion", "monster": "dragon", "book": "book", "floor": "floor"}
    numbers = [
        [n for n, entry in enumerate(index.entries) if entry.kind == kind and entry.held_out][:8] for kind in nouns
    ]
    kinds = tuple(nouns)
    return [
        (nouns[kinds[at]], _in_greens(index.pixels(numbers[at][row]))) for row in range(8) for at in range(len(kinds))
    ]


def _in_greens(pixels: Rgba) -> Rgba:
    """The same shades in the own style's colors."""
    green = GREENS[np.clip(pixels[..., :3].mean(axis=2).astype(int) // 64, 0, 3)]
    return np.where(pixels[..., 3:] > 0, np.dstack([green, pixels[..., 3:]]), 0).astype(np.uint8)


def stranger(seed: int) -> Rgba:
    """A flat square of a bright color."""
    chance = np.random.default_rng(seed)
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[2:14, 2:14] = [*chance.integers(120, 256, 3), 255]
    return pixels


def test_new_sprites_of_the_style_are_near_and_strangers_are_far(made: tuple[Path, Dataset]) -> None:
    own = measure_style(*made, [own_sprite(seed) for seed in range(50, 58)])
    strange = measure_style(*made, [stranger(seed) for seed in range(8)])

    assert own.distance.ratio < 2 < strange.distance.ratio
    assert own.near_copies == ()
    assert strange.distance.colors_unused > own.distance.colors_unused
    assert own.inconsistency is not None
    assert 0.4 < own.inconsistency < 1.8


def test_a_copy_of_a_trained_picture_is_found_wherever_it_stands(made: tuple[Path, Dataset]) -> None:
    moved = np.zeros((32, 32, 4), np.uint8)
    moved[9:25, 11:27] = own_sprite(3)

    report = measure_style(*made, [own_sprite(60), moved, own_sprite(61)])

    assert report.near_copies == (1,)
    assert report.near_copies_share == pytest.approx(1 / 3)


def test_every_feature_is_told_and_the_page_holds_the_pictures(made: tuple[Path, Dataset]) -> None:
    sprites = [own_sprite(70), own_sprite(71)]
    report = measure_style(*made, sprites)
    told = report.to_dict()

    assert (told["pictures"], told["inconsistency"], len(told["features"])) == (2, None, 28)
    kinds = KindsMeasure(("potion", None), ("weapon", None))
    page = style_page(*made, report, kinds, [(one, Path(f"{n}.png")) for n, one in enumerate(sprites)]).decode()
    assert all(one["name"] in page for one in told["features"] if one["value"] is not None)
    assert page.count("data:image/png") == 14
    assert "0 of 1" in page
    assert "looks like" in page


def test_a_picture_looks_like_its_kind_in_whatever_colors(tiles_of_kinds: list[tuple[str, Rgba]]) -> None:
    """Held-out tiles of the shipped library, in four greens: 13 kinds, by chance 8 % would be right."""
    words, sprites = [words for words, _ in tiles_of_kinds], [pixels for _, pixels in tiles_of_kinds]

    kinds = measure_kinds([*sprites, sprites[0]], [*words, ""])

    assert kinds.judged == len(sprites)
    assert kinds.right >= 0.6 * len(sprites)
    assert (kinds.asked[-1], kinds.seen[-1]) == (None, None)
    swapped = measure_kinds(sprites, words[1:] + words[:1])
    assert swapped.right < kinds.right / 2
