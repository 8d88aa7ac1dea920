"""Files that anybody may have written: whatever is wrong with them is one kind of error, in words for people."""

from __future__ import annotations

import pytest

from pixels_mcp.documents import parse_json, parse_toml

LONG = "1" * 5_000


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "[1,]", f"[{LONG}]", b"\xff\xfe[", "NaN,", ""])
def test_whatever_json_is_not_is_a_value_error_without_a_word_of_pythons(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"^(?!.*(set_int_max|recursion)).*$"):
        parse_json(text)


@pytest.mark.parametrize("text", ["a = " + "[" * 3_000, "a", f"a = {LONG}", "a = 1\na = 2", "a = 2024-99-99"])
def test_whatever_toml_is_not_is_a_value_error_without_a_word_of_pythons(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(?!.*(set_int_max|recursion)).*$"):
        parse_toml(text)


def test_what_is_right_is_read() -> None:
    assert parse_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    assert parse_toml("a = [1, 2.5]\n[b]\nc = true") == {"a": [1, 2.5], "b": {"c": True}}
