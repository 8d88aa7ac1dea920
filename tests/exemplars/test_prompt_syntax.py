"""Prompts pasted from web interfaces are read as the words that they hold."""

from __future__ import annotations

import pytest

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.exemplars.prompt_syntax import read_syntax


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("a (golden:1.4) key, (rusty:0.6)", "a golden key, rusty"),
        ("((masterpiece)), a [small] shield", "masterpiece, a small shield"),
        ("a shield, ((sharp:1.2), [flat])", "a shield, sharp, flat"),
        ("{{a red potion}}, {detailed}", "a red potion, detailed"),
        ("a castle BREAK night sky", "a castle, night sky"),
        ("a [red:blue:0.5] gem", "a red gem"),
        ("a [cat|dog]", "a cat"),
        ("a golden++ key, rusty--", "a golden key, rusty"),
        ("a wizard --ar 16:9 --v 5", "a wizard"),
        (r"a knight \(hero\)", "a knight (hero)"),
    ],
)
def test_markup_is_taken_off_and_its_words_stay(prompt: str, text: str) -> None:
    assert read_syntax(prompt).text == text


def test_what_was_taken_off_is_told_as_it_was_typed() -> None:
    notes = " ".join(read_syntax("a (golden:1.4) key, ((rusty)) --ar 1:1 BREAK dusk").notes)

    assert "(golden:1.4)" in notes
    assert "((rusty))" in notes
    assert "--ar 1:1" in notes
    assert "BREAK" in notes


@pytest.mark.parametrize("prompt", ["a ruby potion", "a potion: red", "knight, 16-bit - front view", "x-ray goggles"])
def test_a_plain_prompt_stays_as_it_is(prompt: str) -> None:
    plain = read_syntax(prompt)

    assert (plain.text, plain.loras, plain.notes) == (prompt, (), ())


def test_loras_in_a_prompt_become_loras() -> None:
    plain = read_syntax("a shield <lora:pixel-art-xl:0.8>, <lora:lcm>, shiny <LORA:x:1:0.5>")

    assert plain.text == "a shield, shiny"
    assert plain.loras == (("pixel-art-xl", 0.8), ("lcm", 1.0), ("x", 1.0))
    assert any("pixel-art-xl at 0.8" in note for note in plain.notes)


@pytest.mark.parametrize("prompt", ["<lora:x:strong>", "a key <hypernet:old:1>", "((:1.3))", "<lora:x:1>"])
def test_markup_that_cannot_be_followed_is_refused_with_what_to_do(prompt: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_syntax(prompt)

    assert caught.value.hint
