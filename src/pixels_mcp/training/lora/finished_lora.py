"""The end of a run: a fresh engine draws with the written file and without it; only what changes the picture stays."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from pixels_mcp.datasets.dataset import Dataset, open_pixels, set_hash
from pixels_mcp.datasets.measure import SetMeasure, measure_style
from pixels_mcp.engines.base import LoraFile, RenderSpec, Row
from pixels_mcp.engines.devices import DeviceKind
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.errors import PixelsError, TrainingError
from pixels_mcp.files import write_whole
from pixels_mcp.models.hashes import HashCache
from pixels_mcp.models.previous import install_model_file
from pixels_mcp.pictures.html_report import HtmlReport
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.training.judging.samples import Unwatched
from pixels_mcp.training.lora.looks import LookBook
from pixels_mcp.training.lora.lora_order import LoraOrder

UNSEEN = (
    "red potion", "iron sword", "wooden shield", "green slime", "gold coin", "blue dragon", "skeleton",
    "treasure chest", "mushroom", "old book", "helmet", "silver ring",
)  # fmt: skip
PIXEL_STRENGTH = 0.75
"""At half strength a redrawn exemplar keeps half of its own colors; a style shows from here on."""
_LARGE_PICTURES = 4
_SHOWN_OF_SET = 12
_SEED = 4_000


@dataclass(frozen=True, eq=False)
class LoraProof:
    """Finished sprites of the same words and seeds, without the LoRA and with it, and their style beside the set's."""

    prompts: tuple[str, ...]
    before: tuple[Rgba, ...]
    after: tuple[Rgba, ...]
    style_before: SetMeasure
    style_after: SetMeasure


@dataclass(frozen=True)
class TrainedLora:
    """A LoRA that is registered.

    Attributes:
        previous: Name that the former one of this name has now, None without.
    """

    name: str
    file: Path
    report: Path
    previous: str | None
    steps: int
    style_before: float
    style_after: float
    near_copies_share: float


def prove_lora(file: Path, order: LoraOrder, dataset: Dataset, device: DeviceKind) -> LoraProof:
    """Draw with a file and without it.

    Raises:
        TrainingError: It cannot be loaded back, or changes nothing.
    """
    base, native = order.base, order.base.draws_native_pixels
    side = max(dataset.canvases(), key=lambda one: dataset.canvases()[one])
    size_px = min(size for size in base.native_sizes_px if min(size) >= side) if native else (side, side)
    prompts = UNSEEN if native else UNSEEN[:_LARGE_PICTURES]
    # In the threads and, on a CPU, the number format that it was trained in: nothing is measured anew here.
    engine = DiffusersSdxl(device, "fp32" if device == "cpu" else "auto", threads=torch.get_num_threads())
    spec = RenderSpec(
        model_path=base.path,
        model_sha256=base.sha256 or "base",
        vae_path=base.vae_path,
        width_px=base.render_size_px(*size_px)[0],
        height_px=base.render_size_px(*size_px)[1],
        steps=base.steps or 25,
        guidance_scale=base.guidance_scale or 7.0,
        sampler=base.sampler,
        prediction=base.prediction,
    )
    sha256 = HashCache(None).sha256(file)
    drawn: list[tuple[Rgba, ...]] = []
    try:
        for loras, lead in (((), ""), ((LoraFile(file, sha256, 1.0),), f"{order.trigger}, ")):
            rows = [Row(f"{lead}{prompt}", "", _SEED + n) for n, prompt in enumerate(prompts)]
            renders = engine.render(replace(spec, loras=loras), rows, Unwatched())
            drawn.append(tuple(finish_sprite(one, size_px=size_px, native=native).pixels for one in renders))
        plain = engine.render(spec, [Row(prompts[0], "", _SEED)], Unwatched())[0]
        changed = replace(spec, loras=(LoraFile(file, sha256, 1.0),))
        same_words = engine.render(changed, [Row(prompts[0], "", _SEED)], Unwatched())
    except PixelsError as error:
        raise TrainingError(f"what was trained cannot be drawn with: {error.message}", hint=error.hint) from error
    if np.array_equal(plain, same_words[0]):
        raise TrainingError(
            "what was trained changes nothing of the picture; it is not registered",
            hint="more steps, or a larger learning rate",
        )
    return LoraProof(prompts, drawn[0], drawn[1], *(measure_style(order.set_folder, dataset, one) for one in drawn))


def install_lora(staged: Path, order: LoraOrder, dataset: Dataset, looks: LookBook, proof: LoraProof) -> TrainedLora:
    """Put file and card among the models, the former ones of that name aside, and write the run's report beside.

    Raises:
        TrainingError: The models folder cannot be written; what was there is as before.
    """
    best = looks.best or looks.looks[-1]
    card = {
        "description": f"A style LoRA of {len(dataset.trained())} pictures, trained on {order.base.name}",
        "base": order.base.base,
        "license": dataset.license,
        "trigger_words": [order.trigger],
        "strength": PIXEL_STRENGTH if order.base.draws_native_pixels else None,
        "trained": {
            "set_sha256": set_hash(dataset),
            "pictures": len(dataset.trained()),
            "base": order.base.name,
            "base_sha256": order.base.sha256,
            "steps": best.step,
            "seed": order.seed,
            "command": order.command,
            "held_out_loss": None if best.held_out_loss != best.held_out_loss else round(best.held_out_loss, 5),
            "style_distance_before": round(proof.style_before.distance.distance, 4),
            "style_distance": round(proof.style_after.distance.distance, 4),
            "near_copies": round(proof.style_after.near_copies_share, 4),
        },
    }
    text = json.dumps({key: value for key, value in card.items() if value is not None}, indent=1) + "\n"
    folder = order.models_dir / "loras"
    try:
        previous = install_model_file(staged, folder, order.name, text)
        report = folder / f"{order.name}.report.html"
        write_whole(report, _report(order, dataset, looks, proof))
    except OSError as error:
        raise TrainingError(f"cannot write into {folder}: {error}", hint=f"the trained file is {staged}") from error
    return TrainedLora(
        name=order.name,
        file=folder / f"{order.name}.safetensors",
        report=report,
        previous=previous,
        steps=best.step,
        style_before=proof.style_before.distance.distance,
        style_after=proof.style_after.distance.distance,
        near_copies_share=proof.style_after.near_copies_share,
    )


def _report(order: LoraOrder, dataset: Dataset, looks: LookBook, proof: LoraProof) -> bytes:
    page = HtmlReport(f"LoRA {order.name}")
    page.text(f"Trained on {order.base.name} by: {order.command or 'train lora'}")
    before, after = proof.style_before.distance, proof.style_after.distance
    page.table(
        ("style distance", "before", "after", "the set's own"),
        [("", before.distance, after.distance, after.own_distance)],
    )
    page.heading("Losses, with fixed noise")
    page.table(
        ("step", "held out", "trained"), [(str(one.step), one.held_out_loss, one.trained_loss) for one in looks.looks]
    )
    page.heading("Strips: trained thing, unseen thing, the same without the trigger, a long prompt")
    for look in looks.looks:
        file = order.run_dir / f"look-{look.step:06d}.png"
        if file.is_file():
            page.text(f"step {look.step}")
            page.wide(open_picture(file))
    page.heading("Unseen things, without and with the LoRA")
    page.pictures(zip(proof.before, proof.prompts, strict=True))
    page.pictures(zip(proof.after, proof.prompts, strict=True))
    page.heading("Features, the furthest first")
    page.table(
        ("feature", "now", "the set", "spreads off"),
        [(one.name, one.value, one.expected, one.off) for one in proof.style_after.distance.furthest],
    )
    page.heading("Some of the set")
    some = dataset.pictures[:_SHOWN_OF_SET]
    page.pictures((open_pixels(order.set_folder, one), one.caption) for one in some)
    return page.to_html()
