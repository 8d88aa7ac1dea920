"""What of a prompt cannot change the picture is told, with the word that can."""

from __future__ import annotations

import pytest

from pixels_mcp.exemplars.prompt_limits import limits
from pixels_mcp.exemplars.prompt_words import read_prompt


def told(prompt: str, size_px: tuple[int | None, int | None] = (None, None)) -> str:
    return "; ".join(limits(prompt, read_prompt(prompt), size_px=size_px))


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("a red potion and a blue potion", "one is drawn, potion"),
        ("a knight without a helmet", "`negative_prompt` 'helmet'"),
        ("a knight, no beard", "`negative_prompt` 'beard'"),
        ("a 16x16 heart icon", "`width_px` and `height_px`"),
        ("a heart, 64 pixels", "`width_px` and `height_px`"),
        ("a potion with 4 colors", "`max_colors`"),
        ("five red apples", "how many (five)"),
        ("赤いポーション", "赤いポーション"),
        ("a potion, красный", "красный"),
        ("sprite sheet of a farmer", "frames and sheets"),
    ],
)
def test_what_is_not_followed_is_told(prompt: str, says: str) -> None:
    assert says in told(prompt)


@pytest.mark.parametrize(
    "prompt", ["a ruby potion", "black and white cat", "a 16-bit knight", "épée dorée", "jalapeño"]
)
def test_nothing_is_told_where_all_is_followed(prompt: str) -> None:
    assert told(prompt) == ""


def test_a_size_that_the_request_gives_too_is_not_told() -> None:
    assert told("a 32x32 heart", (32, 32)) == ""
    assert told("a 32x32 heart", (32, None)) == ""
    assert "width_px" in told("a 16x16 heart", (32, 32))
