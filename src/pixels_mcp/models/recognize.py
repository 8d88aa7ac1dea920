"""Tell from a file's header, metadata and name what it is and how it wants to be drawn with."""

from __future__ import annotations

import re
from collections import Counter

from pixels_mcp.documents import parse_json
from pixels_mcp.models.card import Prediction
from pixels_mcp.models.header import Header
from pixels_mcp.models.lora_names import left_out, read_name, why_not_plain
from pixels_mcp.models.sdxl_layout import cross_width, why_not_sdxl
from pixels_mcp.told_apart import JsonObject, is_table

BASES_BY_WIDTH = {2048: "sdxl", 768: "sd1", 1024: "sd2"}
V_NAME = re.compile(r"(?<![a-z])v[-_ ]?pred(?:iction)?(?![a-z])", re.IGNORECASE)
TRIGGER_SHARE_MIN = 0.9
"""A tag under so many of a LoRA's training pictures was its trigger."""
TRIGGERS_MAX = 3


def base_name(text_width: int | None) -> str:
    """Name the family by the width of its text: `sdxl`, `sd1`, `sd2`, else the width itself."""
    if text_width is None:
        return "unknown"
    return BASES_BY_WIDTH.get(text_width, f"width-{text_width}")


def said_prediction(name: str, header: Header) -> tuple[Prediction, bool]:
    """What a checkpoint predicts, and whether only its name says so.

    Merged models often lose the mark that their parents had in the file; then the name is all that tells.
    """
    stated = header.metadata.get("modelspec.prediction_type", "").lower()
    if "v_pred" in header.tensors or stated.startswith("v"):
        return "v_prediction", False
    if not stated.startswith("eps") and V_NAME.search(name):
        return "v_prediction", True
    return "epsilon", False


def checkpoint_problem(header: Header, *, has_other_vae: bool) -> str | None:
    """Why a checkpoint cannot be drawn with, None when it can."""
    if is_lora(header):
        return "is a LoRA; move it to loras/"
    for family, key in (("Flux", "double_blocks.0."), ("SD 3", "joint_blocks.0.")):
        if any(key in name for name in header.tensors):
            return f"is {family}, only SDXL's layout can be drawn with"
    return why_not_sdxl(header, has_other_vae=has_other_vae)


def is_lora(header: Header) -> bool:
    """True where most names are those of an adapter's layers."""
    own = sum(1 for name in header.tensors if read_name(name) or why_not_plain([name]))
    return own * 2 > len(header.tensors)


def lora_problem(header: Header) -> str | None:
    """Why a LoRA cannot be mixed in, None when it can."""
    return why_not_plain(header.tensors) or (None if is_lora(header) else "holds no LoRA layers")


def lora_notes(header: Header) -> tuple[str, ...]:
    """What of a LoRA is left out when it is mixed in."""
    unread = left_out(header.tensors)
    if not unread:
        return ()
    return (f"{len(unread)} of its {len(header.tensors)} tensors are no LoRA layers and are left out ({unread[0]})",)


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
        if is_table(facts) and isinstance(facts.get("img_count"), int)
    )
    counts: Counter[str] = Counter()
    for tags in _json(header.metadata.get("ss_tag_frequency")).values():
        for tag, count in (tags if is_table(tags) else {}).items():
            if isinstance(count, int):
                counts[tag.strip()] += count
    common = [tag for tag, count in counts.most_common() if tag and pictures and count >= TRIGGER_SHARE_MIN * pictures]
    return tuple(tag[:100] for tag in common[:TRIGGERS_MAX])


def _json(text: str | None) -> JsonObject:
    try:
        document = parse_json(text or "{}")
    except ValueError:
        return {}
    return document if is_table(document) else {}
