"""Settings hold booleans, numbers, tables: read from file, variable and flag, the later winning, and written back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from helpers.commands import pixels
from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import find_paths
from pixels_mcp.setting_values import gather, leaf_fields, show_value, value_of, write_value
from pixels_mcp.settings import load_settings, write_setting


class EngineTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    offload: bool = False
    share: float = Field(default=0.5, ge=0, le=1)
    kind: Literal["near", "far"] = "near"


class Sample(BaseModel):
    """Settings with a value of every type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet: bool = False
    count: int = Field(default=3, ge=1)
    folder: Path | None = None
    engine: EngineTable = EngineTable()
    lanes: dict[str, int] = Field(default_factory=dict)
    words: tuple[str, ...] = ()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_every_value_has_a_dotted_name() -> None:
    assert list(leaf_fields(Sample)) == [
        "quiet",
        "count",
        "folder",
        "engine.offload",
        "engine.share",
        "engine.kind",
        "lanes",
        "words",
    ]


def test_a_flag_wins_over_a_variable_and_that_over_the_file(file: Path) -> None:
    file.write_text("quiet = true\ncount = 4\n[engine]\nshare = 0.25\noffload = true\n[lanes]\na = 1\n")
    environment = {"PIXELS_COUNT": "5", "PIXELS_ENGINE_SHARE": "0.75", "PIXELS_WORDS": '["x", "y"]'}

    read = gather(Sample, file, environment, {"count": 6, "quiet": None})

    assert (read.quiet, read.count, read.engine.share, read.engine.offload) == (True, 6, 0.75, True)
    assert (read.lanes, read.words) == ({"a": 1}, ("x", "y"))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("quiet", "true", True),
        ("quiet", "no", False),
        ("count", "12", 12),
        ("folder", "/a b/c", Path("/a b/c")),
        ("engine.offload", "1", True),
        ("engine.share", "0.125", 0.125),
        ("engine.kind", "far", "far"),
        ("lanes", "{ near = 2, far = 4 }", {"near": 2, "far": 4}),
        ("words", '["a", "b"]', ("a", "b")),
    ],
)
def test_what_is_written_is_read_again_with_its_type_and_the_comments_stay(
    file: Path, key: str, text: str, value: object
) -> None:
    file.write_text("# mine\ncount = 7  # seven\n")

    settings, data = write_value(Sample, file, key, text)
    file.write_bytes(data)

    assert value_of(settings, key) == value == value_of(gather(Sample, file, {}, {}), key)
    assert b"# mine" in data
    plain = tomllib.loads(data.decode())
    for step in key.split("."):
        plain = plain[step]
    assert isinstance(plain, str) == isinstance(value, str | Path)

    back, emptied = write_value(Sample, file, key, None)
    assert value_of(back, key) == value_of(Sample(), key)
    assert emptied != data


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("quiet", "perhaps", "bool"),
        ("count", "many", "integer"),
        ("count", "0", "greater than or equal to 1"),
        ("engine.share", "2", "less than or equal to 1"),
        ("engine.kind", "here", "'near' or 'far'"),
        ("lanes", "{ near = ", "not TOML"),
        ("lanes", '{ near = "x" }', "integer"),
        ("engine", "{}", "is a table; name a value in it: engine.offload"),
        ("engine.speed", "1", "unknown setting 'engine.speed'"),
        ("mood", "1", "known settings: quiet"),
    ],
)
def test_what_a_setting_cannot_be_is_named(file: Path, key: str, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        write_value(Sample, file, key, text)

    assert told in str(caught.value)
    assert key in str(caught.value)


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ("[engine]\nshare = 9\n", {}, ("settings.toml", "engine.share")),
        ("[engine]\nmood = 9\n", {}, ("settings.toml", "engine.mood", "unknown setting")),
        ("engine = 5\n", {}, ("settings.toml", "engine")),
        ("", {"PIXELS_ENGINE_OFFLOAD": "maybe"}, ("PIXELS_ENGINE_OFFLOAD", "engine.offload")),
        ("quiet = = 1", {}, ("settings.toml", "cannot read")),
    ],
)
def test_the_source_of_a_wrong_value_is_named(
    file: Path, text: str, environment: dict[str, str], told: tuple[str, ...]
) -> None:
    file.write_text(text)

    with pytest.raises(SettingsError) as caught:
        gather(Sample, file, environment, {})

    assert [piece for piece in told if piece not in str(caught.value)] == []


def test_values_are_shown_as_a_person_writes_them() -> None:
    shown = [show_value(value) for value in (True, 0.5, 3, None, "mini", {"a": 1}, ("x",))]

    assert shown == ["true", "0.5", "3", "", "mini", "{a = 1}", '["x"]']


def test_the_settings_file_is_written_whole_or_not_at_all(home: Path) -> None:
    paths = find_paths()
    write_setting(paths, "threads", "2")
    before = paths.settings_file.read_bytes()

    with pytest.raises(SettingsError):
        write_setting(paths, "threads", "two")

    assert paths.settings_file.read_bytes() == before
    assert load_settings(paths).threads == 2
    write_setting(paths, "threads", None)
    assert load_settings(paths).threads == 0


def test_the_commands_set_get_and_refuse_by_type(home: Path) -> None:
    assert pixels("config", "set", "idle_exit_s", "2.5").returncode == 0
    assert pixels("config", "get", "idle_exit_s").stdout == "2.5\n"
    refused = pixels("config", "set", "threads", "-1")
    assert (refused.returncode, "greater than or equal to 0" in refused.stderr) == (2, True)
    unknown = pixels("config", "set", "engine.mood", "1")
    assert (unknown.returncode, "unknown setting" in unknown.stderr) == (2, True)
