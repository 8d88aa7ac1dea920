"""The settings as lines: where each value comes from, and what it may be. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from pixels_mcp.setting_values import leaf_fields, show_value, value_of, variable_of
from pixels_mcp.settings import LeverSettings, Settings
from pixels_mcp.told_apart import is_mapping
from pixels_mcp.tui.actions import ACTIONS, PLACE_WORDS, by_place, key_words
from pixels_mcp.tui.lines.printed import one_line
from pixels_mcp.tui.widgets.line_list import ListLine

KEYS = "tui.keys"

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Draw",
        ("default_model", "profile", "device", "devices", "dtype", "threads", "rows_max", "queue_limit", "idle_exit_s"),
    ),
    ("Engine", ("engine", "comfyui_url", "ray_address", "ray_lanes")),
    ("Places", ("project", "models_dir", "library_dir", "log_level", "metrics_listen")),
    ("Look", ("tui.theme", "tui.colors")),
    ("Large models", tuple(f"levers.{name}" for name in LeverSettings.model_fields)),
)


@dataclass(frozen=True)
class SettingFact:
    """One setting as it is in force.

    Attributes:
        source: `default`, `file`, or the variable that wins over both.
        is_locked: A variable has it, so that the file does not matter.
    """

    key: str
    value: str
    source: str
    is_locked: bool
    meaning: str
    choices: tuple[str, ...]


def setting_facts(settings: Settings, in_file: Mapping[str, Any], environment: Mapping[str, str]) -> list[SettingFact]:
    """Every setting but the keys.

    Args:
        settings: As they are in force.
        in_file: The tables of the settings file.
        environment: In which `PIXELS_*` win.
    """
    return [
        _fact(key, field, settings, in_file, environment) for key, field in leaf_fields(Settings).items() if key != KEYS
    ]


def _fact(
    key: str, field: FieldInfo, settings: Settings, in_file: Mapping[str, Any], environment: Mapping[str, str]
) -> SettingFact:
    is_locked = variable_of(key) in environment
    source = variable_of(key) if is_locked else "file" if _has(in_file, key) else "default"
    choices = tuple(map(str, get_args(field.annotation))) if get_origin(field.annotation) is Literal else ()
    value = show_value(value_of(settings, key))
    return SettingFact(key, value, source, is_locked, field.description or "", choices)


def _has(tables: Mapping[str, Any], key: str) -> bool:
    *within, name = key.split(".")
    for table in within:
        inner = tables.get(table)
        if not is_mapping(inner):
            return False
        tables = inner
    return name in tables


def setting_lines(facts: Sequence[SettingFact]) -> list[ListLine]:
    """The settings by what they are about; one that no group names stands under Others."""
    by_key = {fact.key: fact for fact in facts}
    grouped = {key for _, keys in _GROUPS for key in keys}
    groups = [*_GROUPS, ("Others", tuple(key for key in by_key if key not in grouped))]
    lines: list[ListLine] = []
    for title, keys in groups:
        members = [by_key[key] for key in keys if key in by_key]
        if members:
            lines.append(ListLine(f"title-{title}", title, "title"))
            lines += [ListLine(fact.key, _text(fact), "muted" if fact.is_locked else "plain") for fact in members]
    return lines


def key_lines(own_keys: Mapping[str, str]) -> list[ListLine]:
    """A line for the key of each action."""
    lines: list[ListLine] = []
    for place, actions in by_place(ACTIONS):
        lines.append(ListLine(f"title-keys-{place}", f"Keys: {PLACE_WORDS[place]}", "title"))
        for action in actions:
            keys = key_words(own_keys.get(action.name, action.keys))
            source = "file" if action.name in own_keys else "default"
            lines.append(
                ListLine(f"{KEYS}:{action.name}", f"{action.name:<24} {keys:<24} {source:<18} {action.meaning}")
            )
    return lines


def _text(fact: SettingFact) -> str:
    locked = " (locked)" if fact.is_locked else ""
    return f"{fact.key:<24} {one_line(fact.value or '-', 40):<24} {fact.source}{locked}"
