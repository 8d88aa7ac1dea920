"""The page docs/terminal.md has the keys of the table that the screens use.

`PIXELS_UPDATE_SNAPSHOTS=1 pytest tests/tui/test_terminal_page.py` writes them anew.
"""

from __future__ import annotations

import os

from helpers.toolchains import REPOSITORY
from pixels_mcp.tui.actions import key_table

PAGE = REPOSITORY / "docs" / "terminal.md"
MARK = "<!-- keys -->\n"


def test_the_page_has_every_key() -> None:
    text, _, keys = PAGE.read_text("utf-8").partition(MARK)
    if os.environ.get("PIXELS_UPDATE_SNAPSHOTS") == "1":
        PAGE.write_text(f"{text}{MARK}\n{key_table()}", "utf-8")
        keys = f"\n{key_table()}"

    assert keys == f"\n{key_table()}"


def test_the_pictures_of_the_page_are_there() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    named = [line.partition("](")[2].rstrip(")") for line in lines if line.startswith("![")]

    assert len(named) == 3
    assert all((PAGE.parent / name).is_file() for name in named)
