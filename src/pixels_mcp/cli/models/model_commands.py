"""`pixels-mcp models`: what can be drawn with, read from the files; no worker and no torch is needed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.models import pull_commands
from pixels_mcp.cli.output import completing, note, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

if TYPE_CHECKING:
    from pixels_mcp.models.entry import ModelEntry
    from pixels_mcp.models.model_registry import ModelRegistry

app = typer.Typer(
    help="List checkpoints, LoRAs and VAEs, and show what a file says of itself.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def registry_of_settings() -> tuple[ModelRegistry, str]:
    """The person's models, and the one that is drawn with by default."""
    from pixels_mcp.engines.model_places import open_registry

    paths = find_paths()
    settings = load_settings(paths)
    return open_registry(paths, settings), settings.default_model


def _names() -> list[str]:
    return [entry.name for entry in registry_of_settings()[0].entries()]


app.command("pull")(pull_commands.pull)
app.command("remove")(pull_commands.remove)
app.command("rollback")(pull_commands.rollback)


@app.command("list")
def list_models(
    as_json: _Json = False,
    available: Annotated[bool, typer.Option("--available", help="List what `models pull` knows by name.")] = False,
) -> None:
    """List everything in the models folder and the built-in model."""
    if available:
        pull_commands.print_available()
        return
    _tell_far_models()
    registry, default_model = registry_of_settings()
    entries = registry.entries()
    if as_json:
        print_json([entry.info(default_model=default_model) for entry in entries])
        return
    _print_table(entries, default_model)
    for entry in entries:
        if entry.problem:
            note(f"{entry.name} {entry.problem}")
    for folder in registry.missing_folders():
        note(f"{folder} does not exist yet; it is where {_what(folder.name)} go")


def _tell_far_models() -> None:
    """Where a worker of another machine is connected, name the models that are drawn with."""
    from pixels_mcp.cli.faces import worker_client
    from pixels_mcp.client.far.known_worker import find_far_worker

    if (way := find_far_worker(find_paths())) is not None:
        with worker_client("models") as client:
            names = ", ".join(model.name for model in client.models() if not model.problem)
        note(f"{way} draws what is asked for here, with its own models: {names}. Below are those of this machine")


@app.command("show")
def show_model(
    name: Annotated[str, typer.Argument(help="A name from `models list`.", autocompletion=completing(_names))],
    find: Annotated[
        str | None, typer.Option("--find", help="Search what mini can draw: a thing, a kind, a style.", metavar="WORDS")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Show all that is known of a model, LoRA or VAE; its hash is computed where it is not known yet."""
    if find is not None:
        _show_drawable(name, find, as_json=as_json)
        return
    registry, default_model = registry_of_settings()
    entries = registry.show(name)
    if as_json:
        print_json([entry.info(default_model=default_model) for entry in entries])
        return
    for position, entry in enumerate(entries):
        if position:
            print_result("")
        for word, value in _facts(entry):
            print_result(f"{word:<14}{value}")


def _show_drawable(name: str, words: str, *, as_json: bool) -> None:
    """Print what a model with exemplars can draw near some words.

    Raises:
        InvalidArgumentError: The model has none.
    """
    from pixels_mcp.exemplars.drawable import search_drawable
    from pixels_mcp.exemplars.understanding import words_near

    if not any(entry.base == "mini" for entry in registry_of_settings()[0].show(name)):
        raise InvalidArgumentError(f"what {name} can draw is not known", hint="--find searches the pictures of mini")
    things = search_drawable(words)
    if as_json:
        print_json([asdict(thing) for thing in things])
        return
    for thing in things:
        sides = "/".join(map(str, thing.sides_px))
        print_result(f"{thing.word:<16}{thing.kinds[0]:<12}{thing.pictures:>4}  {sides} px  {', '.join(thing.styles)}")
    if not things:
        near = ", ".join(words_near(words))
        note(f"nothing is near to {words!r}" + (f"; try {near}" if near else ""))


def _print_table(entries: list[ModelEntry], default_model: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "kind", "base", "draws", "steps", "guidance", "size"):
        right = heading in ("steps", "guidance", "size")
        table.add_column(heading, no_wrap=heading != "name", overflow="fold", justify="right" if right else "left")
    for entry in entries:
        mark = " *" if entry.kind == "checkpoint" and entry.name == default_model else ""
        style = "dim" if entry.problem else None
        table.add_row(
            f"{entry.name}{mark}",
            entry.kind,
            "" if entry.problem else entry.base,
            "unusable" if entry.problem else _draws(entry, short=True),
            "" if entry.steps is None else str(entry.steps),
            "" if entry.guidance_scale is None else f"{entry.guidance_scale:g}",
            f"{entry.size_bytes / 2**20:,.0f} MiB",
            style=style,
        )
    Console(highlight=False).print(table)
    if any(entry.name == default_model for entry in entries):
        note("* is drawn with when a request names no model")


def _facts(entry: ModelEntry) -> list[tuple[str, str]]:
    facts = [
        ("name", entry.name),
        ("kind", entry.kind),
        ("problem", entry.problem or ""),
        ("base", entry.base + (f" (text width {entry.text_width})" if entry.text_width else "")),
        ("draws", "" if entry.problem else _draws(entry)),
        ("steps", "" if entry.steps is None else str(entry.steps)),
        ("guidance", "" if entry.guidance_scale is None else f"{entry.guidance_scale:g}"),
        ("strength", "" if entry.strength is None else f"{entry.strength:g}"),
        ("sampler", entry.sampler or ""),
        ("samplers", ", ".join(entry.samplers)),
        ("places", ", ".join(sorted(entry.places or ()))),
        ("predicts", entry.prediction or ""),
        ("trigger words", ", ".join(entry.trigger_words)),
        ("licence", entry.license or "not stated in the file"),
        ("about", entry.description or ""),
        ("note", "; ".join(entry.notes)),
        ("size", f"{entry.size_bytes / 2**20:,.1f} MiB"),
        ("sha256", entry.sha256 or ""),
        ("vae", str(entry.vae_path or "")),
        ("path", str(entry.path)),
    ]
    return [(word, value) for word, value in facts if value]


def _draws(entry: ModelEntry, *, short: bool = False) -> str:
    if entry.kind != "checkpoint":
        return ""
    if entry.draws_native_pixels:
        sizes = ", ".join(f"{width}x{height}" for width, height in entry.native_sizes_px)
        return f"{sizes} px" if short else f"{sizes} px, pixel by pixel"
    return "any size" if short else f"any size, at about {entry.render_side_px} px, then brought down"


def _what(folder: str) -> str:
    return {"checkpoints": "SDXL models", "loras": "LoRAs", "vae": "VAEs"}[folder]
