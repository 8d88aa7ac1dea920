"""How a model wants to be drawn with: steps, guidance and sampler, by what it is called and what it predicts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pixels_mcp.models.card import SamplerName
from pixels_mcp.models.header import Header

TRAINER_MARK = "pixels_mcp.trainer"
"""Metadata key of the LoRAs that pixels-mcp trained: they are styles, whatever they are called."""


@dataclass(frozen=True)
class Pace:
    """How a model wants to be drawn with."""

    steps: int
    guidance_scale: float
    sampler: SamplerName | None
    side_px: int = 1024


USUAL_PACE = Pace(25, 7.0, "dpmpp_2m_karras")
V_PACE = Pace(28, 5.0, "euler")

_KINDS: dict[str, tuple[Pace, int | None]] = {
    "lightning": (Pace(4, 1.0, "euler_trailing"), None),
    "hyper": (Pace(8, 1.0, "tcd"), None),
    "lcm": (Pace(8, 1.5, "lcm"), None),
    "dmd": (Pace(4, 1.0, "lcm"), None),
    "dmd2": (Pace(4, 1.0, "lcm"), None),
    "turbo": (Pace(8, 2.0, "dpmpp_2m_karras"), None),
}
_SDXL_TURBO = Pace(4, 1.0, "euler_ancestral_trailing", 512)
_HYPER_WITH_GUIDANCE = Pace(8, 5.0, "tcd")
"""Hyper-SD's `CFG` LoRAs want the guidance 5 to 8 (their makers)."""
_BASES = frozenset(
    {"sd", "xl", "sdxl", "hyper", "lora", "bytedance", "stabilityai", "tianweiy", "consistency", "latent"}
)
_VERSION_WORD = re.compile(
    r"""v?\d+(?:\.\d+)* | \d*steps? | fp8|fp16|fp32|bf16 | cfg | lora|loras | unet|vae|baked\w* | no|non|full|pruned|ema
    | dpm\w*|sde|karras|euler\w*|lcm|tcd | sd|sdxl|xl|base | checkpoint|ckpt|model|final|merge\w* | alpha|beta|rc\d*
    | e4m3fn?|e5m2 | pytorch|weights|safetensors | [a-z]{0,2}\d+ """,
    re.VERBOSE,
)


def fast_pace(name: str, header: Header | None = None, *, is_lora: bool = False) -> Pace | None:
    """Recognize models and LoRAs that were distilled to few steps, None for others.

    A speed's word counts where nothing but versions stands behind it (`juggernautXL_lightning_8steps`), in a LoRA only
    where nothing else stands before it either (`sdxl_lightning_4step_lora`): `lightning-mage` is a style.

    Args:
        name: What the file is called.
        header: Its `modelspec.title` counts as a name too.
    """
    if header is not None and TRAINER_MARK in header.metadata:
        return None
    title = header.metadata.get("modelspec.title", "") if header else ""
    return _pace_of(name, is_lora=is_lora) or _pace_of(title, is_lora=is_lora)


def _pace_of(name: str, *, is_lora: bool) -> Pace | None:
    words = _words(name.rsplit("/", 1)[-1])
    place = next((at for at, word in enumerate(words) if word in _KINDS and _only_versions(words[at + 1 :])), None)
    if place is None:
        return None
    before, after = words[:place], words[place + 1 :]
    known = _BASES | frozenset(after)
    plainly_named = bool(({"sd", "sdxl", "xl", "lora"} & {*before, *after}) or _steps_of(words))
    if is_lora and not (plainly_named and all(word in known or _VERSION_WORD.fullmatch(word) for word in before)):
        return None
    # At a name's beginning the word is more often the first of a title than a kind of model.
    if not before and not plainly_named and len(words) > 1:
        return None
    pace = _KINDS[words[place]][0]
    if words[place] == "turbo" and set(before) <= {"sd", "xl", "sdxl", "stabilityai"} and before:
        pace = _SDXL_TURBO
    if words[place] == "hyper" and "cfg" in after:
        pace = _HYPER_WITH_GUIDANCE
    steps = _steps_of(words)
    return Pace(steps, pace.guidance_scale, pace.sampler, pace.side_px) if steps else pace


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    apart = re.sub(r"(?i)(lightning|turbo)(?=baked)", r"\1 ", apart)
    words = [word for word in re.split(r"[^a-z0-9.]+", apart.lower()) if word.strip(".")]
    # A number apart from its word: `4 step`.
    joined: list[str] = []
    for word in words:
        if joined and re.fullmatch(r"steps?", word) and joined[-1].isdigit():
            joined[-1] += word
        else:
            joined.append(word.strip("."))
    return joined


def _only_versions(words: list[str]) -> bool:
    return all(_VERSION_WORD.fullmatch(word) for word in words)


def _steps_of(words: list[str]) -> int | None:
    counted = next((match for word in words if (match := re.fullmatch(r"(\d+)steps?", word))), None)
    return min(max(int(counted[1]), 1), 16) if counted else None
