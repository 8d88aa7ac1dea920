"""`pixels-mcp config`: read and change the settings file."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from pixels_mcp.cli.output import completing, note, print_json, print_result
from pixels_mcp.paths import find_paths
from pixels_mcp.setting_values import leaf_fields, show_value, unknown_setting, value_of, variable_of
from pixels_mcp.settings import Settings, load_settings, write_setting

app = typer.Typer(
    help="Read and change the settings.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Key = Annotated[
    str,
    typer.Argument(
        help="A name from `config list`.", autocompletion=completing(lambda: list(leaf_fields(Settings))), metavar="KEY"
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_settings(as_json: _Json = False) -> None:
    """Show every setting, its value and what it is for."""
    settings = load_settings(find_paths())
    if as_json:
        print_json(settings)
        return
    wide = max(len(key) for key in leaf_fields(Settings))
    for key, field in leaf_fields(Settings).items():
        value, usual = value_of(settings, key), field.get_default(call_default_factory=True)
        changed = "" if value == usual else f"  (default: {show_value(usual) or 'none'})"
        print_result(f"{key:<{wide}}  {show_value(value) or '-':<12}  {field.description}{changed}")


@app.command("get")
def get_setting(key: _Key) -> None:
    """Print one value, as it is in force."""
    if key not in leaf_fields(Settings):
        raise unknown_setting(key, Settings)
    print_result(show_value(value_of(load_settings(find_paths()), key)))


@app.command("set", context_settings={"ignore_unknown_options": True})  # so that -1 is a value
def set_setting(key: _Key, value: Annotated[str, typer.Argument(help="The new value.", metavar="VALUE")]) -> None:
    """Write one value into the settings file."""
    paths = find_paths()
    written = write_setting(paths, key, value)
    note(f"{key} = {show_value(value_of(written, key))}, in {paths.settings_file}")
    _warn_of_environment(key)
    note("a worker that is running keeps its settings until it ends")


@app.command("unset")
def unset_setting(key: _Key) -> None:
    """Take one value out of the settings file, so that the default holds again."""
    paths = find_paths()
    written = write_setting(paths, key, None)
    note(f"{key} is back at its default: {show_value(value_of(written, key)) or 'none'}")
    _warn_of_environment(key)


@app.command("path")
def print_path() -> None:
    """Print where the settings file lies (it may not exist yet)."""
    print_result(str(find_paths().settings_file))


def _warn_of_environment(key: str) -> None:
    variable = variable_of(key)
    if variable in os.environ:
        note(f"but the variable {variable} is set, and it wins")
