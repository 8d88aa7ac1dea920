"""Train `mini`: draw pairs, learn the flow from noise to pixels, keep checkpoints, a log and sample sheets."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from diffusers.models.attention_processor import AttnProcessor

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.checkpoint import (
    Checkpoint,
    TrainingProgress,
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
)
from pixels_mcp.training.mean_weights import MeanWeights
from pixels_mcp.training.mini.augment import Sources, draw_pair, sources_by_canvas
from pixels_mcp.training.mini.curve import append_losses, draw_curve, read_losses
from pixels_mcp.training.mini.network import Mini, Shape
from pixels_mcp.training.mini.optimizer import MuonAdamW
from pixels_mcp.training.mini.options import RunOptions
from pixels_mcp.training.mini.package import load_packaged, package_run
from pixels_mcp.training.mini.pair_loader import PairBatch, PairsOfSteps, batches_from
from pixels_mcp.training.packs.tiles import Tile
from pixels_mcp.training.way import choose_way
from pixels_mcp.training.word_table import load_tokenizer, make_word_table

log = logging.getLogger(__name__)

LOSS_FILE = "loss.csv"
WARM_UP_STEPS = 40


class MiniTrainer:
    """One run in one folder.

    Args:
        run_dir: Checkpoints, `loss.csv` and sheets live here.
        tiles: All tiles; the held-out ones only measure.
        options: See `RunOptions`.
        resume: Go on from the newest checkpoint; without it a folder that has one is refused.
        table: A word table of (vocabulary, text_width) for a new run; made from the sentence model if left out.
        start_folder: A packaged model (a diffusers folder) whose weights a new run starts from.
    """

    def __init__(
        self,
        run_dir: Path,
        tiles: list[Tile],
        options: RunOptions,
        *,
        resume: bool,
        shape: Shape | None = None,
        table: np.ndarray | None = None,
        start_folder: Path | None = None,
    ) -> None:
        self.run_dir, self.options = run_dir, options
        self.shape = shape or Shape()
        self.device = torch.device(_device(options.device))
        checkpoint = newest_checkpoint(run_dir)
        if checkpoint and not resume:
            raise TrainingError(f"{run_dir} already holds a run", hint="add --resume, or name another --run-dir")
        if checkpoint and start_folder is not None:
            raise TrainingError(
                f"{run_dir} already holds a run, which goes on from its own weights",
                hint="leave --from or --resume out",
            )
        run_dir.mkdir(parents=True, exist_ok=True)
        self.sources = sources_by_canvas([tile for tile in tiles if not tile.held_out])
        self.held_out = sources_by_canvas([tile for tile in tiles if tile.held_out])
        self.tokenizer = load_tokenizer(self.shape.text_pieces)
        torch.manual_seed(options.seed)
        self.model = Mini(self.shape)
        self.progress = TrainingProgress(seed=options.seed)
        saved = load_checkpoint(checkpoint, self.shape.as_json()) if checkpoint else None
        if saved:
            self.model.load_state_dict(saved.weights)
            self.progress = saved.progress
        elif start_folder is not None:
            load_packaged(self.model, start_folder)
        else:
            self.model.set_table(make_word_table(self.shape.text_width) if table is None else table)
        self.model.to(self.device)
        torch.nn.Module.to(self.model.unet, memory_format=torch.channels_last)
        if self.device.type == "cpu":
            # The fused attention's backward pass is slow there: a step takes a fifth less with plain products.
            self.model.unet.set_attn_processor(AttnProcessor())
        self.trained = {name: p for name, p in self.model.named_parameters() if p.requires_grad}
        self.mean = MeanWeights(self.trained)
        self.optimizer = MuonAdamW(
            self.trained,
            muon_lr=options.muon_lr,
            adamw_lr=options.adamw_lr,
            threads=torch.get_num_threads() if self.device.type == "cpu" else 1,
        )
        if saved:
            self.mean.load(saved.mean_weights)
            self._load_optimizer(saved)
        self.measured = self._fixed_batches()
        self.plain_forward = self.model.unet.forward
        self.batches: Iterator[PairBatch] | None = None
        self.stopping = False
        self.started = time.monotonic()

    # --- one step -------------------------------------------------------------------------------------------

    def batch(self, sources: Sources, random: np.random.Generator, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw `count` pairs of one canvas: pictures (count, 4, S, S) in -1 to 1, and word pieces."""
        pairs = [draw_pair(sources, random) for _ in range(count)]
        pixels = torch.from_numpy(np.stack([pixels for pixels, _ in pairs]))
        return self._on_device(pixels, self.tokenize([caption for _, caption in pairs]))

    def tokenize(self, captions: list[str]) -> torch.Tensor:
        """Word pieces of captions, (count, text pieces) int64."""
        pieces: torch.Tensor = self.tokenizer(
            captions, padding="max_length", truncation=True, max_length=self.shape.text_pieces, return_tensors="pt"
        ).input_ids
        return pieces

    def _on_device(self, pixels: torch.Tensor, pieces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pictures = to_tensor(pixels.to(self.device, non_blocking=True))
        return pictures.contiguous(memory_format=torch.channels_last), pieces.to(self.device, non_blocking=True)

    def loss(
        self, pictures: torch.Tensor, pieces: torch.Tensor, t: torch.Tensor, noise: torch.Tensor, *, bf16: bool
    ) -> torch.Tensor:
        """Mean squared error of the predicted velocity at times `t`."""
        spread = t[:, None, None, None]
        noisy = (1.0 - spread) * pictures + spread * noise
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            predicted = self.model(noisy, t, pieces)
        return F.mse_loss(predicted.float(), noise - pictures)

    def step(self, *, bf16: bool) -> float:
        """Take one optimiser step; what it draws follows from the seed and the step's number alone."""
        if self.batches is None:
            counts = {side: self._count(side) for side in self.sources}
            pairs = PairsOfSteps(self.sources, counts, self.progress.seed, self.tokenize, self.options.small_share)
            self.batches = batches_from(pairs, self.progress.steps, self.options.workers)
        drawn = next(self.batches)
        pictures, pieces = self._on_device(drawn.pixels, drawn.pieces)
        generator = torch.Generator(self.device).manual_seed(drawn.seed)
        count = len(pictures)
        # Spread evenly over the logistic-normal's quantiles, so that no step sees only easy or only hard times.
        ranks = torch.arange(count, device=self.device)
        quantile = (ranks + torch.rand(count, generator=generator, device=self.device)) / count
        normal = cast("torch.Tensor", torch.special.ndtri(quantile.clamp(1e-4, 1 - 1e-4)))
        t = torch.sigmoid(normal + self.options.time_bias)
        noise = torch.randn(pictures.shape, generator=generator, device=self.device)
        noise = noise.contiguous(memory_format=torch.channels_last)
        loss = self.loss(pictures, pieces, t, noise, bf16=bf16)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
        self.optimizer.step(self._rate())
        self.progress = replace(
            self.progress,
            steps=self.progress.steps + 1,
            pictures_seen=self.progress.pictures_seen + count,
        )
        steps = self.progress.steps
        self.mean.follow(min(0.9995, (1.0 + steps) / (10.0 + steps)))
        return float(loss.detach())

    def _count(self, side: int) -> int:
        """Pairs of a step: twice as many of a small canvas, whose pictures cost a quarter."""
        return self.options.batch_size * (2 if side < max(self.sources) else 1)

    def _rate(self) -> float:
        rate = min(1.0, (self.progress.steps + 1) / WARM_UP_STEPS)
        end, cooldown = self.options.stop_at_pictures, self.options.cooldown_pictures
        if end and cooldown:
            rate *= min(1.0, max(0.0, (end - self.progress.pictures_seen) / cooldown))
        if self.options.stop_after_s and self.options.cooldown_s:
            left_s = self.options.stop_after_s - (time.monotonic() - self.started)
            rate *= min(1.0, max(0.0, left_s / self.options.cooldown_s))
        return rate

    # --- measuring --------------------------------------------------------------------------------------------

    def _fixed_batches(self) -> dict[int, list[tuple[torch.Tensor, ...]]]:
        return {side: self._fixed_batches_of(sources) for side, sources in self.held_out.items()}

    def _fixed_batches_of(self, sources: Sources) -> list[tuple[torch.Tensor, ...]]:
        random = np.random.default_rng(7)
        generator = torch.Generator().manual_seed(7)
        batches: list[tuple[torch.Tensor, ...]] = []
        for start in range(0, self.options.held_out_pairs, 64):
            count = min(64, self.options.held_out_pairs - start)
            pictures, pieces = self.batch(sources, random, count)
            t = ((torch.arange(count) + 0.5) / count).to(self.device)
            noise = torch.randn(pictures.shape, generator=generator).to(self.device)
            batches.append((pictures, pieces, t, noise))
        return batches

    def held_out_losses(self) -> dict[int, float]:
        """The running mean's loss on held-out pairs of each canvas, fixed noise, times spread evenly over 0 to 1."""
        unet: Any = self.model.unet
        training_forward, unet.forward = unet.forward, self.plain_forward
        with self.mean, torch.no_grad():
            losses = {
                side: float(np.mean([float(self.loss(*batch, bf16=False)) for batch in batches]))
                for side, batches in self.measured.items()
            }
        self.model.unet.forward = training_forward
        return losses

    def word_table(self) -> np.ndarray:
        """The frozen word table, (vocabulary, text_width) float32, before the learned map."""
        return self.model.mapped_table.weight.detach().cpu().numpy()

    # --- the run ----------------------------------------------------------------------------------------------

    def run(self, on_step: Callable[[TrainingProgress, float], None] | None = None) -> TrainingProgress:
        """Train until the options or a signal say stop; the last checkpoint is written before it returns."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        if not self.progress.steps:
            self._log_losses(0.0, 0.0)
        bf16 = choose_way(self.options.way, self.device, self.model.unet, self._seconds_a_step)
        self.started = started = saved = sheet = time.monotonic()
        measured_at = self.progress.pictures_seen
        base_s, base_seen = self.progress.trained_s, self.progress.pictures_seen
        losses: list[float] = []
        while not self._done(started):
            losses.append(self.step(bf16=bf16))
            now = time.monotonic()
            self.progress = replace(self.progress, trained_s=base_s + now - started)
            if on_step:
                on_step(self.progress, losses[-1])
            if self.progress.steps % 20 == 0:
                speed = (self.progress.pictures_seen - base_seen) / (now - started)
                recent = float(np.mean(losses[-20:]))
                log.info("%d pictures, loss %.4f, %.1f/s", self.progress.pictures_seen, recent, speed)
            if self.progress.pictures_seen - measured_at >= self.options.measure_every_pictures:
                measured_at = self.progress.pictures_seen
                speed = (self.progress.pictures_seen - base_seen) / (now - started)
                self._log_losses(float(np.mean(losses)), speed)
                losses = []
            if now - saved > self.options.checkpoint_every_s:
                saved = now
                self.save()
            if self.options.sheet_every_s and now - sheet > self.options.sheet_every_s:
                sheet = now
                self._draw_sheet()
        if losses:
            self._log_losses(float(np.mean(losses)), 0.0)
        self.save()
        return self.progress

    def _done(self, started: float) -> bool:
        options = self.options
        return (
            self.stopping
            or (options.stop_at_pictures is not None and self.progress.pictures_seen >= options.stop_at_pictures)
            or (options.stop_after_s is not None and time.monotonic() - started > options.stop_after_s)
        )

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _seconds_a_step(self, bf16: bool) -> float:
        """The best of three forward and backward passes in the present way."""
        largest = self.sources[max(self.sources)]
        pictures, pieces = self.batch(largest, np.random.default_rng(0), self.options.batch_size)
        t = torch.full((len(pictures),), 0.5, device=self.device)
        best = float("inf")
        for _ in range(3):
            started = time.monotonic()
            self.loss(pictures, pieces, t, torch.randn_like(pictures), bf16=bf16).backward()
            best = min(best, time.monotonic() - started)
            for p in self.trained.values():
                p.grad = None
        return best

    # --- keeping ----------------------------------------------------------------------------------------------

    def save(self) -> Path:
        """Write a checkpoint now."""
        optimizer = {**self.optimizer.state, "steps": torch.tensor(self.optimizer.steps)}
        weights = self.model.state_dict()
        return save_checkpoint(
            self.run_dir, Checkpoint(self.progress, self.shape.as_json(), weights, self.mean.tensors, optimizer)
        )

    def _load_optimizer(self, saved: Checkpoint) -> None:
        self.optimizer.steps = int(saved.optimizer["steps"])
        for name, tensor in saved.optimizer.items():
            if name in self.optimizer.state and self.optimizer.state[name].shape == tensor.shape:
                self.optimizer.state[name].copy_(tensor)

    def _log_losses(self, loss: float, speed: float) -> None:
        path, p, held_out = self.run_dir / LOSS_FILE, self.progress, self.held_out_losses()
        append_losses(path, p, loss=loss, held_out_losses=held_out, pictures_per_s=speed)
        draw_curve(read_losses(path), path.with_suffix(".png"))
        told = ", ".join(f"{value:.4f} at {side} px" for side, value in held_out.items())
        log.info("%d pictures: loss %.4f, held out %s, %.1f pictures/s", p.pictures_seen, loss, told, speed)

    def _draw_sheet(self) -> None:
        """Package the mean weights and draw with them, as a user would; a failure here must not end the run."""
        from pixels_mcp.training.judging.samples import draw_training_sheet

        seen = self.progress.pictures_seen
        try:
            self.save()
            folder = package_run(self.run_dir, self.run_dir / "model", shape=self.shape)
            draw_training_sheet(folder, self.run_dir / f"sheet-{seen:08d}.png", fingerprint=f"pictures-{seen}")
        except Exception:
            log.exception("the sample sheet could not be drawn")


def to_tensor(pixels: torch.Tensor) -> torch.Tensor:
    """Turn (count, S, S, 4) uint8 into (count, 4, S, S) in -1 to 1, mid grey where nothing is."""
    scaled = pixels.float() / 127.5 - 1.0
    rgb = torch.where(scaled[..., 3:] > -1.0, scaled[..., :3], 0.0)
    return torch.cat([rgb, scaled[..., 3:]], -1).permute(0, 3, 1, 2)


def _device(asked: str) -> str:
    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if asked == "cuda" and not torch.cuda.is_available():
        raise TrainingError("there is no CUDA device here", hint="leave --device out, or say cpu")
    return asked
