"""A look that is asked for by name is seen in the pixels, whatever was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.fingerprint import Fingerprint, fingerprint
from pixels_mcp.pixelart.style.named_looks import LookWish
from pixels_mcp.set_words import LOOK_SIDE_PX, LookName

THINGS = ("sword", "red potion", "oak tree", "brown bear")


def drawn(thing: str, look: LookName | None, *, noise: float = 12, **words: bool) -> Rgba:
    """A shipped tile, restless as a redraw is, finished in a look."""
    tile = find_exemplars(thing, 1, side_px=32)[0].pixels.astype(np.float64)
    tile[..., :3] += np.random.default_rng(5).normal(0, noise, (*tile.shape[:2], 3))
    pixels = tile.clip(0, 255).astype(np.uint8)
    wish = None if look is None else LookWish(look, keeps_color=words.get("keeps_color", False))
    transparent = words.get("transparent", True)
    return finish_sprite(pixels, size_px=(32, 32), look=wish, transparent=transparent).pixels


def told(thing: str, look: LookName | None) -> Fingerprint:
    return fingerprint(drawn(thing, look))


@pytest.mark.parametrize("thing", THINGS)
def test_a_bold_sprite_has_few_colors_and_a_dark_line_all_round(thing: str) -> None:
    bold = drawn(thing, "bold")

    assert fingerprint(bold).colors <= 7 < told(thing, None).colors
    border = np.pad(bold[..., 3] == 0, 1)
    beside = border[:-2, 1:-1] | border[2:, 1:-1] | border[1:-1, :-2] | border[1:-1, 2:]
    rim = bold[(bold[..., 3] > 0) & beside][:, :3]
    _, counts = np.unique(rim, axis=0, return_counts=True)
    assert counts.max() >= 0.85 * len(rim)


@pytest.mark.parametrize("thing", THINGS)
def test_a_flat_sprite_has_few_colors_and_no_deep_shadows(thing: str) -> None:
    flat, plain = told(thing, "flat"), told(thing, None)

    assert flat.colors <= 6 < plain.colors
    assert flat.lightness_spread < plain.lightness_spread
    assert flat.lightness_p10 >= 0.48


@pytest.mark.parametrize("thing", THINGS)
def test_a_one_bit_sprite_is_one_ink_on_nothing_and_still_shows_something(thing: str) -> None:
    sprite = drawn(thing, "one-bit")
    opaque = sprite[..., 3] > 0

    assert len(np.unique(sprite[opaque], axis=0)) == 1
    assert 0.03 < opaque.mean() < 0.9


def test_one_bit_sprites_share_their_ink_unless_a_color_is_asked() -> None:
    def ink(sprite: Rgba) -> tuple[int, ...]:
        return tuple(int(value) for value in sprite[sprite[..., 3] > 0][0, :3])

    assert ink(drawn("red potion", "one-bit")) == ink(drawn("oak tree", "one-bit"))
    red, green, blue = ink(drawn("red potion", "one-bit", keeps_color=True))
    assert red > green + 20
    assert red > blue + 20


def test_a_one_bit_ground_has_paper_under_its_ink() -> None:
    ground = drawn("stone wall", "one-bit", transparent=False)

    assert (ground[..., 3] == 255).all()
    assert len(np.unique(ground.reshape(-1, 4), axis=0)) == 2


def test_lines_on_a_light_plate_lose_the_plate() -> None:
    plate = np.full((16, 16, 4), (230, 240, 220, 255), np.uint8)
    plate[4:12, 7:9, :3] = (30, 60, 40)

    sprite = finish_sprite(plate, size_px=(16, 16), look=LookWish("one-bit")).pixels

    assert (sprite[..., 3] > 0).sum() == 16


def test_a_tiny_sprite_has_at_most_eight_colors_and_a_detailed_one_all_of_them() -> None:
    assert told("oak tree", "tiny").colors <= 8
    assert np.array_equal(drawn("oak tree", "detailed"), drawn("oak tree", None))


@pytest.mark.parametrize("look", LOOK_SIDE_PX)
def test_nothing_drawn_stays_nothing_in_every_look(look: LookName) -> None:
    empty = np.zeros((16, 16, 4), np.uint8)

    assert not finish_sprite(empty, size_px=(16, 16), look=LookWish(look)).pixels.any()
