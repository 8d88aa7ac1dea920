"""`pixels-mcp train`: recipes that make models."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Train a model of your own, or the embedded one again.")


@app.callback()
def recipes() -> None:
    """Train a model of your own, or the embedded one again."""


@app.command()
def mini(
    tiles: Annotated[Path, typer.Option(help="Zip or folder of 32x32 PNG tiles; their paths are their words.")],
    run_dir: Annotated[
        Path | None, typer.Option(help="Checkpoints, losses and sheets; the data folder's training/mini if left out.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")] = False,
    pictures: Annotated[int | None, typer.Option(help="Stop when so many pictures were seen.", min=1)] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop this sitting after so many minutes.", min=0)] = None,
    cooldown: Annotated[
        int, typer.Option(help="Over the last so many pictures before --pictures the step falls to zero.", min=0)
    ] = 0,
    batch_size: Annotated[int, typer.Option(help="Pictures a step.", min=1)] = 32,
    way: Annotated[str, typer.Option(help="auto times them; or fp32, bf16, fp32+compile, bf16+compile.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes all.", min=0)] = 0,
    sheet_minutes: Annotated[float, typer.Option(help="Minutes between sample sheets; 0 for none.", min=0)] = 20.0,
    seed: Annotated[int, typer.Option(help="Seed of a new run.", min=0)] = 0,
    package: Annotated[
        Path | None, typer.Option(help="Write the trained weights here as a diffusers folder when the sitting ends.")
    ] = None,
) -> None:
    """Train the embedded model from tiles; Ctrl-C keeps what was learned, `--resume` goes on."""
    import torch

    from pixels_mcp.cli.output import draws_well, note
    from pixels_mcp.paths import find_paths
    from pixels_mcp.training.mini import MiniTrainer, RunOptions
    from pixels_mcp.training.package import package_run
    from pixels_mcp.training.tiles import read_tiles

    if threads:
        torch.set_num_threads(threads)
    folder = run_dir or find_paths().data / "training" / "mini"
    _log_into(folder / "train.log")
    options = RunOptions(
        batch_size=batch_size,
        stop_at_pictures=pictures,
        stop_after_s=minutes * 60 if minutes is not None else None,
        cooldown_pictures=cooldown,
        way=way,
        device=device,
        sheet_every_s=sheet_minutes * 60,
        seed=seed,
    )
    trainer = MiniTrainer(folder, read_tiles(tiles), options, resume=resume)
    note(f"training in {folder}; {trainer.progress.pictures_seen} pictures seen so far")
    if draws_well():
        _run_with_bar(trainer, pictures)
    else:
        trainer.run()
    note(f"{trainer.progress.pictures_seen} pictures seen; go on with --resume")
    if package:
        note(f"packaged in {package_run(folder, package)}")


def _log_into(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("pixels_mcp.training")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)


def _run_with_bar(trainer: object, pictures: int | None) -> None:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from pixels_mcp.cli.output import notes
    from pixels_mcp.training.checkpoint import Progress as Trained
    from pixels_mcp.training.mini import MiniTrainer

    assert isinstance(trainer, MiniTrainer)
    columns = (
        TextColumn("loss {task.fields[loss]:.4f}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes()) as progress:
        bar = progress.add_task("", total=pictures, completed=trainer.progress.pictures_seen, loss=float("nan"))
        mean = float("nan")

        def show(now: Trained, loss: float) -> None:
            nonlocal mean
            mean = loss if mean != mean else 0.95 * mean + 0.05 * loss
            progress.update(bar, completed=now.pictures_seen, loss=mean)

        trainer.run(show)
