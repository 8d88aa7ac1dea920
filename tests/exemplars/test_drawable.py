"""What can be drawn is found by a thing, what it is a kind of, and the kind of its tiles."""

from __future__ import annotations

from pixels_mcp.exemplars.drawable import drawable_kinds, search_drawable
from pixels_mcp.exemplars.finder import find_exemplars, is_background_kind


def test_a_thing_its_other_names_and_its_kind_find_it() -> None:
    assert search_drawable("potion")[0].word == "potion"
    assert "potion" in [thing.word for thing in search_drawable("elixir")]
    assert {"potion"} == {thing.kinds[0] for thing in search_drawable("potions")[:1]}
    assert "apple" in [thing.word for thing in search_drawable("fruit")]


def test_every_thing_that_is_told_can_be_drawn() -> None:
    for thing in search_drawable("weapon", count=20):
        assert find_exemplars(thing.word, 1), thing.word
        assert thing.pictures >= 1


def test_nothing_is_told_for_what_nobody_knows_and_the_most_pictured_without_words() -> None:
    assert search_drawable("qwzx") == []
    assert len(search_drawable("", count=5)) == 5
    assert any(is_background_kind(kind) for kind in drawable_kinds())
