"""The table of actions: one place for keys, and every one of them does something."""

from __future__ import annotations

from collections import Counter

import pytest

from pixels_mcp.tui.actions import (
    ACTIONS,
    NO_KEY,
    PLACE_WORDS,
    PLACES,
    actions_of,
    bindings_of,
    key_table,
    key_words,
    keymap_of,
)

SHARED = {"draw": ("sprite", "list", "picture"), "gallery": ("sprite", "grid", "picture")}


def test_names_are_told_once_and_belong_to_a_place() -> None:
    counted = Counter(action.name for action in ACTIONS)

    assert [name for name, count in counted.items() if count > 1] == []
    assert {action.place for action in ACTIONS} <= set(PLACES) == set(PLACE_WORDS)
    assert all(action.meaning and action.words and len(action.words) <= 14 for action in ACTIONS)


@pytest.mark.parametrize("place", [place for place in PLACES if place != "everywhere"])
def test_no_key_means_two_things_in_one_place_or_hides_one_that_works_everywhere(place: str) -> None:
    keys = [key for action in actions_of(place, "everywhere") for key in action.keys.split(",")]  # type: ignore[arg-type]  # words of a test
    allowed = {"escape"} if place == "dialog" else set[str]()

    assert [key for key, count in Counter(keys).items() if count > 1 and key not in allowed] == []


def test_no_letter_or_digit_is_bound_before_fields() -> None:
    bindings = [binding for place in PLACES for binding in bindings_of(place)]

    assert bindings
    assert not any(binding.priority for binding in bindings)  # type: ignore[union-attr]  # it is there


def test_every_screen_has_a_digit_and_a_function_key() -> None:
    goes = [action for action in ACTIONS if action.run.startswith("app.go(")]

    assert [action.keys for action in goes] == [f"{number},f{number}" for number in range(1, 9)]


def test_own_keys_are_taken_by_name_and_unknown_names_are_told() -> None:
    taken, unknown = keymap_of({"gallery.filter": "ctrl+f", "gallery.dance": "d"})

    assert taken == {"gallery.filter": "ctrl+f", "grid.page_down": "pagedown"}
    assert unknown == ["gallery.dance"]


def test_an_own_key_is_taken_from_what_works_in_the_same_place_alone() -> None:
    taken, _ = keymap_of({"everywhere.undo": "x", "monitor.pause": "w"})

    assert {"queue.cancel", "sprite.delete"} <= taken.keys()
    assert taken["queue.cancel"] == NO_KEY
    assert taken["monitor.wrap"] == NO_KEY
    assert "models.warm" not in taken


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("ctrl+p,colon", "Ctrl+P or :"),
        ("1,f1", "1 or F1"),
        ("question_mark", "?"),
        ("f", "f"),
        ("shift+tab", "Shift+Tab"),
        ("L", "L"),
    ],
)
def test_keys_are_written_as_a_person_reads_them(keys: str, words: str) -> None:
    assert key_words(keys) == words


def test_the_table_of_the_docs_has_every_action() -> None:
    table = key_table()

    assert all(f"`{action.name}`" in table for action in ACTIONS)
