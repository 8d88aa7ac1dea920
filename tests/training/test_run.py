"""A run: it learns, keeps what it learned, goes on where it was, and refuses what does not fit."""

from __future__ import annotations

import csv
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pixels_mcp.errors import TrainingError
from pixels_mcp.models.describe import MINI_FOLDER
from pixels_mcp.training.checkpoint import load_checkpoint, newest_checkpoint
from pixels_mcp.training.mini.mini_trainer import MiniTrainer
from pixels_mcp.training.mini.network import Shape
from pixels_mcp.training.mini.optimizer import MuonAdamW, orthogonalize
from pixels_mcp.training.mini.options import RunOptions
from pixels_mcp.training.mini.package import package_run
from pixels_mcp.training.packs.tiles import Tile

SMALL = Shape(channels=(16, 32, 32), text_width=32)
OPTIONS = RunOptions(
    batch_size=4, way="fp32", device="cpu", sheet_every_s=0, measure_every_pictures=1_000_000, held_out_pairs=8
)


def make_trainer(run_dir: Path, tiles: list[Tile], *, resume: bool = False, **changes: object) -> MiniTrainer:
    table = np.random.default_rng(0).normal(0, 0.5, (SMALL.vocabulary, SMALL.text_width)).astype(np.float32)
    options = replace(OPTIONS, **changes)
    return MiniTrainer(run_dir, tiles, options, resume=resume, shape=SMALL, table=table)


@pytest.fixture(autouse=True)
def _keep_signals_and_use_one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    torch.set_num_threads(threads)


def test_a_run_cut_in_two_ends_with_the_same_weights_as_one_run_whole(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path / "whole", tiles, stop_at_pictures=24).run()
    make_trainer(tmp_path / "cut", tiles, stop_at_pictures=12).run()

    again = make_trainer(tmp_path / "cut", tiles, resume=True, stop_at_pictures=24)
    assert again.progress.pictures_seen == 12
    again.run()

    one, two = (newest_checkpoint(tmp_path / name) for name in ("whole", "cut"))
    assert one is not None
    assert two is not None
    whole, cut = load_checkpoint(one, SMALL.as_json()), load_checkpoint(two, SMALL.as_json())
    assert all(torch.equal(whole.weights[name], cut.weights[name]) for name in whole.weights)
    assert all(torch.equal(whole.mean_weights[name], cut.mean_weights[name]) for name in whole.mean_weights)


def test_being_told_to_end_keeps_what_was_learned(tmp_path: Path, tiles: list[Tile]) -> None:
    trainer = make_trainer(tmp_path, tiles)

    progress = trainer.run(lambda now, _: os.kill(os.getpid(), signal.SIGTERM) if now.steps == 3 else None)

    assert progress.steps == 3
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-00000003"


def test_the_losses_are_kept_as_csv_and_as_a_picture(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path, tiles, stop_at_pictures=16, measure_every_pictures=8).run()

    with (tmp_path / "loss.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["pictures_seen"] for row in rows] == ["0", "8", "16"]
    assert all(0.1 < float(row["held_out_loss_32_px"]) < 10 for row in rows)
    assert {row["held_out_loss_16_px"] for row in rows} == {"0.00000"}
    assert (tmp_path / "loss.png").stat().st_size > 500


def test_training_brings_the_loss_down(tmp_path: Path, tiles: list[Tile]) -> None:
    trainer = make_trainer(tmp_path, tiles, stop_at_pictures=8 * 40, batch_size=8)
    losses: list[float] = []

    trainer.run(lambda _, loss: losses.append(loss))

    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:5])


def test_a_folder_that_holds_a_run_is_not_started_over(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path, tiles, stop_at_pictures=4).run()

    with pytest.raises(TrainingError, match="already holds a run"):
        make_trainer(tmp_path, tiles)


def test_a_checkpoint_of_another_shape_is_refused_with_both_shapes(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path, tiles, stop_at_pictures=4).run()
    checkpoint = newest_checkpoint(tmp_path)
    assert checkpoint is not None

    with pytest.raises(TrainingError, match=r"another shape .*channels.*\[16, 32, 32\].*\[48, 96, 192\]"):
        load_checkpoint(checkpoint, Shape(text_width=32).as_json())


def test_a_damaged_checkpoint_is_named(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path, tiles, stop_at_pictures=4).run()
    checkpoint = newest_checkpoint(tmp_path)
    assert checkpoint is not None
    (checkpoint / "mean.safetensors").write_bytes(b"cut off")

    with pytest.raises(TrainingError, match="cannot be read"):
        make_trainer(tmp_path, tiles, resume=True)


def test_a_half_written_checkpoint_is_passed_over(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path, tiles, stop_at_pictures=4).run()
    (tmp_path / "checkpoint-00000009.part").mkdir()
    (tmp_path / "checkpoint-00000008").mkdir()

    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-00000001"


def test_an_unknown_way_is_refused_with_those_there_are(tmp_path: Path, tiles: list[Tile]) -> None:
    with pytest.raises(TrainingError, match="no way 'int4'"):
        make_trainer(tmp_path, tiles, way="int4").run()


@pytest.mark.parametrize("shape", [(24, 90), (90, 24), (33, 33)])
def test_orthogonalised_updates_have_singular_values_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)

    updates = orthogonalize(torch.randn(shape))
    values = torch.linalg.svdvals(updates)  # pyright: ignore[reportUnknownVariableType]  # partly without types there

    assert values.median() == pytest.approx(1.0, abs=0.25)
    assert values.max() < 1.3


def test_how_many_threads_step_the_parameters_changes_nothing() -> None:
    def stepped(threads: int) -> list[torch.Tensor]:
        torch.manual_seed(0)
        named = {f"p{n}": torch.nn.Parameter(torch.randn(40 + n, 48)) for n in range(6)} | {
            "bias": torch.nn.Parameter(torch.randn(48))
        }
        optimizer = MuonAdamW(named, threads=threads)
        for _ in range(3):
            for p in named.values():
                p.grad = torch.randn_like(p)
            optimizer.step(1.0)
        return [p.detach() for p in named.values()]

    assert all(torch.equal(one, two) for one, two in zip(stepped(1), stepped(3), strict=True))


def test_a_run_on_two_canvases_measures_both_and_draws_each_by_its_weight(
    tmp_path: Path, tiles: list[Tile], small_tiles: list[Tile]
) -> None:
    trainer = make_trainer(tmp_path, [*tiles, *small_tiles], stop_at_pictures=240)
    seen = [0]

    trainer.run(lambda now, _: seen.append(now.pictures_seen))

    counts = np.diff(seen)
    assert set(counts) == {4, 8}
    assert 0.3 < counts[counts == 8].sum() / counts.sum() < 0.7
    with (tmp_path / "loss.csv").open(newline="", encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    assert 0.1 < float(last["held_out_loss_16_px"]) < 10
    assert 0.1 < float(last["held_out_loss_32_px"]) < 10


def test_a_run_that_starts_from_a_packaged_model_begins_with_its_losses(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path / "first", tiles, stop_at_pictures=40).run()
    packaged = package_run(tmp_path / "first", tmp_path / "model", shape=SMALL)
    first = make_trainer(tmp_path / "first", tiles, resume=True)

    second = MiniTrainer(tmp_path / "second", tiles, OPTIONS, resume=False, shape=SMALL, start_folder=packaged)

    assert second.progress.pictures_seen == 0
    # The package holds the mean weights as fp16.
    assert second.held_out_losses()[32] == pytest.approx(first.held_out_losses()[32], rel=2e-3)


def test_a_folder_that_is_no_packaged_model_is_refused(tmp_path: Path, tiles: list[Tile]) -> None:
    with pytest.raises(TrainingError, match="no packaged mini of this shape"):
        MiniTrainer(tmp_path / "run", tiles, OPTIONS, resume=False, shape=SMALL, start_folder=MINI_FOLDER)


def test_weights_to_start_from_are_not_taken_over_those_of_a_run(tmp_path: Path, tiles: list[Tile]) -> None:
    make_trainer(tmp_path, tiles, stop_at_pictures=4).run()

    with pytest.raises(TrainingError, match="goes on from its own weights"):
        MiniTrainer(tmp_path, tiles, OPTIONS, resume=True, shape=SMALL, start_folder=MINI_FOLDER)
