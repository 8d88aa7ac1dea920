"""The end of a run: a fresh engine draws with the written file and without it; only what changes the picture stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from pixels_mcp.datasets.dataset import Dataset, open_pixels, set_hash
from pixels_mcp.datasets.kinds import KindsMeasure, measure_kinds
from pixels_mcp.datasets.measure import SetMeasure, measure_style, style_of
from pixels_mcp.engines.base import DeviceKind, LoraFile, RenderSpec, Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.errors import PixelsError, TrainingError
from pixels_mcp.exemplars.finder import library
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.words import singular, split_words
from pixels_mcp.files import write_whole
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.hashes import HashCache
from pixels_mcp.models.previous import install_model_file, style_file
from pixels_mcp.pictures.html_report import HtmlReport
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.training.judging.samples import Unwatched
from pixels_mcp.training.lora.looks import LookBook
from pixels_mcp.training.lora.lora_order import LoraOrder

_THINGS = (
    "red potion", "iron sword", "wooden shield", "green slime", "gold coin", "blue dragon", "skeleton",
    "treasure chest", "mushroom", "old book", "iron helmet", "silver ring", "bow", "axe", "apple", "fish", "cat",
    "wizard", "tree", "house", "chair", "bat", "scroll", "ghost",
)  # fmt: skip
_PIXEL_PICTURES = 12
PIXEL_STRENGTH = 0.75
"""How strongly exemplars are redrawn: at half strength they keep half of their own colors."""
_LARGE_PICTURES = 4
_SHOWN_OF_SET = 12
_SEED = 4_000


@dataclass(frozen=True, eq=False)
class LoraProof:
    """Sprites of things that the set does not have, as they are drawn by default without the LoRA and with it: same
    words, seeds and exemplars; their style beside the set's, and whether they look like what they are to show."""

    prompts: tuple[str, ...]
    before: tuple[Rgba, ...]
    after: tuple[Rgba, ...]
    style_before: SetMeasure
    style_after: SetMeasure
    kinds_before: KindsMeasure
    kinds_after: KindsMeasure


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
    kinds_right: int
    kinds_judged: int


def unseen_things(dataset: Dataset) -> tuple[str, ...]:
    """Things to draw that no caption of a set names; all of them where it names nearly everything."""
    named = {singular(word) for one in dataset.pictures for word in split_words(one.caption)}
    unseen = tuple(thing for thing in _THINGS if singular(thing.split()[-1]) not in named)
    return unseen if len(unseen) >= _LARGE_PICTURES else _THINGS


def prove_lora(file: Path, order: LoraOrder, dataset: Dataset, device: DeviceKind) -> LoraProof:
    """Draw with a file and without it.

    Raises:
        TrainingError: It cannot be loaded back, or changes nothing.
    """
    base, native = order.base, order.base.draws_native_pixels
    side = max(dataset.canvases(), key=lambda one: dataset.canvases()[one])
    size_px = min(size for size in base.native_sizes_px if min(size) >= side) if native else (side, side)
    prompts = unseen_things(dataset)[: _PIXEL_PICTURES if native else _LARGE_PICTURES]
    exemplars = _exemplars(base, prompts, size_px)
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
    trained = replace(spec, loras=(LoraFile(file, sha256, 1.0),), strength=PIXEL_STRENGTH if exemplars else None)
    plain = replace(spec, strength=base.strength if exemplars else None)
    palette = style_of(order.set_folder, dataset).palette
    drawn: list[tuple[Rgba, ...]] = []
    try:
        for way, lead, colors in ((plain, "", None), (trained, f"{order.trigger}, ", palette)):
            rows = [
                Row(f"{lead}{prompt}", "", _SEED + n, reference=exemplars[n] if exemplars else None)
                for n, prompt in enumerate(prompts)
            ]
            renders = engine.render(way, rows, Unwatched())
            finished = (finish_sprite(one, size_px=size_px, palette=colors, native=native) for one in renders)
            drawn.append(tuple(one.pixels for one in finished))
        same_words = [Row(prompts[0], "", _SEED)]
        without, with_it = (
            engine.render(replace(way, strength=None), same_words, Unwatched())[0] for way in (plain, trained)
        )
    except PixelsError as error:
        raise TrainingError(f"what was trained cannot be drawn with: {error.message}", hint=error.hint) from error
    if np.array_equal(without, with_it):
        raise TrainingError(
            "what was trained changes nothing of the picture; it is not registered",
            hint="more steps, or a larger learning rate",
        )
    before, after = drawn
    return LoraProof(
        prompts=prompts,
        before=before,
        after=after,
        style_before=measure_style(order.set_folder, dataset, before),
        style_after=measure_style(order.set_folder, dataset, after),
        kinds_before=measure_kinds(before, prompts),
        kinds_after=measure_kinds(after, prompts),
    )


def _exemplars(base: ModelEntry, prompts: Sequence[str], size_px: tuple[int, int]) -> list[Rgba]:
    """What `mini` redraws for some words, of the shipped library alone; empty for what draws from nothing."""
    if base.base != "mini":
        return []
    likest = (library().find(read_prompt(prompt), 1, side_px=size_px[0]) for prompt in prompts)
    return [fit(tiles[0].pixels, size_px) for tiles in likest]


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
            "kinds_judged": proof.kinds_after.judged,
            "kinds_right_before": proof.kinds_before.right,
            "kinds_right": proof.kinds_after.right,
        },
    }
    text = json.dumps({key: value for key, value in card.items() if value is not None}, indent=1) + "\n"
    folder = order.models_dir / "loras"
    try:
        previous = install_model_file(staged, folder, order.name, text)
        report = folder / f"{order.name}.report.html"
        write_whole(report, _report(order, dataset, looks, proof))
        style = json.dumps(style_of(order.set_folder, dataset).to_dict(), separators=(",", ":"))
        write_whole(style_file(folder / f"{order.name}.safetensors"), style.encode())
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
        kinds_right=proof.kinds_after.right,
        kinds_judged=proof.kinds_after.judged,
    )


def _report(order: LoraOrder, dataset: Dataset, looks: LookBook, proof: LoraProof) -> bytes:
    page = HtmlReport(f"LoRA {order.name}")
    page.text(f"Trained on {order.base.name} by: {order.command or 'train lora'}")
    before, after = proof.style_before.distance, proof.style_after.distance
    page.table(
        ("style distance", "before", "after", "the set's own"),
        [("", before.distance, after.distance, after.own_distance)],
    )
    kinds = (proof.kinds_before, proof.kinds_after)
    page.table(
        ("look like the kind of thing that was asked for", "before", "after"),
        [("", *(f"{one.right} of {one.judged}" for one in kinds))],
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
