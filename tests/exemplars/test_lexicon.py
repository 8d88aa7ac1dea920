"""The lexicon knows what is a kind of what."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.lexicon import STEP, SYNONYM, Lexicon, lexicon


def test_a_kind_is_near_to_what_it_is_a_kind_of_and_nearer_to_its_other_names() -> None:
    near = lexicon().broader("taxi")

    assert near["cab"] == SYNONYM
    assert near["car"] == pytest.approx(SYNONYM - STEP)
    assert "vehicle" not in near


def test_a_name_of_two_words_is_a_kind_of_its_last_or_of_something_else() -> None:
    assert lexicon().is_a("fire_truck", "truck")
    assert not lexicon().is_a("hot_dog", "dog")


def test_an_unknown_word_is_near_to_nothing() -> None:
    assert "qwzx" not in lexicon()
    assert lexicon().broader("qwzx") == {}


def test_relatives_are_of_one_family() -> None:
    assert {"duck", "goose"} & set(lexicon().relatives("chicken")) or "turkey" in lexicon().relatives("chicken")


def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"lexicon\.tsv"):
        Lexicon(tmp_path / "lexicon.tsv")
