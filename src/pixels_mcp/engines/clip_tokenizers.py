"""Make SDXL's two tokenizers from CLIP's word merges, which are part of this package (clip_words/, MIT)."""

from __future__ import annotations

from functools import cache
from importlib import resources

from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
PIECES_MAX = 77


def make_clip_tokenizers() -> tuple[CLIPTokenizer, CLIPTokenizer]:
    """Make the tokenizers of SDXL's first and second text encoder; they differ in how they fill up short prompts."""
    vocabulary, merges = _words()
    first, second = (
        CLIPTokenizer(
            vocab=dict(vocabulary),
            merges=list(merges),  # pyright: ignore[reportArgumentType]  # pairs are what it wants
            pad_token=padding,
            model_max_length=PIECES_MAX,
        )
        for padding in (END, "!")
    )
    return first, second


@cache
def _words() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The 49,408 pieces with their numbers, and the merges: bytes, bytes that end a word, merged pieces, two marks.

    Source: A. Radford et al., 2021, CLIP.
    """
    text = (resources.files("pixels_mcp.engines") / "clip_words" / "merges.txt").read_text("utf-8")
    merges = [(left, right) for left, _, right in (line.partition(" ") for line in text.splitlines())]
    pieces = _byte_letters()
    pieces += [f"{letter}</w>" for letter in pieces]
    pieces += ["".join(pair) for pair in merges]
    pieces += [START, END]
    return {piece: number for number, piece in enumerate(pieces)}, merges


def _byte_letters() -> list[str]:
    """A visible letter for every byte: itself where it can be seen, else one from 256 on; the visible ones first."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return [chr(byte) for byte in visible] + [chr(256 + number) for number in range(len(hidden))]
