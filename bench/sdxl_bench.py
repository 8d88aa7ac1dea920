"""A model of SDXL's layout with random weights, and how time and memory are taken from it."""

from __future__ import annotations

import contextlib
import resource
import statistics
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from helpers.tiny_sdxl import SDXL_UNET, SDXL_VAE, TINY_UNET, TINY_VAE, text_configs
from pixels_mcp.engines import devices
from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.engines.clip_tokenizers import make_clip_tokenizers
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.engines.diffusers_sdxl.load import make_redraw
from pixels_mcp.engines.diffusers_sdxl.model import Model
from pixels_mcp.engines.levers import Levers


@dataclass(frozen=True)
class Taken:
    """What a piece of work took: a card's memory, or on a CPU the process's since it began."""

    seconds: float
    peak_gib: float


@dataclass(frozen=True)
class Bench:
    """What is measured on.

    Attributes:
        side_px: Of the square that is drawn.
        steps, more, few: A usual number of steps, the upper end of what is usual, and a few.
    """

    kind: devices.DeviceKind
    model: Model
    engine: DiffusersSdxl
    side_px: int
    steps: int
    more: int
    few: int

    def spec(self, steps: int, *, guided: bool = True, **levers: Any) -> RenderSpec:
        """A render of the model that is held."""
        return RenderSpec(
            Path("random"), "random", self.side_px, self.side_px, steps, 7.0 if guided else 1.0, two_pass=guided,
            levers=Levers(**levers),
        )  # fmt: skip

    def wait(self) -> None:
        """Until the card has done what it was told."""
        if self.kind == "cuda":
            torch.cuda.synchronize()

    def taken(self, work: Callable[[], object], *, times: int = 1, warm_up: Callable[[], object] | None) -> Taken:
        """The median time and the peak; what the warm-up prepares is not counted."""
        if warm_up is not None:
            warm_up()
        seconds: list[float] = []
        self._begin_peak()
        for _ in range(times):
            self.wait()
            begun_s = time.perf_counter()
            work()
            self.wait()
            seconds.append(time.perf_counter() - begun_s)
        return Taken(statistics.median(seconds), self._peak_gib())

    def _begin_peak(self) -> None:
        if self.kind == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def _peak_gib(self) -> float:
        if self.kind == "cuda":
            return round(torch.cuda.max_memory_allocated() / devices.GIB, 2)
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)

    @contextlib.contextmanager
    def offloaded(self) -> Generator[None]:
        """While it lasts, the weights lie in the machine's memory, as `load_model` leaves them for `offload`."""
        pipeline: Any = self.model.pipeline
        moved = (pipeline.unet, pipeline.text_encoder, pipeline.text_encoder_2)
        for part in moved:
            part.to("cpu")
        self.engine._models["random", None, True] = replace(self.model, home=torch.device("cpu"))
        try:
            yield
        finally:
            del self.engine._models["random", None, True]
            for part in moved:
                part.to(self.kind)


def make_bench(kind: devices.DeviceKind, *, tiny: bool) -> Bench:
    """Random weights, made where they are used."""
    from diffusers import (
        AutoencoderKL,
        DPMSolverMultistepScheduler,
        StableDiffusionXLPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    dtype = torch.float32 if tiny or kind == "cpu" else torch.bfloat16
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    with torch.device(kind):
        first, second = text_configs(full=not tiny)
        parts = {
            "vae": AutoencoderKL(**(TINY_VAE if tiny else SDXL_VAE)),
            "text_encoder": CLIPTextModel(first),
            "text_encoder_2": CLIPTextModelWithProjection(second),
            "unet": UNet2DConditionModel(**(TINY_UNET if tiny else SDXL_UNET)),
        }
    torch.set_default_dtype(torch.float32)
    for part in parts.values():
        part.to(device=kind, dtype=dtype).requires_grad_(False).eval()
    tokenizer, tokenizer_2 = make_clip_tokenizers()
    scheduler = DPMSolverMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", use_karras_sigmas=True, steps_offset=1
    )
    pipeline = StableDiffusionXLPipeline(
        **parts, tokenizer=tokenizer, tokenizer_2=tokenizer_2, scheduler=scheduler, add_watermarker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    parts["unet"].to(memory_format=torch.channels_last)
    parts["vae"].to(memory_format=torch.channels_last)
    model = Model(pipeline, make_redraw(pipeline), pipeline.scheduler, dtype, home=torch.device(kind))
    engine = DiffusersSdxl(device=kind, dtype="fp32" if dtype == torch.float32 else "bf16")
    engine._models["random", None, False] = model  # as if it had been loaded from a file
    return Bench(kind, model, engine, *((64, 5, 6, 2) if tiny else (1024, 25, 30, 8)))
