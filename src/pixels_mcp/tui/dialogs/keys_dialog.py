"""What can be done where the cursor is, searchable; Enter does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pixels_mcp.tui.actions import PLACE_WORDS, Action, by_place, key_words
from pixels_mcp.tui.dialogs.choose_dialog import ChooseDialog
from pixels_mcp.tui.widgets.line_list import ListLine


def keys_dialog(actions: Iterable[Action], own_keys: Mapping[str, str]) -> ChooseDialog:
    """The dialog of `?`."""
    return ChooseDialog("Keys that work here", action_lines(actions, own_keys))


def action_lines(actions: Iterable[Action], own_keys: Mapping[str, str]) -> list[ListLine]:
    """Actions as lines, told apart by where they can be done."""
    lines: list[ListLine] = []
    told = list(actions)
    keys = {action.name: key_words(own_keys.get(action.name, action.keys)) for action in told}
    widest = max(map(len, keys.values()), default=0)
    for place, members in by_place(told):
        lines.append(ListLine(f"title-{place}", PLACE_WORDS[place], "title"))
        lines += [ListLine(action.name, f"{keys[action.name]:<{widest}}  {action.meaning}") for action in members]
    return lines
