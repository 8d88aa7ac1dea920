"""The loop: one step's chance follows from (seed, step) alone, so a run that was cut off goes on bit for bit."""

# What diffusers and peft export is filled in when it is asked for, which the type check takes for private.
# pyright: reportPrivateImportUsage=false
from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig
from safetensors import SafetensorError

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.checkpoint import Checkpoint, TrainingProgress, load_checkpoint, save_checkpoint
from pixels_mcp.training.lora.lora_examples import EncodedSet, LoraExample, Words
from pixels_mcp.training.lora.lora_options import LoraOptions
from pixels_mcp.training.lora.noise import NoisePlan
from pixels_mcp.training.mean_weights import MeanWeights

ADAPTER = "trained"
_GRADIENT_MAX = 1.0
_MEASURED_TIMES = 8
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class LoraTrainer:
    """Trains adapters on a frozen UNet.

    Args:
        pipeline: Its text encoders may be gone.
        examples: See `encode_set`.
        identity: What must be the same when a run goes on (hashes of set and base); kept with the checkpoints.
        prediction: As in `RenderSpec`.

    Attributes:
        progress: Steps taken.
    """

    def __init__(
        self, pipeline: Any, examples: EncodedSet, options: LoraOptions, identity: dict[str, str],
        prediction: str | None = None,
    ) -> None:  # fmt: skip
        self.unet, self.examples, self.options = pipeline.unet, examples, options
        self.identity = {**identity, "options": options.to_dict()}
        self.noise = NoisePlan(pipeline.scheduler.config, options, prediction)
        self.progress = TrainingProgress(seed=options.seed)
        self.bf16 = False
        self.unet.requires_grad_(False)
        if options.save_memory:
            self.unet.enable_gradient_checkpointing()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            config = LoraConfig(
                r=options.rank, lora_alpha=options.rank, target_modules=options.targets, init_lora_weights="gaussian"
            )
            self.unet.add_adapter(config, adapter_name=ADAPTER)
        self.trained = {name: weight for name, weight in self.unet.named_parameters() if weight.requires_grad}
        for weight in self.trained.values():
            weight.data = weight.data.float()
        self.mean = MeanWeights(self.trained)
        device = next(iter(self.trained.values())).device
        self.device = device
        self.optimizer = torch.optim.AdamW(
            self.trained.values(), lr=options.learning_rate, weight_decay=0.01, fused=device.type == "cuda"
        )
        self._buckets = _buckets(examples.trained)
        self._plain_forward = self.unet.forward

    def step(self) -> float:
        """Take one step: the loss before it.

        Raises:
            TrainingError: The loss is not finite; the weights are as before.
        """
        loss = self.backward(self.progress.steps)
        if not math.isfinite(loss):
            self.optimizer.zero_grad(set_to_none=True)
            raise TrainingError(
                f"the loss is not a number at step {self.progress.steps + 1}; what was kept last is whole",
                hint="a smaller learning rate, or fp32, most often helps; then go on from there",
            )
        torch.nn.utils.clip_grad_norm_(self.trained.values(), _GRADIENT_MAX)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.learning_rate * self._rate()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        steps = self.progress.steps + 1
        seen = self.progress.pictures_seen + self.options.batch_size
        self.progress = TrainingProgress(steps, seen, self.progress.trained_s, self.options.seed)
        decay = min(self.options.mean_decay, steps / (10 + steps))
        self.mean.follow(decay)
        return loss

    def backward(self, step: int) -> float:
        """Compute the loss and the gradients of a step."""
        chance = torch.Generator().manual_seed(int(np.random.default_rng((self.options.seed, step)).integers(1 << 62)))
        latents, words, ids = self._batch(chance)
        noisy = self.noise.draw(latents, chance)
        said = self._said(noisy.latents, noisy.times, words, ids)
        loss = ((said - noisy.targets.to(self.device)) ** 2).mean((1, 2, 3)) * noisy.weights.to(self.device)
        loss.mean().backward()
        return float(loss.mean().detach())

    @torch.no_grad()
    def measure(self, examples: Sequence[LoraExample]) -> float:
        """Loss of the running mean on pictures with fixed noise at fixed times: it can be compared over a run."""
        losses: list[float] = []
        with self.mean, self.uncompiled():
            for number, one in enumerate(examples):
                chance = torch.Generator().manual_seed(10_007 + number)
                latents = one.latents[:1].expand(_MEASURED_TIMES, -1, -1, -1)
                part = (torch.arange(_MEASURED_TIMES) + 0.5) / _MEASURED_TIMES
                noisy = self.noise.at(latents, torch.randn(latents.shape, generator=chance), part)
                ids = torch.tensor([one.time_ids] * _MEASURED_TIMES).float()
                said = self._said(noisy.latents, noisy.times, [one.words[0]] * _MEASURED_TIMES, ids)
                losses.append(float(((said - noisy.targets.to(self.device)) ** 2).mean()))
        return float(np.mean(losses)) if losses else float("nan")

    @contextmanager
    def uncompiled(self) -> Generator[None]:
        """While it lasts, the UNet computes as it is: looks have other shapes, each of which would be compiled."""
        compiled = self.unet.forward
        self.unet.forward = self._plain_forward
        try:
            yield
        finally:
            self.unet.forward = compiled

    def weights(self) -> dict[str, torch.Tensor]:
        """The running mean by `LAYER.lora_A.weight`, float32 on the CPU."""
        return {name.replace(f".{ADAPTER}.", "."): w.detach().cpu().clone() for name, w in self.mean.tensors.items()}

    def _said(
        self, latents: torch.Tensor, times: torch.Tensor, words: Sequence[Words], ids: torch.Tensor
    ) -> torch.Tensor:
        pieces, pooled = torch.cat([one.pieces for one in words]), torch.cat([one.pooled for one in words])
        dtype = self.unet.dtype if self.bf16 else torch.float32
        moved = [x.to(self.device, dtype) for x in (latents, pieces, pooled, ids)]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            said = self.unet(
                moved[0], times.to(self.device), moved[1],
                added_cond_kwargs={"text_embeds": moved[2], "time_ids": moved[3]}, return_dict=False,
            )[0]  # fmt: skip
        return said.float()

    def _batch(self, chance: torch.Generator) -> tuple[torch.Tensor, list[Words], torch.Tensor]:
        """Pictures of one size; a size comes as often as it has pictures."""
        at = int(torch.randint(len(self.examples.trained), (), generator=chance))
        bucket = next(one for one in self._buckets if at in one)
        order = [int(n) for n in torch.randperm(len(bucket), generator=chance)]
        numbers: list[int] = [bucket[order[n % len(order)]] for n in range(self.options.batch_size)]
        latents: list[torch.Tensor] = []
        words: list[Words] = []
        ids: list[torch.Tensor] = []
        for number in numbers:
            one = self.examples.trained[number]
            variant, text = (int(torch.randint(len(x), (), generator=chance)) for x in (one.latents, one.words))
            dropped = float(torch.rand((), generator=chance)) < self.options.drop_words
            latents.append(one.latents[variant])
            words.append(self.examples.empty if dropped else one.words[text])
            ids.append(torch.tensor(one.time_ids))
        return torch.stack(latents), words, torch.stack(ids).float()

    def _rate(self) -> float:
        done = min(1.0, self.progress.steps / self.options.steps)
        rising = min(1.0, (self.progress.steps + 1) / max(1, self.options.warm_up))
        return rising * 0.5 * (1 + math.cos(math.pi * done))

    def save(self, run_dir: Path) -> None:
        """Keep everything that a later process needs; the state before stays until this one is whole.

        Raises:
            TrainingError: The disk is full or cannot be written.
        """
        names = {id(weight): name for name, weight in self.trained.items()}
        moments = {
            f"{key}.{names[id(weight)]}": torch.as_tensor(value)
            for weight, state in self.optimizer.state.items()
            for key, value in state.items()
        }
        kept = Checkpoint(self.progress, self.identity, dict(self.trained), self.mean.tensors, moments)
        try:
            save_checkpoint(run_dir, kept)
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"the state of step {self.progress.steps} cannot be kept in {run_dir}: {error}",
                hint="free some room and go on; what was kept before is whole",
            ) from error

    def load(self, folder: Path) -> None:
        """Go on from what `save` kept.

        Raises:
            TrainingError: It is damaged, or of another set, base or options.
        """
        kept = load_checkpoint(folder, self.identity)
        with torch.no_grad():
            for name, weight in self.trained.items():
                weight.copy_(kept.weights[name])
                state = {key: kept.optimizer[f"{key}.{name}"] for key in _MOMENTS if f"{key}.{name}" in kept.optimizer}
                if state:
                    moved = {key: value.to(weight.device) if key != "step" else value for key, value in state.items()}
                    self.optimizer.state[weight] = moved
        self.mean.load(kept.mean_weights)
        self.progress = kept.progress


def _buckets(examples: Sequence[LoraExample]) -> list[list[int]]:
    sizes: dict[tuple[int, ...], list[int]] = {}
    for number, one in enumerate(examples):
        sizes.setdefault(tuple(one.latents.shape[1:]), []).append(number)
    return list(sizes.values())
