"""`pixels-mcp train mini`: the embedded model from tiles, and what it is worth."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.default_command import DefaultCommandGroup
from pixels_mcp.documents import parse_json
from pixels_mcp.told_apart import is_list

if TYPE_CHECKING:
    from pixels_mcp.training.judging.evaluation_settings import EvaluationSettings

Strength = Annotated[float | None, typer.Option(help="Another strength than the model's two.", min=0.1, max=1.0)]

app = typer.Typer(
    cls=DefaultCommandGroup,
    no_args_is_help=True,
    help="The embedded model: train it from tiles, measure it, draw the fixed prompts, count what a reader named.",
)


@app.command("run")
def train_mini(
    tiles: Annotated[
        list[Path],
        typer.Option(
            help="Zip or folder of PNG tiles, whose paths are their words (may be repeated), or what `pack` made."
        ),
    ],
    run_dir: Annotated[
        Path | None, typer.Option(help="Checkpoints, losses and sheets; the data folder's training/mini if left out.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", help="A new run starts from this packaged model's weights.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")] = False,
    pictures: Annotated[int | None, typer.Option(help="Stop when so many pictures were seen.", min=1)] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop this sitting after so many minutes.", min=0)] = None,
    cooldown: Annotated[
        int, typer.Option(help="Over the last so many pictures before --pictures the step falls to zero.", min=0)
    ] = 0,
    cooldown_minutes: Annotated[
        float, typer.Option(help="Over the last so many of --minutes the step falls to zero.", min=0)
    ] = 0.0,
    batch_size: Annotated[int, typer.Option(help="Pictures a step.", min=1)] = 32,
    muon_lr: Annotated[float, typer.Option(help="Step of matrices and convolutions.", min=0.0)] = 1.5e-3,
    adamw_lr: Annotated[float, typer.Option(help="Step of all other weights.", min=0.0)] = 1e-3,
    small_share: Annotated[
        float | None,
        typer.Option(
            help="Share of the steps on 16 px, whose pictures cost a quarter; as the tiles weigh if left out.",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    way: Annotated[str, typer.Option(help="auto times them; or fp32, bf16, fp32+compile, bf16+compile.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes all.", min=0)] = 0,
    sheet_minutes: Annotated[float, typer.Option(help="Minutes between sample sheets; 0 for none.", min=0)] = 20.0,
    seed: Annotated[int, typer.Option(help="Seed of a new run.", min=0)] = 0,
    workers: Annotated[
        int, typer.Option(help="Processes that draw pictures ahead; a card learns faster than one can draw.", min=0)
    ] = 0,
    package: Annotated[
        Path | None,
        typer.Option(help="Write weights (a diffusers folder) and exemplar library here when the sitting ends."),
    ] = None,
) -> None:
    """Train the embedded model from tiles; Ctrl-C keeps what was learned, `--resume` goes on."""
    import torch

    from pixels_mcp.cli.output import draws_well, note
    from pixels_mcp.paths import find_paths
    from pixels_mcp.training.exemplar_library import write_exemplar_library, write_word_vectors
    from pixels_mcp.training.mini.mini_trainer import MiniTrainer
    from pixels_mcp.training.mini.options import RunOptions
    from pixels_mcp.training.mini.package import package_run
    from pixels_mcp.training.packs.tile_array import tiles_from

    if threads:
        torch.set_num_threads(threads)
    folder = run_dir or find_paths().data / "training" / "mini"
    _log_into(folder / "train.log")
    options = RunOptions(
        batch_size=batch_size,
        stop_at_pictures=pictures,
        stop_after_s=minutes * 60 if minutes is not None else None,
        cooldown_pictures=cooldown,
        cooldown_s=cooldown_minutes * 60,
        muon_lr=muon_lr,
        adamw_lr=adamw_lr,
        small_share=small_share,
        way=way,
        device=device,
        sheet_every_s=sheet_minutes * 60,
        seed=seed,
        workers=workers,
    )
    all_tiles = tiles_from(tiles)
    trainer = MiniTrainer(folder, all_tiles, options, resume=resume, start_folder=start)
    note(f"training in {folder}; {trainer.progress.pictures_seen} pictures seen so far")
    if draws_well():
        _run_with_bar(trainer, pictures)
    else:
        trainer.run()
    note(f"{trainer.progress.pictures_seen} pictures seen; go on with --resume")
    if package:
        note(f"packaged in {package_run(folder, package)}")
        held = write_exemplar_library(all_tiles, package / "exemplars")
        write_word_vectors(trainer.word_table(), trainer.tokenizer, package / "exemplars")
        note(f"its exemplar library holds {held} tiles")


@app.command()
def pack(
    path: Annotated[Path, typer.Argument(help="File to write, NAME.tiles.")],
    tiles: Annotated[list[Path], typer.Option(help="Zip or folder of PNG tiles. May be repeated.")],
) -> None:
    """Put the tiles of all packs into one small file, for a machine with a card: `run --tiles NAME.tiles`."""
    from pixels_mcp.cli.output import note
    from pixels_mcp.errors import InvalidArgumentError
    from pixels_mcp.training.packs.tile_array import SUFFIX, save_tiles
    from pixels_mcp.training.packs.tiles import read_tiles

    if path.suffix != SUFFIX:
        raise InvalidArgumentError(f"{path.name} does not end in {SUFFIX}", hint=f"call it {path.stem}{SUFFIX}")
    held = read_tiles(tiles)
    save_tiles(path, held)
    note(f"{len(held)} tiles in {path}, {path.stat().st_size / 1e6:.1f} MB")


@app.command()
def exemplars(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder of the library; its word vectors, and what was seen in its tiles, stay as they are."
        ),
    ],
    tiles: Annotated[list[Path], typer.Option(help="Zip or folder of PNG tiles. May be repeated.")],
) -> None:
    """Write atlases and index of the exemplar library anew, without training."""
    from pixels_mcp.cli.output import note
    from pixels_mcp.training.exemplar_library import write_exemplar_library
    from pixels_mcp.training.packs.tiles import read_tiles

    note(f"the exemplar library holds {write_exemplar_library(read_tiles(tiles), folder)} tiles")


@app.command()
def cast(
    folder: Annotated[Path, typer.Argument(help="Folder of the library.")],
    pack: Annotated[list[Path], typer.Option(help="Folder with art.zip and frames.json. May be repeated.")],
) -> None:
    """Write the characters with drawn cycles in four directions that `animate` takes where no views are given."""
    from pixels_mcp.cli.output import note
    from pixels_mcp.training.cast.write_cast import write_cast

    note(f"the cast has {write_cast(pack, folder)} characters")


@app.command()
def measure(
    tiles: Annotated[
        list[Path], typer.Option(help="The tiles that the model was trained on; a tenth was held out. May be repeated.")
    ],
    model: Annotated[Path | None, typer.Option(help="Diffusers folder; the embedded model if left out.")] = None,
    sprites: Annotated[int, typer.Option(help="Held-out captions drawn in each way.", min=16)] = 160,
    strength: Annotated[
        float | None, typer.Option(help="Another strength than the model's two.", min=0.1, max=1.0)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Other steps than the model's.", min=1)] = None,
    guidance: Annotated[float | None, typer.Option(help="Another guidance scale than the model's.", min=0.0)] = None,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes all.", min=0)] = 0,
    side: Annotated[int, typer.Option(help="Canvas that is measured, in px: 16 or 32.")] = 32,
) -> None:
    """Measure a model: kinds, colours, near-copies, diversity, seconds; prints one JSON document."""
    from pixels_mcp.cli.output import print_json
    from pixels_mcp.training.judging.evaluate import Evaluation
    from pixels_mcp.training.packs.tile_array import tiles_from

    folder, settings = _model_and_settings(model, strength, steps, guidance)
    settings = replace(settings, threads=threads)
    evaluation = Evaluation(folder, tiles_from(tiles), settings, side_px=_canvas(side))
    print_json(evaluation.measure(sprites=sprites))


@app.command()
def sheet(
    path: Annotated[Path, typer.Argument(help="PNG to write.")],
    prompts: Annotated[
        int, typer.Option(help="Which fixed prompts: 64 of the dungeon, 96 of other worlds, 120 or 160 of anything.")
    ] = 64,
    model: Annotated[Path | None, typer.Option(help="Diffusers folder; the embedded model if left out.")] = None,
    shuffle: Annotated[
        int | None, typer.Option(help="Leave the labels out and shuffle by this seed, for a reader who does not know.")
    ] = None,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Without exemplars.")] = False,
    side: Annotated[
        int | None, typer.Option(help="Canvas in px, 16 or 32; that of each prompt's art if left out.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="Another strength than the model's two.", min=0.1, max=1.0)
    ] = None,
) -> None:
    """Draw fixed prompts as one picture; prints the prompts in the order of the sheet."""
    from pixels_mcp.cli.output import print_json
    from pixels_mcp.training.judging.evaluate import Evaluation
    from pixels_mcp.training.judging.prompt_sheets import PromptSheet

    folder, settings = _model_and_settings(model, strength, None, None)
    evaluation = Evaluation(folder, [], settings, side_px=None if side is None else _canvas(side))
    fixed = PromptSheet.of(prompts)
    order = evaluation.draw_sheet(fixed, path, shuffle_seed=shuffle, exemplars=not from_scratch)
    print_json({"sheet": str(path), "order": order})


@app.command()
def score(
    answers: Annotated[Path, typer.Argument(help="JSON: what a reader saw, in the order of the shuffled sheet.")],
    shuffle: Annotated[int, typer.Option(help="The seed that the sheet was shuffled by.")],
    prompts: Annotated[int, typer.Option(help="Which fixed prompts the sheet shows: 64, 96, 120 or 160.")] = 64,
) -> None:
    """Count how many of the prompts a reader named, by the words that were accepted beforehand."""

    from pixels_mcp.cli.output import print_json
    from pixels_mcp.errors import TrainingError
    from pixels_mcp.training.judging.prompt_sheets import PromptSheet

    fixed = PromptSheet.of(prompts)
    try:
        seen = parse_json(answers.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{answers} cannot be read: {error}", hint=f"a JSON list of {prompts} answers") from error
    if not is_list(seen) or len(seen) != prompts:
        raise TrainingError(f"{answers} is no list of {prompts} answers", hint="one for each sprite, row by row")
    named = {fixed.prompts[n]: str(answer) for n, answer in zip(fixed.shuffled(shuffle), seen, strict=True)}
    print_json({**fixed.score(named), "answers": named})


def _canvas(side: int) -> int:
    from pixels_mcp.errors import TrainingError
    from pixels_mcp.training.packs.training_canvas import CANVASES_PX

    if side not in CANVASES_PX:
        raise TrainingError(
            f"nothing is trained on {side} px", hint=f"--side one of: {', '.join(map(str, CANVASES_PX))}"
        )
    return side


def _model_and_settings(
    model: Path | None, strength: float | None, steps: int | None, guidance: float | None
) -> tuple[Path, EvaluationSettings]:
    from pixels_mcp.models.describe import MINI_FOLDER
    from pixels_mcp.training.judging.evaluation_settings import settings_of_card

    settings = settings_of_card(MINI_FOLDER / "mini.json")
    changes = {
        "strength": strength,
        "background_strength": strength,
        "steps": steps,
        "scratch_steps": steps,
        "guidance_scale": guidance,
        "scratch_guidance_scale": guidance,
        "is_strength_asked": None if strength is None else True,
        "are_steps_asked": None if steps is None else True,
    }
    return model or MINI_FOLDER, replace(settings, **{k: v for k, v in changes.items() if v is not None})


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
    from pixels_mcp.training.checkpoint import TrainingProgress
    from pixels_mcp.training.mini.mini_trainer import MiniTrainer

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

        def show(now: TrainingProgress, loss: float) -> None:
            nonlocal mean
            mean = loss if mean != mean else 0.95 * mean + 0.05 * loss
            progress.update(bar, completed=now.pictures_seen, loss=mean)

        trainer.run(show)
