"""Texts as a terminal can show them: names, prompts and messages come from anywhere."""

from __future__ import annotations

import re
import textwrap
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Control and format characters, halves of characters, line separators: they would move what stands around them."""


def one_line(text: str, width: int | None = None) -> str:
    """A text in one line without anything that a terminal acts upon; what is cut to `width` characters ends in `~`."""
    if not text.isprintable():
        text = "".join(" " if sign in "\t\n\r" or unicodedata.category(sign) in _HIDDEN else sign for sign in text)
    shown = " ".join(text.split())
    return shown if width is None or len(shown) <= width else f"{shown[: max(0, width - 1)]}~"


def counted(count: int, name: str) -> str:
    """`1 step`, `2 steps`, `1,200 steps`."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def folded(text: str, width: int) -> list[str]:
    """A text of several lines, each broken between words where it is wider than `width`."""
    return [piece for line in text.splitlines() for piece in (textwrap.wrap(line, max(8, width)) or [""])]


def hanging(text: str, width: int) -> list[str]:
    """A line of columns, what does not fit going on below where its last column begins."""
    if len(text) <= width:
        return [text]
    begins = [gap.end() for gap in re.finditer(r"\s{2,}", text) if gap.end() <= _COLUMN_MAX]
    indent = " " * (begins[-1] if begins else 2)
    return textwrap.wrap(text, max(2 * _COLUMN_MAX, width), subsequent_indent=indent, break_on_hyphens=False)


_COLUMN_MAX = 24
"""Where the last column of such a line begins at most."""


def short_words(text: str, width: int) -> str:
    """A text in one line, in which a word without an end (a pasted one) does not push the others away."""
    return " ".join(one_line(word, width) for word in one_line(text).split())


def duration(seconds: float) -> str:
    """`8 s`, `2 min 10 s`, `3 h 4 min`, `2 d 3 h`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3_600} h {whole % 3_600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3_600} h"


def bar(share: float, cells: int) -> str:
    """`[####------]`, which is read without colors."""
    done = round(max(0.0, min(1.0, share)) * cells)
    return f"[{'#' * done}{'-' * (cells - done)}]"
