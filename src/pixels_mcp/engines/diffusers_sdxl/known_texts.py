"""Texts that a model's text encoders have read: a text says the same until the LoRAs change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import torch

TEXTS_KEPT = 64
"""Of the latest texts. SDXL's take 0.3 MB each in fp16; the negative prompts of a person seldom change, and a tile that
is redrawn more strongly is told the same once more."""


class EncodedText(NamedTuple):
    """What the UNet hears of a text: (1, tokens, width) and (1, width)."""

    embeds: torch.Tensor
    pooled: torch.Tensor


def read_text(pipeline: Any, text: str) -> EncodedText:
    """Let a pipeline's text encoders read a text by itself, so that it gives the same numbers in every company."""
    # Without a device the pipeline looks for one in every layer of the model.
    embeds, _, pooled, _ = pipeline.encode_prompt(text, device=pipeline.vae.device, do_classifier_free_guidance=False)
    return EncodedText(embeds, pooled)


class KnownTexts:
    """The latest texts of one model, as its text encoders read them."""

    def __init__(self) -> None:
        self._texts: dict[tuple[Hashable, str], EncodedText] = {}

    def get(self, reader: Hashable, text: str, read: Callable[[str], EncodedText]) -> EncodedText:
        """What a text says to `reader` (the encoders with the LoRAs that are mixed in), read where it is not known."""
        key = reader, text
        known = self._texts.pop(key, None) or read(text)
        self._texts[key] = known
        if len(self._texts) > TEXTS_KEPT:
            del self._texts[next(iter(self._texts))]
        return known
