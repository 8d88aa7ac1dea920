"""The end of a run: what was proved stands among the models, with its card, its style and a report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.datasets.dataset import Dataset, open_pixels, set_hash
from pixels_mcp.datasets.measure import style_of
from pixels_mcp.errors import TrainingError
from pixels_mcp.files import write_whole
from pixels_mcp.models.previous import install_model_file, style_file
from pixels_mcp.pictures.html_report import HtmlReport
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.training.lora.looks import LookBook
from pixels_mcp.training.lora.lora_order import LoraOrder
from pixels_mcp.training.lora.lora_proof import LoraProof

_SHOWN_OF_SET = 12


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
        "strength": proof.strength,
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
