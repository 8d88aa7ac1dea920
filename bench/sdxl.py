"""SDXL on a card in five minutes: stock diffusers against this engine, with random weights at full size.

    python bench/sdxl.py [--minutes 5] [--out sdxl.jsonl]      # on a card; about 12 GiB of its memory
    python bench/sdxl.py --tiny --device cpu                   # the same script on a model of the same layout, narrow

Prints one JSON document a line as soon as it is measured, and appends it to --out; a script that was cut goes on with
what is not in there yet. Random weights cost what real ones cost, so times and memory are those of SDXL; what it draws
is noise, so nothing is said of quality. Stock is diffusers' own pipeline with channels_last, in the same run, with the
same weights. What did not fit into the minutes is told in the last line by name.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from helpers.tiny_sdxl import SDXL_UNET, SDXL_VAE, TINY_UNET, TINY_VAE, text_configs
from pixels_mcp.engines import devices
from pixels_mcp.engines.base import RenderSpec, Row
from pixels_mcp.engines.clip_tokenizers import make_clip_tokenizers
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.engines.diffusers_sdxl.load import make_redraw
from pixels_mcp.engines.diffusers_sdxl.lora import FittedLora
from pixels_mcp.engines.diffusers_sdxl.lora_slot import put_in
from pixels_mcp.engines.diffusers_sdxl.model import Model
from pixels_mcp.engines.levers import Levers
from pixels_mcp.training.lora.lora_examples import EncodedSet, LoraExample, Words
from pixels_mcp.training.lora.lora_options import default_options
from pixels_mcp.training.lora.lora_trainer import LoraTrainer
from pixels_mcp.worker.warming import QuietWatch

FAST = Levers(guidance_until=0.4)
PROMPT = "pixel art of a ruby potion, white background"
WATCH = QuietWatch(lambda: False)


@dataclass(frozen=True)
class Bench:
    """What is measured on.

    Attributes:
        side_px: Of the square that is drawn.
        steps, few: A usual number of steps, and a few.
    """

    kind: devices.DeviceKind
    model: Model
    engine: DiffusersSdxl
    side_px: int
    steps: int
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

    def seconds(self, work: Callable[[], object], *, times: int, warm_up: bool = True) -> float:
        """The median time; what the first run prepares is not counted."""
        if warm_up:
            work()
        taken = []
        for _ in range(times):
            self.wait()
            begun_s = time.perf_counter()
            work()
            self.wait()
            taken.append(time.perf_counter() - begun_s)
        return statistics.median(taken)

    def peak_gib(self, work: Callable[[], object]) -> float:
        """The most memory that was in use; of a CPU, the process's since it began."""
        if self.kind != "cuda":
            work()
            return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
        torch.cuda.reset_peak_memory_stats()
        work()
        return round(torch.cuda.max_memory_allocated() / devices.GIB, 2)


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
    return Bench(kind, model, engine, *((64, 5, 2) if tiny else (1024, 25, 8)))


# --- what is measured, the most telling first -----------------------------------------------------------------------


def stock(bench: Bench, pictures: int, steps: int, *, guided: bool) -> Callable[[], object]:
    """Diffusers' own pipeline, as its documentation calls it."""
    bench.model.pipeline.scheduler = type(bench.model.sampler).from_config(bench.model.sampler.config)
    return lambda: bench.model.pipeline(
        prompt=[PROMPT] * pictures, num_inference_steps=steps, guidance_scale=7.0 if guided else 1.0,
        height=bench.side_px, width=bench.side_px, output_type="np",
    )  # fmt: skip


def ours(bench: Bench, pictures: int, spec: RenderSpec) -> Callable[[], object]:
    """This engine."""
    rows = [Row(PROMPT, "", seed) for seed in range(pictures)]
    return lambda: bench.engine.render(spec, rows, WATCH)


def renders(bench: Bench, pictures: int, *, few: bool = False) -> dict[str, Any]:
    """Whole renders without compiling: stock, ours, and ours with guidance for 40 % of the steps."""
    steps, guided, times = bench.few if few else bench.steps, not few, 2 if pictures == 1 else 1
    with torch.inference_mode():
        stock_s = bench.seconds(stock(bench, pictures, steps, guided=guided), times=times)
    plain = ours(bench, pictures, bench.spec(steps, guided=guided))
    plain_s = bench.seconds(plain, times=times)
    told = {
        "pictures": pictures,
        "steps": steps,
        "guided": guided,
        "stock_s": round(stock_s, 3),
        "ours_s": round(plain_s, 3),
        "ours_to_stock": round(stock_s / plain_s, 2),
        "peak_gib": bench.peak_gib(ours(bench, pictures, bench.spec(1, guided=guided))),
    }
    if guided:
        interval_s = bench.seconds(ours(bench, pictures, bench.spec(steps, guidance_until=0.4)), times=times)
        told |= {"interval_s": round(interval_s, 3), "interval_to_stock": round(stock_s / interval_s, 2)}
    return told


def compiled(bench: Bench, pictures: int, *, few: bool = False) -> dict[str, Any]:
    """The same with compiled blocks, and how long compiling took; stock is measured once more beside it."""
    steps, guided = bench.few if few else bench.steps, not few
    spec = bench.spec(steps, guided=guided, compiled=True)
    begun_s = time.perf_counter()
    ours(bench, pictures, replace(spec, steps=2))()
    if guided:  # the rows of one pass are another shape
        ours(bench, pictures, replace(spec, steps=2, levers=replace(spec.levers, guidance_until=0.4)))()
    bench.wait()
    compiling_s = time.perf_counter() - begun_s
    with torch.inference_mode(), torch.compiler.set_stance("force_eager"):
        stock_s = bench.seconds(stock(bench, pictures, steps, guided=guided), times=1)
    plain_s = bench.seconds(ours(bench, pictures, spec), times=1, warm_up=False)
    told = {
        "pictures": pictures,
        "steps": steps,
        "guided": guided,
        "compiling_s": round(compiling_s, 1),
        "stock_s": round(stock_s, 3),
        "compiled_s": round(plain_s, 3),
        "compiled_to_stock": round(stock_s / plain_s, 2),
    }
    if guided:
        fast = replace(spec, levers=replace(spec.levers, guidance_until=0.4))
        fast_s = bench.seconds(ours(bench, pictures, fast), times=1, warm_up=False)
        told |= {"fast_s": round(fast_s, 3), "fast_to_stock": round(stock_s / fast_s, 2)}
    return told


def forwards(bench: Bench) -> dict[str, Any]:
    """One pass of the UNet, by rows and by the order of its channels."""
    unet: Any = bench.model.pipeline.unet
    side, words = bench.side_px // 8, unet.config.cross_attention_dim
    pooled = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
    told: dict[str, Any] = {}
    for order, name in ((torch.contiguous_format, "contiguous"), (torch.channels_last, "channels_last")):
        unet.to(memory_format=order)
        for rows in (1, 2, 8):
            make = {"device": bench.kind, "dtype": bench.model.dtype}
            sample, text = torch.randn(rows, 4, side, side, **make), torch.randn(rows, 77, words, **make)
            added = {"text_embeds": torch.randn(rows, pooled, **make), "time_ids": torch.ones(rows, 6, **make)}

            def forward(sample: Any = sample, text: Any = text, added: Any = added) -> object:
                return unet(sample, 500, text, added_cond_kwargs=added)

            with torch.inference_mode(), torch.compiler.set_stance("force_eager"):
                told[f"{name}_{rows}_ms"] = round(1000 * bench.seconds(forward, times=5), 2)
    return told


def low_memory(bench: Bench) -> dict[str, Any]:
    """One picture with the VAE in tiles: the peak beside the plain one's, and the time that it costs."""
    plain, tiled = bench.spec(2), bench.spec(2, vae_tiling=True)
    return {
        "plain_peak_gib": bench.peak_gib(ours(bench, 1, plain)),
        "tiled_peak_gib": bench.peak_gib(ours(bench, 1, tiled)),
        "plain_s": round(bench.seconds(ours(bench, 1, plain), times=1), 3),
        "tiled_s": round(bench.seconds(ours(bench, 1, tiled), times=1), 3),
    }


def hotswap(bench: Bench) -> dict[str, Any]:
    """Exchanging a LoRA in place under compiled blocks: time, and what is compiled again."""
    unet, generator = bench.model.pipeline.unet, torch.Generator().manual_seed(0)
    layers = {
        name: (module.in_features, module.out_features)
        for name, module in unet.named_modules()
        if isinstance(module, torch.nn.Linear) and name.endswith(("to_q", "to_k", "to_v"))
    }

    def lora(rank: int) -> FittedLora:
        tensors: dict[str, torch.Tensor] = {}
        for name, (inputs, outputs) in layers.items():
            tensors[f"unet.{name}.lora_A.weight"] = torch.randn(rank, inputs, generator=generator) * 0.01
            tensors[f"unet.{name}.lora_B.weight"] = torch.randn(outputs, rank, generator=generator) * 0.01
        return FittedLora(tensors, {}, (), len(layers))

    draw = ours(bench, 1, bench.spec(2, compiled=True))
    slot = put_in(bench.model.pipeline, lora(16), 1.0, None)
    draw()
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    begun_s = time.perf_counter()
    put_in(bench.model.pipeline, lora(8), 0.8, slot)
    bench.wait()
    swap_s = time.perf_counter() - begun_s
    draw()
    again = torch._dynamo.utils.counters["stats"]["unique_graphs"] - graphs
    bench.model.pipeline.unload_lora_weights()
    return {"layers": len(layers), "swap_ms": round(1000 * swap_s, 1), "compiled_again": again}


def lora_steps(bench: Bench, batch: int) -> dict[str, Any]:
    """One training step of a LoRA, its words and latents encoded already."""
    unet: Any = bench.model.pipeline.unet
    pooled = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
    words = Words(torch.randn(1, 77, unet.config.cross_attention_dim), torch.randn(1, pooled))
    side = bench.side_px // 8
    ids = (bench.side_px, bench.side_px, 0, 0, bench.side_px, bench.side_px)
    examples = tuple(LoraExample(torch.randn(1, 4, side, side), (words,), ids) for _ in range(8))
    options = default_options(draws_pixels=False, pictures=8, steps=100, batch_size=batch)
    with torch.compiler.set_stance("force_eager"):
        trainer = LoraTrainer(bench.model.pipeline, EncodedSet(examples, (), words), options, {}, "epsilon")
        trainer.bf16 = bench.kind == "cuda"
        step_s = bench.seconds(trainer.step, times=5)
        peak = bench.peak_gib(trainer.step)
    unet.unload_lora()
    return {"batch": batch, "step_s": round(step_s, 4), "pictures_per_s": round(batch / step_s, 2), "peak_gib": peak}


def machine(bench: Bench) -> dict[str, Any]:
    """What it is measured on."""
    return {
        "device": devices.device_name(bench.kind),
        "kind": bench.kind,
        "torch": torch.__version__,
        "dtype": str(bench.model.dtype),
        "unet_parameters": sum(weight.numel() for weight in bench.model.pipeline.unet.parameters()),
        "threads": torch.get_num_threads(),
    }


def sections() -> Iterator[tuple[str, Callable[[Bench], dict[str, Any]]]]:
    """Names and measurements, in the order of their worth."""
    yield "machine", machine
    for pictures in (1, 4):
        yield f"render {pictures}", lambda bench, pictures=pictures: renders(bench, pictures)
    for batch in (1, 2, 4):
        yield f"lora step {batch}", lambda bench, batch=batch: lora_steps(bench, batch)
    yield "render 8", lambda bench: renders(bench, 8)
    for pictures in (1, 4, 8):
        yield f"few steps {pictures}", lambda bench, pictures=pictures: renders(bench, pictures, few=True)
    yield "forward", forwards
    yield "low memory", low_memory
    yield "compiled 1", lambda bench: compiled(bench, 1)
    yield "hotswap", hotswap
    for pictures in (4, 8):
        yield f"compiled {pictures}", lambda bench, pictures=pictures: compiled(bench, pictures)
    yield "compiled few steps 1", lambda bench: compiled(bench, 1, few=True)


def main() -> None:
    """Measure until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="a narrow model, to try the script")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--out", type=Path, default=Path("sdxl.jsonl"))
    parser.add_argument("--only", help="sections whose name begins so")
    asked = parser.parse_args()
    deadline_s = time.monotonic() + asked.minutes * 60
    lines = asked.out.read_text("utf-8").splitlines() if asked.out.exists() else []
    known = {told["section"] for line in lines if "error" not in (told := json.loads(line))}
    bench, left_out = make_bench(devices.choose_device(asked.device), tiny=asked.tiny), []
    np.random.seed(0)
    for name, measure in sections():
        if name in known or (asked.only and not name.startswith(asked.only)):
            continue
        if time.monotonic() > deadline_s:
            left_out.append(name)
            continue
        begun_s = time.monotonic()
        try:
            told = measure(bench)
        except Exception as error:  # one measurement that fails must not cost the others
            told = {"error": f"{type(error).__name__}: {error}"[:500]}
        line = json.dumps({"section": name, **told, "took_s": round(time.monotonic() - begun_s, 1)})
        print(line, flush=True)
        with asked.out.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
    if left_out:
        print(json.dumps({"section": "left out", "names": left_out}), flush=True)


if __name__ == "__main__":
    main()
