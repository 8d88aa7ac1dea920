"""Tell from a file's header, metadata and name what it is and how it wants to be drawn with."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pixels_mcp.models.card import SamplerName
from pixels_mcp.models.header import Header
from pixels_mcp.models.sdxl_layout import cross_width, why_not_sdxl

BASES_BY_WIDTH = {2048: "sdxl", 768: "sd1", 1024: "sd2"}
LORA_NAME = re.compile(r"(?:^|[._])(?:lora_(?:unet|te|te1|te2|down|up|A|B)|lora)(?:[._]|$)")
LYCORIS_NAME = re.compile(r"\.(?:hada_w1_a|lokr_w1|lokr_w2|oft_blocks|oft_diag|a1\.weight)$")
TRIGGER_SHARE_MIN = 0.9
"""A tag under so many of a LoRA's training pictures was its trigger."""
TRIGGERS_MAX = 3


@dataclass(frozen=True)
class Pace:
    """How a model wants to be drawn with."""

    steps: int
    guidance_scale: float
    sampler: SamplerName | None
    side_px: int = 1024


USUAL_PACE = Pace(25, 7.0, "dpmpp_2m_karras")
V_PACE = Pace(28, 5.0, "euler")


def base_name(text_width: int | None) -> str:
    """Name the family by the width of its text: `sdxl`, `sd1`, `sd2`, else the width itself."""
    if text_width is None:
        return "unknown"
    return BASES_BY_WIDTH.get(text_width, f"width-{text_width}")


def fast_pace(name: str, header: Header | None = None) -> Pace | None:
    """Recognize models and LoRAs that were distilled to few steps by what they call themselves, None for others."""
    title = header.metadata.get("modelspec.title", "") if header else ""
    said = f"{name} {title}".lower()
    counted = re.search(r"(\d+)[-_ ]?steps?\b", said)
    steps = min(max(int(counted[1]), 1), 16) if counted else None
    if re.search(r"lightning", said):
        return Pace(steps or 4, 1.0, "euler_trailing")
    if re.search(r"(?:^|[^a-z])hyper(?:[^a-z]|sd)", said):
        return Pace(steps or 8, 1.0, "tcd")
    if re.search(r"(?:^|[^a-z])lcm(?:[^a-z]|$)", said):
        return Pace(steps or 8, 1.5, "lcm")
    if re.search(r"dmd2?(?:[^a-z]|$)", said):
        return Pace(steps or 4, 1.0, "lcm")
    if re.search(r"sd_?xl[-_. ]?turbo", said):
        return Pace(steps or 4, 1.0, "euler_ancestral_trailing", 512)
    if re.search(r"turbo", said):
        return Pace(steps or 8, 2.0, "dpmpp_2m_karras")
    return None


def checkpoint_pace(name: str, header: Header) -> Pace:
    """How a single-file checkpoint wants to be drawn with."""
    fast = fast_pace(name, header)
    if fast:
        return fast
    wants_v = "v_pred" in header.tensors or header.metadata.get("modelspec.prediction_type", "").startswith("v")
    return V_PACE if wants_v else USUAL_PACE


def checkpoint_problem(header: Header, *, has_other_vae: bool) -> str | None:
    """Why a checkpoint cannot be drawn with, None when it can."""
    if is_lora(header):
        return "is a LoRA; move it to loras/"
    for family, key in (("Flux", "double_blocks.0."), ("SD 3", "joint_blocks.0.")):
        if any(key in name for name in header.tensors):
            return f"is {family}, only SDXL's layout can be drawn with"
    return why_not_sdxl(header, has_other_vae=has_other_vae)


def is_lora(header: Header) -> bool:
    """True where most names are those of LoRA layers."""
    found = sum(1 for name in header.tensors if LORA_NAME.search(name) or LYCORIS_NAME.search(name))
    return found * 2 > len(header.tensors)


def lora_problem(header: Header) -> str | None:
    """Why a LoRA cannot be mixed in, None when it can."""
    if any(LYCORIS_NAME.search(name) for name in header.tensors):
        return "is a LyCORIS (LoHa, LoKr, OFT), only plain LoRAs can be mixed in"
    return None if is_lora(header) else "holds no LoRA layers"


def lora_width(header: Header) -> int | None:
    """Width of the text that the LoRA's base reads; from its layers, else from what its trainer wrote."""
    width = cross_width(header)
    if width is not None:
        return width
    said = " ".join(header.metadata.get(key, "") for key in ("ss_base_model_version", "modelspec.architecture")).lower()
    if "xl" in said:
        return 2048
    return 768 if re.search(r"stable-diffusion-v1|sd_v1", said) else None


def license_of(header: Header) -> str | None:
    """The licence as the file's metadata names it."""
    return (header.metadata.get("modelspec.license") or header.metadata.get("license") or "")[:256] or None


def trigger_words(header: Header) -> tuple[str, ...]:
    """Words that call what was trained: the stated phrase, else the tags under nearly all training pictures."""
    phrase = header.metadata.get("modelspec.trigger_phrase", "").strip()
    if phrase:
        return (phrase[:200],)
    pictures = sum(
        facts["img_count"]
        for facts in _json(header.metadata.get("ss_dataset_dirs")).values()
        if isinstance(facts, dict) and isinstance(facts.get("img_count"), int)
    )
    counts: Counter[str] = Counter()
    for tags in _json(header.metadata.get("ss_tag_frequency")).values():
        for tag, count in (tags if isinstance(tags, dict) else {}).items():
            if isinstance(count, int):
                counts[tag.strip()] += count
    found = [tag for tag, count in counts.most_common() if tag and pictures and count >= TRIGGER_SHARE_MIN * pictures]
    return tuple(tag[:100] for tag in found[:TRIGGERS_MAX])


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
