"""A whole run: from a set and a base to a registered LoRA that was proved to change the picture."""

from __future__ import annotations

import gc
import logging
import math
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pixels_mcp.datasets.check import check_set
from pixels_mcp.datasets.dataset import Dataset, read_set, set_hash
from pixels_mcp.engines import devices
from pixels_mcp.engines.base import DeviceKind
from pixels_mcp.engines.diffusers_sdxl.load import load_pipeline
from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import draws_pixels
from pixels_mcp.errors import TrainingError
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.weight_bytes import DtypeName, weight_bytes
from pixels_mcp.next_steps import NextStep
from pixels_mcp.training.checkpoint import newest_checkpoint
from pixels_mcp.training.lora.finished_lora import TrainedLora, install_lora
from pixels_mcp.training.lora.looks import LOOKS, Look, LookBook, StripPlan, draw_strip, save_strip
from pixels_mcp.training.lora.lora_examples import EncodedSet, encode_set, encode_words
from pixels_mcp.training.lora.lora_file import kohya_tensors, lora_metadata, write_lora
from pixels_mcp.training.lora.lora_options import LoraOptions, default_options
from pixels_mcp.training.lora.lora_order import LoraOrder, LoraTold
from pixels_mcp.training.lora.lora_proof import prove_lora
from pixels_mcp.training.lora.lora_trainer import LoraTrainer
from pixels_mcp.training.way import choose_way

log = logging.getLogger(__name__)

SAVE_EVERY_S = 300.0
COMPILED_FROM_STEPS = 300
"""A shorter run does not earn back the minutes of compiling."""
_SAFE_SHARE = 0.9
_TIMED_STEPS = 3
_STRIP_STEPS = 16


def train_lora(order: LoraOrder, told: LoraTold) -> TrainedLora | None:
    """Train, write, prove and register; None where the run was told to stop and can go on.

    Raises:
        TrainingError: The set cannot be trained on, memory or disk do not suffice, the loss is not a number, a run
            stands there that was cut off, or what was trained does not change the picture.
        ModelFileError: The base cannot be loaded.
    """
    dataset = _checked(order, told)
    if order.threads is not None:
        devices.set_threads(order.threads)
    kind = devices.choose_device(order.device)
    kept = newest_checkpoint(order.run_dir)
    if order.resume and kept is None:
        raise TrainingError(f"{order.run_dir} holds no run to go on with", steps=[NextStep("train_lora")])
    if kept is not None and not order.resume:
        raise TrainingError(
            f"a run of {order.name} was cut off at step {int(kept.name.rsplit('-', 1)[1])}",
            hint=f"let it be resumed, or remove {order.run_dir}",
        )
    if kept is None:
        shutil.rmtree(order.run_dir, ignore_errors=True)
    told.begins()
    pipeline, examples, strip = _loaded(order, dataset, kind)
    options = _options(order, dataset, draws_pixels=draws_pixels(pipeline.vae))
    identity = {"set": set_hash(dataset), "base": order.base.sha256 or "", "trigger": order.trigger}
    trainer = LoraTrainer(pipeline, examples, options, identity, order.base.prediction)
    if kept is not None and order.steps is None:
        trainer = _with_steps_of(kept, trainer, order.minutes, told)
    _try_memory(trainer, kind, told)
    trainer.bf16 = _choose_way(trainer, kind)
    if order.minutes is not None and kept is None:
        _fit_steps(trainer, order.minutes, told)
    if kept is not None:
        trainer.load(kept)
        told.note(f"going on from step {trainer.progress.steps} of {trainer.options.steps}")
    looks = LookBook(order.run_dir, trainer.progress.steps)
    if not _run(order, trainer, pipeline, strip, looks, told):
        return None
    return _finish(order, dataset, trainer, pipeline, looks, told)


def _checked(order: LoraOrder, told: LoraTold) -> Dataset:
    if order.base.kind != "checkpoint" or order.base.problem:
        raise TrainingError(f"{order.base.name} is no model that can be trained", steps=[NextStep("list_models")])
    dataset = read_set(order.set_folder)
    for finding in check_set(order.set_folder, dataset, order.base):
        if finding.level == "stop":
            raise TrainingError(f"the set cannot be trained on: {finding.text}", steps=[NextStep("check_set")])
        if finding.level == "warning":
            told.note(finding.text)
    _options(order, dataset, draws_pixels=order.base.draws_native_pixels)  # refused before anything is loaded
    return dataset


def _loaded(order: LoraOrder, dataset: Dataset, kind: DeviceKind) -> tuple[Any, EncodedSet, StripPlan]:
    """The base without its text encoders, and the set encoded."""
    dtype: DtypeName = "bf16" if kind == "cuda" and not order.base.draws_native_pixels else "fp32"
    needed = weight_bytes(order.base.path, dtype)
    free = devices.memory_bytes(kind)[0]
    if needed * 5 // 4 > free:
        raise TrainingError(
            f"{order.base.name} needs {needed * 1.25 / devices.GIB:.1f} GiB of {kind} memory before the first step, "
            f"{free / devices.GIB:.1f} GiB are free",
            hint="close other programs, or train on a smaller base",
        )
    pipeline = load_pipeline(order.base.path, devices.TORCH_DTYPES[dtype], order.base.vae_path)
    pipeline.to(torch.device(kind))
    examples = encode_set(pipeline, order.base, order.set_folder, dataset, order.trigger)
    side = dataset.pictures[0].canvas_px
    size = _strip_size(order.base, side)
    first = next((one.caption for one in dataset.trained() if one.caption), "")
    texts = (
        f"{order.trigger}, {first}" if first else order.trigger,
        f"{order.trigger}, red dragon",
        "red dragon",
        f"{order.trigger}, an old wizard with a staff in a blue robe",
    )
    words = tuple(encode_words(pipeline, text) for text in texts)
    steps = min(order.base.steps or _STRIP_STEPS, _STRIP_STEPS)
    strip = StripPlan(words, examples.empty, size, steps, order.base.guidance_scale or 7.0)
    # All is encoded: what only encodes leaves memory. The VAE stays, to show strips.
    pipeline.text_encoder = pipeline.text_encoder_2 = None
    gc.collect()
    devices.give_memory_back(kind)
    pipeline.unet.to(memory_format=torch.channels_last)
    return pipeline, examples, strip


def _strip_size(base: ModelEntry, side_px: int) -> tuple[int, int]:
    if base.draws_native_pixels:
        return min(size for size in base.native_sizes_px if min(size) >= side_px)
    return base.render_size_px(side_px, side_px)


def _options(order: LoraOrder, dataset: Dataset, *, draws_pixels: bool) -> LoraOptions:
    return default_options(
        draws_pixels=draws_pixels,
        pictures=len(dataset.trained()),
        steps=order.steps,
        batch_size=order.batch_size,
        rank=order.rank,
        learning_rate=order.learning_rate,
        seed=order.seed,
        save_memory=order.save_memory,
    )


def _try_memory(trainer: LoraTrainer, kind: DeviceKind, told: LoraTold) -> None:
    """Compute one step's gradients and throw them away: what does not fit is refused before the run starts."""
    free = devices.memory_bytes(kind)[0]
    moments = 3 * sum(weight.numel() * 4 for weight in trainer.trained.values())
    try:
        if kind == "cuda":
            torch.cuda.reset_peak_memory_stats()
        trainer.backward(0)
        trainer.optimizer.zero_grad(set_to_none=True)
        peak = torch.cuda.max_memory_allocated() if kind == "cuda" else 0
    except Exception as error:
        if not devices.is_out_of_memory(error):
            raise
        raise TrainingError(
            f"one step of {trainer.options.batch_size} pictures does not fit into the {free / devices.GIB:.1f} GiB "
            f"of {kind} memory that are free",
            hint="a smaller batch size, or saving memory, needs less",
        ) from error
    if moments > _SAFE_SHARE * devices.memory_bytes(kind)[0]:
        raise TrainingError(
            f"the optimizer needs {moments / devices.GIB:.1f} GiB more than fit", hint="a smaller rank needs less"
        )
    if peak:
        told.note(f"a step takes {peak / devices.GIB:.1f} GiB of {kind} memory")


def _choose_way(trainer: LoraTrainer, kind: DeviceKind) -> bool:
    def seconds_a_step(bf16: bool) -> float:
        trainer.bf16 = bf16
        began = time.monotonic()
        trainer.backward(0)
        trainer.optimizer.zero_grad(set_to_none=True)
        return time.monotonic() - began

    compiled = "+compile" if kind == "cuda" and trainer.options.steps >= COMPILED_FROM_STEPS else ""
    asked = f"bf16{compiled}" if kind == "cuda" else "fp32"
    return choose_way(asked, trainer.device, trainer.unet, seconds_a_step)


def _fit_steps(trainer: LoraTrainer, minutes: float, told: LoraTold) -> None:
    """Take as many steps as the minutes hold, by the time that a step takes here."""
    times: list[float] = []
    for _ in range(_TIMED_STEPS):
        began = time.monotonic()
        trainer.backward(0)
        trainer.optimizer.zero_grad(set_to_none=True)
        times.append(time.monotonic() - began)
    steps = max(1, int(minutes * 60 * 0.85 / max(sorted(times)[_TIMED_STEPS // 2], 1e-6)))
    told.note(f"a step takes {min(times):.2f} s: {steps} steps in about {minutes:g} minutes")
    _set_steps(trainer, steps)


def _set_steps(trainer: LoraTrainer, steps: int) -> None:
    trainer.options = replace(trainer.options, steps=steps, warm_up=min(trainer.options.warm_up, max(1, steps // 10)))
    trainer.identity["options"] = trainer.options.to_dict()


def _with_steps_of(kept: Path, trainer: LoraTrainer, minutes: float | None, told: LoraTold) -> LoraTrainer:
    """A run goes on with the steps that it was given when it began."""
    import json

    from pixels_mcp.training.checkpoint import STATE_FILE

    steps = json.loads((kept / STATE_FILE).read_text("utf-8"))["shape"]["options"]["steps"]
    if minutes is not None:
        told.note(f"the run was begun with {steps} steps, which stay")
    _set_steps(trainer, int(steps))
    return trainer


def _run(
    order: LoraOrder, trainer: LoraTrainer, pipeline: Any, strip: StripPlan, looks: LookBook, told: LoraTold
) -> bool:
    """Step to the end; False where the run was told to stop. Its state is kept whatever ends it, a loss that is not a
    number apart."""
    steps = trainer.options.steps
    look_every = max(1, math.ceil(steps / LOOKS))
    warned = False
    saved_s = time.monotonic()
    if not looks.looks:
        _look(order, trainer, pipeline, strip, looks, math.nan)
    while trainer.progress.steps < steps:
        loss = trainer.step()
        step = trainer.progress.steps
        told.step(step, steps, loss)
        if step % look_every == 0 or step == steps:
            _look(order, trainer, pipeline, strip, looks, loss)
            since = looks.overfits_since
            if since is not None and not warned:
                told.note(
                    f"since step {since} it learns the pictures by heart (the held-out loss rises); {since} is kept"
                )
                warned = True
        if told.stopped() and step < steps:
            trainer.save(order.run_dir)
            told.note(f"stopped at step {step} of {steps}; its state is kept in {order.run_dir}")
            return False
        if time.monotonic() - saved_s > SAVE_EVERY_S:
            trainer.save(order.run_dir)
            saved_s = time.monotonic()
    trainer.save(order.run_dir)
    return True


def _look(
    order: LoraOrder, trainer: LoraTrainer, pipeline: Any, strip: StripPlan, looks: LookBook, loss: float
) -> None:
    held_out = trainer.measure(trainer.examples.held_out)
    trained = trainer.measure(trainer.examples.trained[: max(2, len(trainer.examples.held_out))])
    looks.add(Look(trainer.progress.steps, loss, held_out, trained), trainer.weights())
    with trainer.mean, trainer.uncompiled():
        save_strip(draw_strip(pipeline, strip), order.run_dir / f"look-{trainer.progress.steps:06d}.png")


def _finish(
    order: LoraOrder, dataset: Dataset, trainer: LoraTrainer, pipeline: Any, looks: LookBook, told: LoraTold
) -> TrainedLora:
    """Write the best weights, prove in a fresh engine that they change the picture, and register them."""
    weights = looks.best_weights() or trainer.weights()
    best = looks.best
    tensors = kohya_tensors(weights, trainer.unet, trainer.options.rank)
    side = trainer.examples.trained[0].time_ids[0]
    metadata = lora_metadata(
        order.name, order.trigger, order.base, dataset, trainer.options, tensors,
        steps=best.step if best else trainer.progress.steps, prediction=trainer.noise.kind, side_px=side,
    )  # fmt: skip
    staged = order.run_dir / f"{order.name}.safetensors"
    write_lora(staged, tensors, metadata)
    kind = devices.choose_device(order.device)
    del pipeline, trainer
    gc.collect()
    devices.give_memory_back(kind)
    told.note("drawing with what was trained, and without it")
    proof = prove_lora(staged, order, dataset, kind)
    trained = install_lora(staged, order, dataset, looks, proof)
    shutil.rmtree(order.run_dir, ignore_errors=True)
    return trained
