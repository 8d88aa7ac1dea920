"""How fast a LoRA learns: seconds a step, pictures a second and peak memory, with cached words and latents and without.

    python bench/train_lora.py SET [--base mini] [--steps 20] [--batch 1,2,4,8]

Prints one JSON document.
"Not cached" encodes each step's pictures and words anew, as trainers do that keep their encoders.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import torch

from pixels_mcp.datasets.dataset import open_pixels, read_set
from pixels_mcp.engines import devices
from pixels_mcp.engines.diffusers_sdxl.load import load_pipeline
from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import draws_pixels, encode
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import find_paths
from pixels_mcp.training.lora.lora_examples import captions_of, encode_set, encode_words, shown_pictures
from pixels_mcp.training.lora.lora_options import default_options
from pixels_mcp.training.lora.lora_trainer import ADAPTER, LoraTrainer


def main() -> None:
    """Measure each batch size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--base", default="mini")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", default="1,2,4,8")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    asked = parser.parse_args()
    kind = devices.choose_device(asked.device)
    paths = find_paths()
    base = ModelRegistry(paths.models, paths.cache).find(asked.base)
    dataset = read_set(asked.set)
    dtype = torch.bfloat16 if kind == "cuda" and not base.draws_native_pixels else torch.float32
    pipeline = load_pipeline(base.path, dtype, base.vae_path).to(kind)
    began = time.perf_counter()
    examples = encode_set(pipeline, base, asked.set, dataset, "bench style")
    encoding_s = time.perf_counter() - began
    has_alpha = draws_pixels(pipeline.vae)
    results = []
    for batch in map(int, asked.batch.split(",")):
        options = default_options(
            draws_pixels=has_alpha, pictures=len(dataset.trained()), steps=1_000, batch_size=batch
        )
        trainer = LoraTrainer(pipeline, examples, options, {}, base.prediction)
        trainer.bf16 = kind == "cuda"
        for _ in range(3):
            trainer.step()
        seconds = _seconds(trainer, asked.steps, kind)
        # What one batch costs where it is encoded anew.
        again = time.perf_counter()
        for picture in dataset.trained()[:batch]:
            encode(
                pipeline.vae,
                shown_pictures(open_pixels(asked.set, picture), base, has_alpha=has_alpha)[0],
                trainer.device,
            )
            encode_words(pipeline, captions_of(picture, "bench style", has_alpha=has_alpha)[0])
        encode_s = time.perf_counter() - again
        results.append(
            {
                "batch": batch,
                "seconds_a_step": round(seconds, 4),
                "pictures_per_s": round(batch / seconds, 2),
                "not_cached_pictures_per_s": round(batch / (seconds + encode_s), 2),
                "peak_gib": round(_peak_bytes(kind) / devices.GIB, 2),
            }
        )
        pipeline.unet.delete_adapters([ADAPTER])
    told = {"device": devices.device_name(kind), "base": base.name, "threads": torch.get_num_threads()}
    print(json.dumps({**told, "encoding_s": round(encoding_s, 2), "batches": results}, indent=1))


def _seconds(trainer: LoraTrainer, steps: int, kind: str) -> float:
    times = []
    for _ in range(steps):
        began = time.perf_counter()
        trainer.step()
        if kind == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


def _peak_bytes(kind: str) -> int:
    return (
        torch.cuda.max_memory_allocated()
        if kind == "cuda"
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )


if __name__ == "__main__":
    main()
