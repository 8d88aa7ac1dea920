"""SDXL on a card in five minutes: stock diffusers against this engine, with random weights at full size.

    python bench/sdxl.py [--minutes 5] [--out sdxl.jsonl]      # on a card; about 12 GiB of its memory
    python bench/sdxl.py --only machine "lora step"            # the cases whose names begin so
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
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch

from pixels_mcp.engines import devices
from pixels_mcp.engines.base import RenderSpec, Row
from pixels_mcp.engines.diffusers_sdxl.lora import FittedLora
from pixels_mcp.engines.diffusers_sdxl.lora_slot import put_in
from pixels_mcp.training.lora.lora_examples import EncodedSet, LoraExample, Words
from pixels_mcp.training.lora.lora_options import default_options
from pixels_mcp.training.lora.lora_trainer import LoraTrainer
from pixels_mcp.training.way import choose_way
from pixels_mcp.worker.warming import QuietWatch
from sdxl_bench import Bench, Taken, make_bench

GUIDED_UNTIL = 0.4
PROMPT = "pixel art of a ruby potion, white background"
WATCH = QuietWatch(lambda: False)


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


def drawn(bench: Bench, pictures: int, spec: RenderSpec, *, times: int = 1, warm: bool = False) -> Taken:
    """This engine; two steps warm it up, unless it is warm."""
    warm_up = None if warm else ours(bench, pictures, replace(spec, steps=2))
    return bench.taken(ours(bench, pictures, spec), times=times, warm_up=warm_up)


def drawn_by_stock(bench: Bench, pictures: int, steps: int, *, guided: bool, times: int = 1) -> Taken:
    """Diffusers' pipeline, warmed up alike."""
    with torch.inference_mode(), torch.compiler.set_stance("force_eager"):
        warm_up = stock(bench, pictures, 2, guided=guided)
        return bench.taken(stock(bench, pictures, steps, guided=guided), times=times, warm_up=warm_up)


def against(stock: Taken, **ways: Taken) -> dict[str, Any]:
    """Seconds, peaks, and how many times as fast as stock."""
    told: dict[str, Any] = {}
    for name, one in ({"stock": stock} | ways).items():
        told |= {f"{name}_s": round(one.seconds, 3), f"{name}_peak_gib": one.peak_gib}
    return told | {f"{name}_to_stock": round(stock.seconds / one.seconds, 2) for name, one in ways.items()}


def renders(bench: Bench, pictures: int, steps: int, *, guided: bool) -> dict[str, Any]:
    """Whole renders without compiling: stock, ours, and ours with guidance for 40 % of the steps."""
    times = 2 if pictures == 1 else 1
    told: dict[str, Any] = {"pictures": pictures, "steps": steps, "guided": guided}
    by_stock = drawn_by_stock(bench, pictures, steps, guided=guided, times=times)
    ways = {"ours": drawn(bench, pictures, bench.spec(steps, guided=guided), times=times)}
    if guided:
        ways["interval"] = drawn(bench, pictures, bench.spec(steps, guidance_until=GUIDED_UNTIL), times=times)
    return told | against(by_stock, **ways)


def compiled(bench: Bench, pictures: int, steps: int, *, guided: bool) -> dict[str, Any]:
    """The same with compiled blocks, and how long compiling took; stock is measured once more beside it."""
    spec = bench.spec(steps, guided=guided, compiled=True)
    fast = replace(spec, levers=replace(spec.levers, guidance_until=GUIDED_UNTIL))
    begun_s = time.perf_counter()
    ours(bench, pictures, replace(spec, steps=2))()
    if guided:  # the rows of one pass are another shape
        ours(bench, pictures, replace(fast, steps=2))()
    bench.wait()
    told: dict[str, Any] = {"pictures": pictures, "steps": steps, "guided": guided}
    told["compiling_s"] = round(time.perf_counter() - begun_s, 1)
    by_stock = drawn_by_stock(bench, pictures, steps, guided=guided)
    ways = {"compiled": drawn(bench, pictures, spec, warm=True)}
    if guided:
        ways["fast"] = drawn(bench, pictures, fast, warm=True)
    return told | against(by_stock, **ways)


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
                told[f"{name}_{rows}_ms"] = round(1000 * bench.taken(forward, times=5, warm_up=forward).seconds, 2)
    return told


def low_memory(bench: Bench) -> dict[str, Any]:
    """One picture in few steps with each lever of the profile: the peak beside the plain one's, and what it costs."""
    told: dict[str, Any] = {"pictures": 1, "steps": bench.few}

    def tell(name: str, **levers: Any) -> None:
        one = drawn(bench, 1, bench.spec(bench.few, **levers))
        told.update({f"{name}_s": round(one.seconds, 3), f"{name}_peak_gib": one.peak_gib})

    tell("plain")
    tell("tiled", vae_tiling=True)
    with bench.offloaded():
        tell("offloaded", offload=True)
        tell("low_memory", offload=True, vae_tiling=True)
    return told


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


def lora_trainer(bench: Bench, batch: int) -> LoraTrainer:
    """It begins to train on words and latents that were encoded already."""
    unet: Any = bench.model.pipeline.unet
    pooled = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
    words = Words(torch.randn(1, 77, unet.config.cross_attention_dim), torch.randn(1, pooled))
    side = bench.side_px // 8
    ids = (bench.side_px, bench.side_px, 0, 0, bench.side_px, bench.side_px)
    examples = tuple(LoraExample(torch.randn(1, 4, side, side), (words,), ids) for _ in range(8))
    options = default_options(draws_pixels=False, pictures=8, steps=100, batch_size=batch)
    trainer = LoraTrainer(bench.model.pipeline, EncodedSet(examples, (), words), options, {}, "epsilon")
    trainer.bf16 = bench.kind == "cuda"
    return trainer


def lora_steps(bench: Bench, batch: int) -> dict[str, Any]:
    """One training step of a LoRA."""
    with torch.compiler.set_stance("force_eager"):
        trainer = lora_trainer(bench, batch)
        step = bench.taken(trainer.step, times=5, warm_up=trainer.step)
    bench.model.pipeline.unet.unload_lora()
    return _a_step(batch, step)


def compiled_lora_steps(bench: Bench, batch: int) -> dict[str, Any]:
    """The same with the UNet compiled as a long training compiles it, and how long that took."""
    unet: Any = bench.model.pipeline.unet
    plain_forward = unet.forward
    trainer = lora_trainer(bench, batch)
    way = f"{'bf16' if trainer.bf16 else 'fp32'}+compile"
    choose_way(way, trainer.device, unet, lambda _: 0.0)
    begun_s = time.perf_counter()
    try:
        trainer.step()
        bench.wait()
        compiling_s = time.perf_counter() - begun_s
        step = bench.taken(trainer.step, times=5, warm_up=trainer.step)
    finally:
        unet.forward = plain_forward
        unet.unload_lora()
    return {"way": way, "compiling_s": round(compiling_s, 1)} | _a_step(batch, step)


def _a_step(batch: int, step: Taken) -> dict[str, Any]:
    seconds = step.seconds
    return {
        "batch": batch,
        "step_s": round(seconds, 4),
        "pictures_per_s": round(batch / seconds, 2),
        "peak_gib": step.peak_gib,
    }


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


def sections(bench: Bench) -> Iterator[tuple[str, Callable[[Bench], dict[str, Any]]]]:
    """Names and measurements, in the order of their worth."""

    def case(measure: Callable[..., dict[str, Any]], pictures: int, steps: int, *, guided: bool = True) -> Any:
        return partial(measure, pictures=pictures, steps=steps, guided=guided)

    yield "machine", machine
    yield "render 1", case(renders, 1, bench.steps)
    yield "compiled 1", case(compiled, 1, bench.steps)
    yield "render 4", case(renders, 4, bench.steps)
    yield "few steps 1", case(renders, 1, bench.few, guided=False)
    for batch in (1, 2, 4):
        yield f"lora step {batch}", partial(lora_steps, batch=batch)
    yield "compiled 4", case(compiled, 4, bench.steps)
    yield "low memory", low_memory
    yield "render 8", case(renders, 8, bench.steps)
    for pictures in (4, 8):
        yield f"few steps {pictures}", case(renders, pictures, bench.few, guided=False)
    yield "compiled 8", case(compiled, 8, bench.steps)
    yield "compiled lora step 1", partial(compiled_lora_steps, batch=1)
    yield "more steps 1", case(renders, 1, bench.more)
    yield "hotswap", hotswap
    for batch in (2, 4):
        yield f"compiled lora step {batch}", partial(compiled_lora_steps, batch=batch)
    for pictures in (4, 8):
        yield f"more steps {pictures}", case(renders, pictures, bench.more)
    yield "compiled few steps 1", case(compiled, 1, bench.few, guided=False)
    yield "forward", forwards


def main() -> None:
    """Measure until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="a narrow model, to try the script")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--out", type=Path, default=Path("sdxl.jsonl"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="cases whose names begin so")
    asked = parser.parse_args()
    deadline_s = time.monotonic() + asked.minutes * 60
    lines = asked.out.read_text("utf-8").splitlines() if asked.out.exists() else []
    known = {told["section"] for line in lines if "error" not in (told := json.loads(line))}
    bench, left_out = make_bench(devices.choose_device(asked.device), tiny=asked.tiny), []
    np.random.seed(0)
    for name, measure in sections(bench):
        if name in known or (asked.only and not name.startswith(tuple(asked.only))):
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
