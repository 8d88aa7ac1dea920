"""A LoRA is learned from a set: a run that was cut off equals a whole one, what is written is read by others, and what
goes wrong is named with the last good state kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers import tiny_sdxl
from helpers.own_art import write_own_set
from pixels_mcp.datasets.dataset import read_set
from pixels_mcp.datasets.measure import style_of
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.engines import devices
from pixels_mcp.engines.base import LoraFile
from pixels_mcp.engines.diffusers_sdxl.lora import fit_to_model
from pixels_mcp.errors import TrainingError
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.models.previous import style_file
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
from pixels_mcp.training.lora import lora_proof, lora_run, lora_trainer
from pixels_mcp.training.lora.looks import Look, LookBook
from pixels_mcp.training.lora.lora_file import kohya_tensors
from pixels_mcp.training.lora.lora_order import LoraOrder
from pixels_mcp.training.lora.lora_run import train_lora
from pixels_mcp.training.lora.lora_trainer import LoraTrainer


class Told:
    """Hears of a run, and stops it after a step."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.notes: list[str] = []
        self.losses: list[float] = []
        self.began = False
        self._stop_after = stop_after

    def begins(self) -> None:
        self.began = True

    def note(self, text: str) -> None:
        self.notes.append(text)

    def step(self, step: int, steps: int, loss: float) -> None:
        assert 0 < step <= steps
        self.losses.append(loss)

    def stopped(self) -> bool:
        return self._stop_after is not None and len(self.losses) >= self._stop_after


@pytest.fixture(autouse=True)
def _few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer looks, times and pictures than a person's run has, of the same kinds."""
    monkeypatch.setattr(lora_run, "LOOKS", 1)
    monkeypatch.setattr(lora_trainer, "_MEASURED_TIMES", 2)
    monkeypatch.setattr(lora_proof, "_PIXEL_PICTURES", 3)
    monkeypatch.setattr(lora_proof, "_LARGE_PICTURES", 2)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of twelve, and a tiny model of pixels and a tiny SDXL among the models."""
    root = tmp_path_factory.mktemp("lora")
    prepare_set(write_own_set(root / "art", 10), root / "set", license_name="CC0-1.0")
    checkpoints = root / "models" / "checkpoints"
    tiny_sdxl.write_pixel_model(checkpoints / "little")
    tiny_sdxl.write_single_file(checkpoints / "tiny.safetensors")
    (checkpoints / "tiny.json").write_text(json.dumps({"render_side_px": 256, "steps": 2}))
    (checkpoints / "little.json").write_text(json.dumps({"steps": 2}))
    return root


def order_of(place: Path, base: str, tmp_path: Path, **changes: Any) -> LoraOrder:
    order = LoraOrder(
        set_folder=place / "set",
        base=ModelRegistry(place / "models", place / "cache").find(base),
        name="moss",
        trigger="moss style",
        models_dir=tmp_path / "models",
        run_dir=tmp_path / "run",
        steps=4,
        batch_size=2,
        rank=4,
        device="cpu",
        learning_rate=1e-2,
    )
    return replace(order, **changes)


def test_a_run_that_was_cut_off_goes_on_to_the_same_bytes_and_keeps_the_former_of_its_name(
    place: Path, tmp_path: Path
) -> None:
    whole = order_of(place, "little", tmp_path, command="the first")
    train_lora(whole, Told())
    loras = whole.models_dir / "loras"
    first = (loras / "moss.safetensors").read_bytes()
    cut = replace(whole, command="the second")

    assert train_lora(cut, Told(stop_after=2)) is None
    with pytest.raises(TrainingError, match="was cut off at step 2"):
        train_lora(cut, Told())
    trained = train_lora(replace(cut, resume=True), told := Told())

    assert trained is not None
    assert len(told.losses) == 2
    assert trained.file.read_bytes() == first
    assert not cut.run_dir.exists()
    assert trained.previous == "moss-previous"
    for name, command in (("moss", "the second"), ("moss-previous", "the first")):
        assert json.loads((loras / f"{name}.json").read_text())["trained"]["command"] == command
        assert {file.suffix for file in loras.glob(f"{name}.*")} == {".safetensors", ".json", ".html"}
    assert (loras / "moss-previous.safetensors").read_bytes() == first
    style = StyleOfSet.from_dict(json.loads(style_file(trained.file).read_text()))
    assert style.own_distance == pytest.approx(style_of(place / "set", read_set(place / "set")).own_distance, abs=1e-3)


def test_what_is_written_is_read_by_others_and_carries_its_story(place: Path, tmp_path: Path) -> None:
    order = order_of(place, "tiny", tmp_path, steps=2, command="train lora")
    trained = train_lora(order, Told())

    assert trained is not None
    tensors = load_file(trained.file)
    names = {name.split(".")[0] for name in tensors}
    assert {"lora_unet_input_blocks_4_1_proj_in", "lora_unet_middle_block_1_transformer_blocks_0_attn2_to_k"} <= names
    fitted = fit_to_model(tiny_sdxl.make_tiny_sdxl(0), LoraFile(trained.file, "0", 1.0), tensors)
    assert (fitted.unknown, fitted.known * 3) == ((), len(tensors))
    assert set(fitted.alphas.values()) == {4.0}
    with safe_open(trained.file, "pt") as opened:  # pyright: ignore[reportUnknownVariableType]  # partly without types there
        metadata = opened.metadata()  # pyright: ignore[reportUnknownVariableType]  # partly without types there
    assert metadata["modelspec.trigger_phrase"] == "moss style"
    assert metadata["ss_num_train_images"] == str(len(read_set(place / "set").trained()))
    assert str(place) not in json.dumps(metadata)
    assert "potion_00" not in json.dumps(metadata)

    entry = ModelRegistry(order.models_dir, tmp_path / "cache").show("moss")[0]
    assert (entry.problem, entry.trigger_words, entry.license) == (None, ("moss style",), "CC0-1.0")
    card = json.loads((order.models_dir / "loras" / "moss.json").read_text())
    assert (card["trained"]["base"], card["trained"]["command"]) == ("tiny", "train lora")
    assert trained.report.read_bytes().count(b"data:image/png") > 10


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(place: Path, tmp_path: Path) -> None:
    order = order_of(place, "little", tmp_path, steps=8)
    assert train_lora(order, Told(stop_after=2)) is None
    kept = {file: file.read_bytes() for file in order.run_dir.rglob("*.safetensors")}
    before = LoraTrainer.backward

    def broken(self: LoraTrainer, step: int) -> float:
        loss = before(self, step)
        return float("nan") if step >= 3 else loss

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LoraTrainer, "backward", broken)
        with pytest.raises(TrainingError, match="not a number at step 4"):
            train_lora(replace(order, resume=True), Told())

    assert all(file.read_bytes() == data for file, data in kept.items() if "checkpoint" in str(file))
    assert not (order.models_dir / "loras" / "moss.safetensors").exists()


def test_a_full_disk_keeps_the_state_before(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = order_of(place, "little", tmp_path, steps=8)
    assert train_lora(order, Told(stop_after=2)) is None

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lora_trainer, "save_checkpoint", full)
    with pytest.raises(TrainingError, match=r"the state of step 4 cannot be kept.*No space left"):
        train_lora(replace(order, resume=True), Told(stop_after=2))
    monkeypatch.undo()
    assert train_lora(replace(order, resume=True), told := Told(stop_after=1)) is None
    assert "going on from step 2 of 8" in told.notes


def test_another_set_or_other_options_do_not_go_on_with_a_run(place: Path, tmp_path: Path) -> None:
    order = order_of(place, "little", tmp_path)
    assert train_lora(order, Told(stop_after=1)) is None

    with pytest.raises(TrainingError, match="of another shape"):
        train_lora(replace(order, resume=True, rank=8), Told())
    with pytest.raises(TrainingError, match="holds no run to go on with"):
        train_lora(replace(order, resume=True, run_dir=tmp_path / "nothing"), Told())


def test_what_changes_nothing_is_not_registered(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(weights: dict[str, torch.Tensor], *rest: Any) -> dict[str, torch.Tensor]:
        return kohya_tensors({name: weight * 0 for name, weight in weights.items()}, *rest)

    monkeypatch.setattr(lora_run, "kohya_tensors", nothing)
    order = order_of(place, "little", tmp_path, steps=1)
    with pytest.raises(TrainingError, match="changes nothing of the picture"):
        train_lora(order, Told())
    assert not (order.models_dir / "loras").exists()


def test_a_base_that_cannot_learn_the_set_is_refused_before_it_is_loaded(place: Path, tmp_path: Path) -> None:
    big = tmp_path / "big"
    prepare_set(write_own_set(tmp_path / "art", 10, side_px=48), big)

    told = Told()
    with pytest.raises(TrainingError, match=r"10 pictures of 48 px are larger than what little draws \(32 px\)"):
        train_lora(order_of(place, "little", tmp_path, set_folder=big), told)
    with pytest.raises(TrainingError, match=r"the learning rate is 5, 1e-07 to 0\.1 are allowed"):
        train_lora(order_of(place, "little", tmp_path, learning_rate=5.0), told)
    assert not told.began, "nobody let go of memory for it"


def test_memory_that_does_not_suffice_is_told_before_the_first_step(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def memory_bytes(_: object) -> tuple[int, int]:
        return 1_000, 2_000

    monkeypatch.setattr(devices, "memory_bytes", memory_bytes)

    with pytest.raises(TrainingError, match=r"little needs \d\.\d GiB of cpu memory before the first step"):
        train_lora(order_of(place, "little", tmp_path), Told())


def test_the_best_look_is_never_the_one_before_the_first_step(tmp_path: Path) -> None:
    looks = LookBook(tmp_path, 0)
    for step, held_out in ((0, 0.1), (10, 0.3), (20, 0.2), (30, 0.4)):
        looks.add(Look(step, 1.0, held_out, 1.0), {"layer.lora_A.weight": torch.full((1,), float(step))})

    assert looks.best is not None
    assert looks.best.step == 20
    weights = looks.best_weights()
    assert weights is not None
    assert weights["layer.lora_A.weight"].item() == 20
