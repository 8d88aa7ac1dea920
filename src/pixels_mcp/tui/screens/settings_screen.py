"""Settings: every value, where it comes from, and a way to change it; the keys too."""

from __future__ import annotations

import os
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.errors import SettingsError
from pixels_mcp.setting_values import leaf_fields, read_toml, show_value, write_value
from pixels_mcp.settings import Settings
from pixels_mcp.told_apart import is_table
from pixels_mcp.tui.actions import ACTIONS, Place, key_words
from pixels_mcp.tui.dialogs.choose_dialog import ChooseDialog
from pixels_mcp.tui.dialogs.key_dialog import KeyDialog
from pixels_mcp.tui.dialogs.words_dialog import WordsDialog
from pixels_mcp.tui.lines.setting_lines import KEYS, SettingFact, key_lines, setting_facts, setting_lines
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Change, Session
from pixels_mcp.tui.widgets.line_list import LineList, ListLine


class SettingsScreen(ModeScreen):
    """A change is written at once, and can be taken back."""

    MODE: ClassVar[Place] = "settings"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._facts: dict[str, SettingFact] = {}

    def compose_body(self) -> ComposeResult:
        """The list, and what the line under the cursor means."""
        yield LineList(widget_id="settings")
        with Vertical(classes="below pane", id="setting-pane"):
            yield Static("", id="setting-says", markup=False)

    @property
    def home(self) -> Widget:
        """The list."""
        return self.query_one("#settings", LineList)

    def on_mount(self) -> None:
        """Read them."""
        self._show()

    def on_screen_resume(self) -> None:
        """They may have been changed elsewhere."""
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        settings, file = self.session.settings, self.session.paths.settings_file
        self.session.near(lambda: setting_facts(settings, read_toml(file), os.environ), self._put)

    def _put(self, facts: list[SettingFact]) -> None:
        self._facts = {fact.key: fact for fact in facts}
        keys = self.session.settings.tui.keys
        self.query_one("#settings", LineList).show([*setting_lines(facts), *key_lines(keys)])
        self._tell()

    @property
    def _key(self) -> str:
        return self.query_one("#settings", LineList).key or ""

    @on(LineList.Moved)
    def _tell(self) -> None:
        key, says = self._key, self.query_one("#setting-says", Static)
        self.query_one("#setting-pane").border_title = key
        fact = self._facts.get(key)
        if fact is None:
            says.update("Enter, then the new key; Backspace brings the usual one back" if key else "")
            return
        lines = [fact.meaning, f"now: {fact.value or 'none'}, from {_from(fact)}"]
        if fact.choices:
            lines.append(f"may be: {', '.join(fact.choices)}")
        if fact.is_locked:
            lines.append(f"locked: the variable {fact.source} wins over the file until it is unset")
        if not key.startswith("tui."):
            lines.append("a worker that is running keeps its settings until it ends")
        says.update("\n".join(lines))

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_change()

    def action_change(self) -> None:
        """Ask for another value."""
        key = self._key
        if key.startswith(f"{KEYS}:"):
            self._change_key(key.removeprefix(f"{KEYS}:"))
            return
        fact = self._facts.get(key)
        if fact is None:
            return
        choices = tuple(self.app.available_themes) if key == "tui.theme" else fact.choices
        if choices:
            lines = [ListLine(choice, choice) for choice in choices]
            self.app.push_screen(ChooseDialog(key, lines, chosen=fact.value), lambda text: self._write(key, text))
        else:
            dialog = WordsDialog(key, fact.meaning, text=fact.value, check=lambda text: self._problem(key, text))
            self.app.push_screen(dialog, lambda text: self._write(key, text))

    def _problem(self, key: str, text: str) -> str:
        try:
            write_value(Settings, self.session.paths.settings_file, key, text or None)
        except SettingsError as error:
            return error.message
        return ""

    def _change_key(self, name: str) -> None:
        action = next(action for action in ACTIONS if action.name == name)
        taken = f"now: {key_words(self.session.settings.tui.keys.get(name, action.keys))}"

        def put(key: str | None) -> None:
            if key is not None:
                self._write(KEYS, show_value({**self.session.settings.tui.keys, name: key}))

        self.app.push_screen(KeyDialog(f"{name}: {action.meaning}", taken), put)

    def action_reset(self) -> None:
        """Take it out of the file."""
        key = self._key
        if key.startswith(f"{KEYS}:"):
            name = key.removeprefix(f"{KEYS}:")
            kept = {other: keys for other, keys in self.session.settings.tui.keys.items() if other != name}
            self._write(KEYS, show_value(kept) if kept else None, is_reset=True)
        elif key in leaf_fields(Settings):
            self._write(key, None, is_reset=True)

    def _write(self, key: str, text: str | None, *, is_reset: bool = False) -> None:
        if text is None and not is_reset:
            return
        file, session = self.session.paths.settings_file, self.session

        def write() -> Change:
            before = _in_file(read_toml(file), key)
            session.set_value(key, text or None)

            def back() -> str:
                session.set_value(key, before)
                return f"{key} is what it was before"

            return Change(f"{key} = {text}" if text else f"{key} is the default again", back)

        session.near(write, self._written)

    def _written(self, change: Change) -> None:
        self.session.take_over()
        self.session.changed(change)
        self._show()

    def library_changed(self) -> None:
        """Something was taken back: a setting, perhaps."""
        if self._facts:
            self.session.take_over()
            self._show()

    def action_file(self) -> None:
        """Where the file lies."""
        self.session.say(f"{self.session.paths.settings_file}", False)

    def copied(self) -> str | None:
        """The file's path."""
        return str(self.session.paths.settings_file)


def _from(fact: SettingFact) -> str:
    return {"default": "the default", "file": "the settings file"}.get(fact.source, f"the variable {fact.source}")


def _in_file(tables: dict[str, object], key: str) -> str | None:
    """A value as it stands in the file, in the words in which it is written again."""
    value: object = tables
    for step in key.split("."):
        if not is_table(value) or step not in value:
            return None
        value = value[step]
    return show_value(value)
