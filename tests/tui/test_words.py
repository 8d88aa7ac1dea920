"""Words that go in and out of the screens: filters, texts of anybody, batches."""

from __future__ import annotations

import pytest

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.requests import DrawWords
from pixels_mcp.tui.dialogs.batch_dialog import check_lines
from pixels_mcp.tui.lines.library_filter import LibraryFilter, read_filter
from pixels_mcp.tui.lines.printed import bar, duration, one_line
from pixels_mcp.tui.widgets.request_form import WORDS, meaning_of, read_lora


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", LibraryFilter()),
        ("iron shield", LibraryFilter("iron shield")),
        ("knight model:mini tag:npc rating>=3", LibraryFilter("knight", ("npc",), 3, "mini")),
        ('tag:"needs work" kind:tileset', LibraryFilter(tags=("needs work",), entry_kind="tileset")),
        ("rating:5", LibraryFilter(rating_min=5)),
        ("size:32", LibraryFilter("size:32")),
    ],
)
def test_a_filter_is_read(text: str, asked: LibraryFilter) -> None:
    assert read_filter(text) == asked


@pytest.mark.parametrize("text", ["kind:monster", "rating>=7", "rating>=x", 'tag:"a,b"'])
def test_a_filter_that_is_none_is_told(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        read_filter(text)


def test_a_text_of_anybody_stays_in_its_line() -> None:
    assert one_line("a\nb\tc\x1b[31mred\x07") == "a b c [31mred"
    assert one_line("knight\u202egnirts") == "knight gnirts"
    assert one_line("[red]knight[/red]") == "[red]knight[/red]"
    assert one_line("שלום") == "שלום"
    assert one_line("x" * 100, 10) == "x" * 9 + "~"


def test_numbers_are_words() -> None:
    assert [duration(s) for s in (3, 130, 3_700, 100_000)] == ["3 s", "2 min 10 s", "1 h 1 min", "1 d 3 h"]
    assert bar(0.5, 8) == "[####----]"
    assert bar(7.0, 2) == "[##]"


def test_the_form_has_every_word_that_can_be_asked() -> None:
    assert set(WORDS) == set(DrawWords.model_fields)
    assert all(len(meaning_of(word)) > len(word) + 2 for word in WORDS)


def test_a_lora_has_a_weight() -> None:
    assert read_lora(" pixel-art:0.8") == {"name": "pixel-art", "weight": 0.8}
    assert read_lora("pixel-art") == {"name": "pixel-art"}
    with pytest.raises(InvalidArgumentError, match="'x' is not a number"):
        read_lora("pixel-art:x")


def test_every_line_of_a_batch_is_checked_for_itself() -> None:
    items = check_lines("a key\n\n# a comment\n" + "x" * 2_000 + "\n[red]a door[/red]\n", {"count": "3"})

    assert [item.words is not None for item in items] == [True, False, True]
    assert items[0].words == {"prompt": "a key", "count": 3}
    assert "1000" in items[1].problem
