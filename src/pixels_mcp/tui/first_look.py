"""The little of the settings that is needed before the first screen, read without checking: the rest takes 0.3 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pixels_mcp.documents import parse_toml
from pixels_mcp.told_apart import is_table
from pixels_mcp.tui.terminal_check import ColorWish

_WISHES: dict[str, ColorWish] = {one: one for one in get_args(ColorWish)}


@dataclass(frozen=True)
class FirstLook:
    """Theme and colors as the file and the environment have them; what is wrong is told when all settings are read."""

    theme: str
    colors: ColorWish


def first_look(file: Path, environment: Mapping[str, str]) -> FirstLook:
    """Look at the table `tui` of a settings file."""
    try:
        table = parse_toml(file.read_text("utf-8")).get("tui")
    except (OSError, ValueError):
        table = None
    given = table if is_table(table) else {}
    theme = environment.get("PIXELS_TUI_THEME") or given.get("theme")
    wish = environment.get("PIXELS_TUI_COLORS") or given.get("colors")
    return FirstLook(str(theme or ""), _WISHES.get(str(wish), "auto"))
