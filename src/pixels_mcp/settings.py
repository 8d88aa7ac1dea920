"""Settings of a person: file < `PIXELS_*` environment < flag. Only faces and the worker's start read them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import Paths

ENV_PREFIX = "PIXELS_"


class Settings(BaseModel):
    """Every setting with its default; the names are the keys of `settings.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default_model: str = Field(default="mini", description="Model used when a request names none")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="Where to draw")
    dtype: Literal["auto", "bf16", "fp16", "fp32"] = Field(default="auto", description="Number format of the weights")
    threads: int = Field(default=0, ge=0, le=512, description="CPU threads for drawing; 0 takes all cores")
    rows_max: int = Field(default=16, ge=1, le=256, description="Sprites denoised together at most")
    idle_exit_s: float = Field(
        default=600.0,
        ge=1.0,
        description="Seconds without a face and without work after which the worker ends",
    )
    queue_limit: int = Field(default=20_000, ge=1, description="Parts that may wait")
    models_dir: Path | None = Field(default=None, description="Folder with checkpoints/, loras/ and vae/")
    library_dir: Path | None = Field(default=None, description="Folder of the sprite library")
    project: Path | None = Field(default=None, description="Bevy project that sprites are deployed into")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="For the log file")


def load_settings(paths: Paths, flags: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings file, the environment and the flags, the later winning.

    Args:
        paths: Where the file lies; a missing file is an empty one.
        flags: Values from the command line; `None` values were not given.

    Raises:
        SettingsError: Names the source (file, variable or flag), the key, and what it may be.
    """
    sources: dict[str, str] = {}
    values: dict[str, Any] = {}
    for key, value in _read_file(paths.settings_file).items():
        values[key], sources[key] = value, str(paths.settings_file)
    for key in Settings.model_fields:
        variable = f"{ENV_PREFIX}{key.upper()}"
        if variable in os.environ:
            values[key], sources[key] = os.environ[variable], f"the variable {variable}"
    for key, value in (flags or {}).items():
        if value is not None:
            values[key], sources[key] = value, f"--{key.replace('_', '-')}"
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = str(first["loc"][0]) if first["loc"] else "settings"
        what = "unknown setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise SettingsError(
            f"{sources.get(key, 'settings')}: {key}: {what}",
            hint=f"known settings: {', '.join(Settings.model_fields)}"
            if first["type"] == "extra_forbidden"
            else "see `pixels-mcp config list`",
        ) from error


def write_setting(paths: Paths, key: str, text: str | None) -> Settings:
    """Set one key of the settings file (or take it out with `None`), keeping its comments, whole or not at all.

    Raises:
        SettingsError: The key is unknown or the value is not allowed; the file is as it was.
    """
    if key not in Settings.model_fields:
        raise SettingsError(f"unknown setting {key!r}", hint=f"known settings: {', '.join(Settings.model_fields)}")
    document = tomlkit.parse(paths.settings_file.read_text("utf-8") if paths.settings_file.exists() else "")
    if text is None:
        document.pop(key, None)
    else:
        document[key] = _plain(key, text)
    try:
        settings = Settings.model_validate(dict(document.unwrap()))
    except ValidationError as error:
        message = error.errors(include_url=False, include_context=False)[0]["msg"]
        raise SettingsError(f"{key} = {text!r}: {message}", hint="see `pixels-mcp config list`") from error
    paths.config.mkdir(parents=True, exist_ok=True)
    staged = paths.settings_file.with_suffix(".toml.new")
    staged.write_text(tomlkit.dumps(document), "utf-8")
    staged.replace(paths.settings_file)
    return settings


def _plain(key: str, text: str) -> str | int | float | bool:
    for kind in (int, float):
        try:
            if kind in _kinds(key):
                return kind(text)
        except ValueError:
            continue
    return text


def _kinds(key: str) -> tuple[type, ...]:
    annotation = Settings.model_fields[key].annotation
    return (annotation,) if isinstance(annotation, type) else ()


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {file}: {error}", hint="correct or delete the file") from error
