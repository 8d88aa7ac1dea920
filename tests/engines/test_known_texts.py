"""A text is read once for a stack of LoRAs."""

from __future__ import annotations

import torch

from pixels_mcp.engines.diffusers_sdxl.known_texts import TEXTS_KEPT, EncodedText, KnownTexts


class Reading:
    """Encodes a text as its length, and writes down which it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> EncodedText:
        self.texts.append(text)
        return EncodedText(torch.full((1, 1, 1), float(len(text))), torch.zeros(1, 1))


def test_a_text_is_read_once_for_each_stack() -> None:
    known, read = KnownTexts(), Reading()

    said = [known.get(stack, text, read) for stack, text in (((), "key"), ((), ""), ((), "key"), (("lora",), "key"))]

    assert [float(one.embeds) for one in said] == [3.0, 0.0, 3.0, 3.0]
    assert read.texts == ["key", "", "key"]


def test_the_text_that_was_not_asked_for_longest_is_forgotten() -> None:
    known, read = KnownTexts(), Reading()
    for number in range(TEXTS_KEPT):
        known.get((), str(number), read)
    known.get((), "0", read)
    known.get((), "one more", read)
    read.texts.clear()

    known.get((), "0", read)
    known.get((), "1", read)

    assert read.texts == ["1"]
