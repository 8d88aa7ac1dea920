"""Encode a set once: latents of every picture, words of every caption; afterwards the encoders may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pixels_mcp.datasets.check import canvas_problem
from pixels_mcp.datasets.dataset import Dataset, DatasetPicture, open_pixels
from pixels_mcp.datasets.kohya_export import enlarged, ground_beside, on_ground
from pixels_mcp.datasets.name_captions import without_color
from pixels_mcp.engines.diffusers_sdxl.known_texts import read_text
from pixels_mcp.engines.diffusers_sdxl.load import forces_zeros
from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import draws_pixels, encode
from pixels_mcp.errors import EngineError, TrainingError
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.pixelart.drawing.canvas import place
from pixels_mcp.pixelart.pixels import Rgba

PLAIN = "plain background"


@dataclass(frozen=True, eq=False)
class Words:
    """A text as the UNet reads it: (1, pieces, width) and (1, width)."""

    pieces: torch.Tensor
    pooled: torch.Tensor


@dataclass(frozen=True, eq=False)
class LoraExample:
    """A picture as it is trained, encoded.

    Attributes:
        latents: (variants, channels, height, width) float32 on the CPU.
        words: One for each caption that it may be shown under.
        time_ids: Original height and width, crop from top and left, target height and width.
    """

    latents: torch.Tensor
    words: tuple[Words, ...]
    time_ids: tuple[int, int, int, int, int, int]


@dataclass(frozen=True, eq=False)
class EncodedSet:
    """A set as a trainer needs it.

    Attributes:
        trained: At least one.
        held_out: May be empty.
        empty: The words of no words.
    """

    trained: tuple[LoraExample, ...]
    held_out: tuple[LoraExample, ...]
    empty: Words


def captions_of(picture: DatasetPicture, trigger: str, *, has_alpha: bool) -> tuple[str, ...]:
    """The texts that a picture is shown under: as captioned, and without its color; the trigger goes first."""
    ground = "" if has_alpha or picture.fills else f", {PLAIN}"
    told = (picture.caption, without_color(picture.caption)) if picture.caption else ("",)
    return tuple(dict.fromkeys(f"{trigger}, {text}{ground}" if text else f"{trigger}{ground}" for text in told))


@torch.no_grad()
def encode_set(pipeline: Any, base: ModelEntry, folder: Path, dataset: Dataset, trigger: str) -> EncodedSet:
    """Encode every picture that the base can be trained on; the VAE computes in fp32.

    Raises:
        TrainingError: None can, or the VAE gives numbers that are not finite; names the picture.
    """
    usable = [one for one in dataset.pictures if canvas_problem(base, one.canvas_px) is None]
    if not any(not one.held_out for one in usable):
        why = canvas_problem(base, dataset.pictures[0].canvas_px) if dataset.pictures else "are none"
        raise TrainingError(f"the set cannot be trained on {base.name}: its pictures {why}", hint="use another base")
    pipeline.vae.to(torch.float32)
    examples: dict[bool, list[LoraExample]] = {True: [], False: []}
    known: dict[str, Words] = {}
    for picture in usable:
        variants = shown_pictures(open_pixels(folder, picture), base, has_alpha=draws_pixels(pipeline.vae))
        try:
            latents = torch.cat([encode(pipeline.vae, one, pipeline.vae.device).cpu() for one in variants])
        except EngineError as error:
            raise TrainingError(f"{picture.file}: {error.message}", hint=error.hint) from error
        height, width = variants[0].shape[:2]
        texts = captions_of(picture, trigger, has_alpha=draws_pixels(pipeline.vae))
        for text in texts:
            known[text] = known.get(text) or encode_words(pipeline, text)
        words = tuple(known[text] for text in texts)
        examples[picture.held_out].append(LoraExample(latents, words, (height, width, 0, 0, height, width)))
    return EncodedSet(tuple(examples[False]), tuple(examples[True]), encode_words(pipeline, ""))


def shown_pictures(pixels: Rgba, base: ModelEntry, *, has_alpha: bool) -> Sequence[Rgba]:
    """A sprite as the base draws one: native pixels with alpha on its canvas, or enlarged on plain grounds."""
    side_px = pixels.shape[0]
    if has_alpha:
        fitting = [(width, height) for width, height in base.native_sizes_px if min(width, height) >= side_px]
        return (place(pixels, min(fitting), "keep"),)
    render_px = base.render_size_px(side_px, side_px)[0]
    grounds = [ground_beside(pixels)]
    if (pixels[..., 3] == 0).any():
        grounds += [ground for ground in ((128, 128, 128),) if ground not in grounds]
    flats = [on_ground(pixels, ground) for ground in grounds]
    opaque = np.full((render_px, render_px, 1), 255, np.uint8)
    return tuple(np.concatenate([enlarged(flat, render_px), opaque], axis=2) for flat in flats)


@torch.no_grad()
def encode_words(pipeline: Any, text: str) -> Words:
    """What drawing itself feeds the UNet for a text; for no words, zeros where the model asks for them."""
    pieces, pooled = read_text(pipeline, text)
    factor = 0.0 if not text and forces_zeros(pipeline) else 1.0
    return Words((pieces * factor).float().cpu(), (pooled * factor).float().cpu())
