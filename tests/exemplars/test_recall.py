"""A recipe's tile is found again in its colors, though the finder may choose another today."""

from __future__ import annotations

import numpy as np
import pytest

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.exemplars.recall import recall_tile


@pytest.mark.parametrize(
    "prompt", ["a purple dragon", "a golden sword", "a red helmet", "apple", "silver key", "ghost"]
)
def test_every_variant_of_a_request_is_recalled_pixel_for_pixel(prompt: str) -> None:
    for exemplar in find_exemplars(prompt, 6):
        again = recall_tile(exemplar.name, exemplar.sha256, exemplar.hue_shift_deg, exemplar.ramp)

        assert again is not None
        assert np.array_equal(again, exemplar.pixels)


def test_a_tile_that_is_another_one_now_is_not_recalled() -> None:
    sword = find_exemplars("sword", 1)[0]

    assert recall_tile(sword.name, "0" * 64, None, None) is None
    assert recall_tile("no/such/tile.png", sword.sha256, None, None) is None
