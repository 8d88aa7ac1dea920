"""Values of settings by their dotted names (`engine.offload`): gathered from file, environment and flags, and written.

A settings model may hold booleans, numbers, texts and choices, tables (a model within it), and free tables or lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import tomlkit
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from tomlkit import TOMLDocument

from pixels_mcp.documents import parse_toml
from pixels_mcp.errors import SettingsError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.told_apart import JsonObject, is_mapping, is_row

Model = TypeVar("Model", bound=BaseModel)

ENV_PREFIX = "PIXELS_"

_LIST = [NextStep("list_settings")]


def leaf_fields(model: type[BaseModel], within: str = "") -> dict[str, FieldInfo]:
    """Every setting of a model by its dotted name; a table is told by what is in it."""
    leaves: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        table = field.annotation
        if isinstance(table, type) and issubclass(table, BaseModel):
            leaves |= leaf_fields(table, f"{within}{name}.")
        else:
            leaves[f"{within}{name}"] = field
    return leaves


def value_of(settings: BaseModel, key: str) -> Any:
    """A setting's value."""
    value: Any = settings
    for step in key.split("."):
        value = getattr(value, step)
    return value


def variable_of(key: str) -> str:
    """The environment variable of a setting: `PIXELS_ENGINE_OFFLOAD`."""
    return ENV_PREFIX + key.upper().replace(".", "_")


def show_value(value: object) -> str:
    """A value as a person writes it: `true`, `0.5`, `mini`, `{ a = 1 }`; nothing for none."""
    if isinstance(value, bool):
        return str(value).lower()
    if is_mapping(value):
        inside = tomlkit.inline_table()
        inside.update(value)
        return inside.as_string()
    if is_row(value):
        return tomlkit.item(list(value)).as_string()
    return "" if value is None else str(value)


def gather(model: type[Model], file: Path, environment: Mapping[str, str], flags: Mapping[str, object]) -> Model:
    """Read the settings file, the environment and the flags, the later winning.

    Args:
        file: TOML; a missing one is empty.
        environment: `PIXELS_*` variables, one for each setting.
        flags: Values by dotted name; `None` was not given.

    Raises:
        SettingsError: Names the source (file, variable or flag), the setting, and what it may be.
    """
    leaves = leaf_fields(model)
    values = read_toml(file)
    sources: dict[str, str] = {}
    for key, field in leaves.items():
        if (text := environment.get(variable_of(key))) is not None:
            sources[key] = f"the variable {variable_of(key)}"
            _put(values, key, _from_text(key, field, text, sources[key]))
        if (flag := flags.get(key)) is not None:
            sources[key] = f"--{key.replace('_', '-').replace('.', '-')}"
            _put(values, key, flag)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        key, what, hint = _explain(error, leaves)
        raise SettingsError(
            f"{sources.get(key, str(file))}: {key}: {what}", hint=hint, steps=[] if hint else _LIST
        ) from error


def write_value(model: type[Model], file: Path, key: str, text: str | None) -> tuple[Model, bytes]:
    """The settings file with one value set, or taken out with `None`; comments and order stay.

    Returns:
        The file's settings, and its new bytes; nothing is written.

    Raises:
        SettingsError: There is no such setting, it cannot be that, or the file is not TOML.
    """
    leaves = leaf_fields(model)
    if key not in leaves:
        raise unknown_setting(key, model)
    read_toml(file)
    document = tomlkit.parse(file.read_text("utf-8") if file.exists() else "")
    if text is None:
        _take_out(document, key)
    else:
        _put(document, key, _plain(_from_text(key, leaves[key], text, key)))
    try:
        return model.model_validate(document.unwrap()), tomlkit.dumps(document).encode("utf-8")
    except ValidationError as error:
        other, what, hint = _explain(error, leaves)
        raise SettingsError(
            f"{other}: {what}" if other != key else f"{key} = {text}: {what}", hint=hint, steps=[] if hint else _LIST
        ) from error


def unknown_setting(key: str, model: type[BaseModel]) -> SettingsError:
    """The error of a name that is none."""
    leaves = leaf_fields(model)
    inside = [leaf for leaf in leaves if leaf.startswith(f"{key}.")]
    if inside:
        return SettingsError(f"{key} is a table", hint=f"name a value in it: {', '.join(inside)}")
    return SettingsError(f"unknown setting {key!r}", hint=f"known settings: {', '.join(leaves)}")


def read_toml(file: Path) -> JsonObject:
    """A TOML file's tables; a missing file is empty.

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        return parse_toml(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read {file}: {error}", hint="correct or delete the file") from error


def _from_text(key: str, field: FieldInfo, text: str, source: str) -> Any:
    """A value out of a variable or an argument, of the type that its setting has."""
    if _is_table_or_list(field.annotation):
        try:
            return parse_toml(f"value = {text}")["value"]
        except ValueError as error:
            raise SettingsError(f"{source} = {text}: not TOML: {error}", hint="for example { name = 1 }") from error
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        message = error.errors(include_url=False, include_context=False)[0]["msg"]
        where = source if source == key else f"{source}: {key}"
        raise SettingsError(f"{where} = {text!r}: {message}", steps=[NextStep("list_settings")]) from error


def _is_table_or_list(annotation: Any) -> bool:
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return any(get_origin(kind) in (dict, list, tuple) for kind in kinds)


def _plain(value: Any) -> Any:
    """A value as TOML has it: paths become texts, tables stand in one line."""
    if is_mapping(value):
        inside = tomlkit.inline_table()
        inside.update(value)
        return inside
    return str(value) if isinstance(value, Path) else value


def _put(values: Any, key: str, value: Any) -> None:
    *tables, name = key.split(".")
    for table in tables:
        if not isinstance(values.get(table), Mapping):
            values[table] = tomlkit.table() if isinstance(values, TOMLDocument) else {}
        values = values[table]
    values[name] = value


def _take_out(document: TOMLDocument, key: str) -> None:
    *tables, name = key.split(".")
    values: Any = document
    for table in tables:
        values = values.get(table) or {}
    values.pop(name, None)


def _explain(error: ValidationError, leaves: Mapping[str, FieldInfo]) -> tuple[str, str, str]:
    """The setting that is wrong, what is wrong with it, and a hint; empty where the list of settings says more."""
    first = error.errors(include_url=False, include_context=False)[0]
    steps = [str(step) for step in first["loc"]]
    key = next((name for name in _prefixes(steps) if name in leaves), ".".join(steps) or "settings")
    if first["type"] == "extra_forbidden":
        return ".".join(steps), "unknown setting", f"known settings: {', '.join(leaves)}"
    return key, first["msg"], ""


def _prefixes(steps: list[str]) -> Iterator[str]:
    return (".".join(steps[:length]) for length in range(len(steps), 0, -1))
