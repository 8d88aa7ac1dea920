"""A drawing takes on the look of a set and keeps its shape."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.own_art import GREENS, OUTLINE, own_sprite
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.dressing import dress
from pixels_mcp.pixelart.style.silhouette import measure_outline
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

_INK, _RED, _BLUE, _BONE = (26, 20, 30), (200, 40, 44), (48, 84, 190), (232, 226, 208)


def _disk(*colors: tuple[int, int, int], outline: tuple[int, int, int] | None = _INK) -> Rgba:
    """A round thing of bands from dark below to light above, in a line of one pixel."""
    y, x = np.mgrid[:16, :16] - 7.5
    far = np.hypot(x, y)
    pixels = np.zeros((16, 16, 4), np.uint8)
    bands = np.clip(((7.5 - y) * len(colors) / 15).astype(int), 0, len(colors) - 1)
    pixels[far < 7.5, :3] = np.array(colors, np.uint8)[bands[far < 7.5]]
    if outline is not None:
        pixels[(far < 7.5) & (far >= 6.3), :3] = outline
    pixels[far < 7.5, 3] = 255
    return pixels


def _set_of(
    *pairs: tuple[tuple[int, int, int], tuple[int, int, int]], **how: tuple[int, int, int] | None
) -> StyleOfSet:
    return StyleOfSet([_disk(dark, light, **how) for dark, light in pairs])


def test_a_stranger_comes_near_to_a_set_and_keeps_its_silhouette() -> None:
    style = StyleOfSet([own_sprite(seed) for seed in range(12)])
    stranger = _disk((120, 30, 30), _RED, (240, 150, 140))

    dressed = dress(stranger, style)

    assert (dressed[..., 3] == stranger[..., 3]).all()
    colors = {tuple(one) for one in dressed[dressed[..., 3] > 0][:, :3].tolist()}
    assert colors <= {tuple(one) for one in [*GREENS.tolist(), OUTLINE.tolist()]}
    assert style.distance_of(dressed).distance < 0.5 * style.distance_of(stranger).distance


def test_what_is_red_stays_red_where_the_set_has_a_red() -> None:
    reds, blues = ((150, 50, 50), (220, 90, 80)), ((60, 70, 140), (100, 130, 220))
    style = _set_of(blues, blues, blues, reds, ((60, 110, 60), (120, 190, 90)))

    dressed = dress(_disk((110, 10, 20), _RED), style)

    middle = oklab(dressed[8:9, 8:9, :3])[0, 0]
    assert middle[1] > 0.05  # OKLab's a: red, not green or blue


@pytest.mark.parametrize(("line", "feature"), [(_INK, "dark_border"), (_BONE, "light_border")])
def test_the_border_is_that_of_the_set(line: tuple[int, int, int], feature: str) -> None:
    fills = [((60, 70, 140), (90, 120, 200)), ((130, 60, 60), (190, 90, 80)), ((60, 110, 60), (100, 170, 90))]
    style = _set_of(*fills, outline=line)
    bare = _disk(_BLUE, (90, 120, 220), outline=None)

    dressed = dress(bare, style)

    before, after = (measure_outline(oklab(one[..., :3]), one[..., 3] > 0) for one in (bare, dressed))
    assert getattr(before, feature) < 0.2
    assert getattr(after, feature) > 0.8


def test_a_set_of_one_color_a_picture_leaves_the_dark_parts_empty() -> None:
    style = StyleOfSet([_disk(color, outline=None) for color in ((200, 60, 60), (60, 160, 220), (240, 200, 60))])
    drawn = _disk(_RED, (230, 80, 80))

    dressed = dress(drawn, style)

    kept = dressed[..., 3] > 0
    assert len(np.unique(dressed[kept], axis=0)) == 1
    assert 0 < kept.sum() < (drawn[..., 3] > 0).sum()
    assert dressed[kept][0, 0] > dressed[kept][0, 2]  # the set's red, not its blue


def test_in_one_color_inner_lines_stay_and_thin_parts_are_whole() -> None:
    style = StyleOfSet([_disk(color, outline=None) for color in ((200, 60, 60), (60, 160, 220), (240, 200, 60))])
    drawn = np.zeros((16, 16, 4), np.uint8)
    drawn[1:15, 1:11] = (*_INK, 255)
    drawn[2:14, 2:10] = (*_BLUE, 255)
    drawn[8:13, 4:8] = (*_BONE, 255)  # a belly
    drawn[4, 3], drawn[4, 8] = (*_INK, 255), (*_INK, 255)  # eyes
    drawn[6:9, 11:15] = (*_INK, 255)
    drawn[7, 10:14, :3], drawn[7, 10:14, 3] = _BLUE, 255  # a handle, one pixel thick, that grows lighter
    drawn[7, 12:14, :3] = _BONE

    inked = dress(drawn, style)[..., 3] > 0

    assert not inked[1].any(), "the outline is empty"
    assert not inked[4, 3]
    assert not inked[4, 8]
    assert inked[7, 10:14].all(), "the handle is whole"
    assert inked[9:12, 5:7].all(), "the belly is inked"
    assert not inked[7, 4:8].any(), "an empty line runs around it"
    assert inked[2:14, 2].all(), "the body's rim is whole"


def test_nothing_stays_nothing() -> None:
    style = StyleOfSet([own_sprite(seed) for seed in range(4)])

    assert not dress(np.zeros((16, 16, 4), np.uint8), style).any()
