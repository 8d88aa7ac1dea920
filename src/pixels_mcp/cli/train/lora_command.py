"""`pixels-mcp train lora`: a style of a person's own, learned by any model in SDXL's layout."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pixels_mcp.cli.output import draws_well, note, notes, print_result
from pixels_mcp.cli.train.run_teller import RunTeller, heeding_signals

if TYPE_CHECKING:
    from rich.progress import Progress

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,55}")


def train_lora(
    folder: Annotated[Path, typer.Argument(help="A set that `dataset prep` made.", metavar="SET")],
    name: Annotated[str, typer.Option(help="What requests will call it.")],
    base: Annotated[str, typer.Option("--base", help="The model that learns the style.", metavar="MODEL")] = "mini",
    steps: Annotated[int | None, typer.Option(help="Optimizer steps; by the set's size if left out.", min=1)] = None,
    minutes: Annotated[float | None, typer.Option(help="As many steps as fit into so many minutes.", min=0.1)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was cut off.")] = False,
    trigger: Annotated[
        str | None, typer.Option(help="Words that call the style, first in every caption; NAME style if left out.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures a step.", min=1, max=64)] = None,
    rank: Annotated[int | None, typer.Option(help="Size of the LoRA; 16 if left out.", min=1, max=256)] = None,
    learning_rate: Annotated[float | None, typer.Option(help="1e-4; 2e-3 for mini.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that chance decides.", min=0)] = 0,
    save_memory: Annotated[
        bool, typer.Option("--save-memory", help="Half as fast, with a fraction of the memory.")
    ] = False,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where it is computed.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes all.", min=0)] = 0,
) -> None:
    """Learn the style of a set; Ctrl+C and SIGTERM keep what was learned, `--resume` goes on."""
    from pixels_mcp.cli.models.model_commands import registry_of_settings
    from pixels_mcp.cli.train.worker_memory import free_worker_memory
    from pixels_mcp.errors import InvalidArgumentError
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(
            f"{name!r} is no name of a LoRA", hint="lower-case letters, digits, - and _, at most 56 of them"
        )
    if steps is not None and minutes is not None:
        raise InvalidArgumentError("steps and minutes are given", hint="give one of them")
    registry, _ = registry_of_settings()
    model = registry.find(base)
    paths = find_paths()
    from pixels_mcp.training.lora.lora_order import LoraOrder
    from pixels_mcp.training.lora.lora_run import train_lora as run

    order = LoraOrder(
        set_folder=folder,
        base=model,
        name=name,
        trigger=trigger or f"{re.sub('[_-]+', ' ', name)} style",
        models_dir=registry.models_dir,
        run_dir=paths.data / "training" / "lora" / name,
        steps=steps,
        minutes=minutes,
        batch_size=batch_size,
        rank=rank,
        learning_rate=learning_rate,
        seed=seed,
        save_memory=save_memory,
        resume=resume,
        device=device,
        threads=threads,
        command=shlex.join("SET" if word == str(folder) else word for word in ("pixels-mcp", *sys.argv[1:])),
    )
    settings = load_settings(paths)
    with _progress() as progress:
        teller = RunTeller(progress, lambda: free_worker_memory(paths, settings))
        with heeding_signals(teller):
            trained = run(order, teller)
    if trained is None:
        raise typer.Exit(130)
    print_result(f"{trained.name}: {trained.file}")
    note(f"style distance {trained.style_before:.2f} -> {trained.style_after:.2f}, best at step {trained.steps}")
    note(f"near-copies of the set: {trained.near_copies_share:.0%}")
    if trained.kinds_judged:
        note(f"{trained.kinds_right} of {trained.kinds_judged} things that the set does not have look like their kind")
    if trained.previous:
        note(f"the former {trained.name} is called {trained.previous} now")
    note(f"look at {trained.report}")
    note(f'next: pixels-mcp generate "{order.trigger}, a red potion" --model {base} --lora {name}')


@contextlib.contextmanager
def _progress() -> Generator[Progress | None]:
    if not draws_well():
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("loss {task.fields[loss]:.4f}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes()) as progress:
        yield progress
