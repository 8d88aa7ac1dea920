"""Proof of a trained file: a fresh engine draws with it and without it, and settles how strongly to redraw with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from pixels_mcp.datasets.dataset import Dataset
from pixels_mcp.datasets.kinds import KindsMeasure, measure_kinds
from pixels_mcp.datasets.measure import SetMeasure, measure_style, style_of
from pixels_mcp.engines.base import DeviceKind, LoraFile, RenderSpec, Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.errors import PixelsError, TrainingError
from pixels_mcp.exemplars.finder import library
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.words import singular, split_words
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.hashes import HashCache
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.dressing import dress
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
from pixels_mcp.training.judging.samples import Unwatched
from pixels_mcp.training.lora.lora_order import LoraOrder

_THINGS = (
    "red potion", "iron sword", "wooden shield", "green slime", "gold coin", "blue dragon", "skeleton",
    "treasure chest", "mushroom", "old book", "iron helmet", "silver ring", "bow", "axe", "apple", "fish", "cat",
    "wizard", "tree", "house", "chair", "bat", "scroll", "ghost",
)  # fmt: skip
_PIXEL_PICTURES = 12
_LARGE_PICTURES = 4
_SEED = 4_000

STRENGTHS = (0.4, 0.5, 0.6, 0.7, 0.8)
"""How strongly an exemplar is redrawn, the gentlest first: shapes hold longest there."""
NEAR_ENOUGH = 0.45
"""Of the style distance without the LoRA: the gentlest strength that comes so near is taken."""
COPIES_MAX = 0.05
"""Share of near-copies of the set that a strength may bring."""


@dataclass(frozen=True, eq=False)
class LoraProof:
    """Sprites of things that the set does not have, drawn without the LoRA (at the base's strength) and with it: same
    words, seeds and exemplars; their style beside the set's, and whether they look like what they are to show.

    Attributes:
        strength: How strongly exemplars are redrawn with it, None for a base that has none.
    """

    prompts: tuple[str, ...]
    before: tuple[Rgba, ...]
    after: tuple[Rgba, ...]
    style_before: SetMeasure
    style_after: SetMeasure
    kinds_before: KindsMeasure
    kinds_after: KindsMeasure
    strength: float | None


@dataclass(frozen=True, eq=False)
class _Drawn:
    strength: float | None
    sprites: tuple[Rgba, ...]
    style: SetMeasure


def unseen_things(dataset: Dataset) -> tuple[str, ...]:
    """Things to draw that no caption of a set names; all of them where it names nearly everything."""
    named = {singular(word) for one in dataset.pictures for word in split_words(one.caption)}
    unseen = tuple(thing for thing in _THINGS if singular(thing.split()[-1]) not in named)
    return unseen if len(unseen) >= _LARGE_PICTURES else _THINGS


def prove_lora(file: Path, order: LoraOrder, dataset: Dataset, device: DeviceKind) -> LoraProof:
    """Draw with a file and without it, as the worker does.

    Raises:
        TrainingError: It cannot be loaded back, or changes nothing.
    """
    room = _ProofRoom(file, order, dataset, device)
    try:
        if not room.changes_pictures():
            raise TrainingError(
                "what was trained changes nothing of the picture; it is not registered",
                hint="more steps, or a larger learning rate",
            )
        before = room.draw_plain()
        after = _gentlest(room, before)
    except TrainingError:
        raise
    except PixelsError as error:
        raise TrainingError(f"what was trained cannot be drawn with: {error.message}", hint=error.hint) from error
    return LoraProof(
        prompts=room.prompts,
        before=before.sprites,
        after=after.sprites,
        style_before=before.style,
        style_after=after.style,
        kinds_before=measure_kinds(before.sprites, room.prompts),
        kinds_after=measure_kinds(after.sprites, room.prompts),
        strength=after.strength,
    )


def _gentlest(room: _ProofRoom, before: _Drawn) -> _Drawn:
    """The drawings of the gentlest strength that comes near enough to the set, else of the nearest."""
    if not room.exemplars:
        return room.draw_trained(None)
    drawn: list[_Drawn] = []
    for strength in STRENGTHS:
        drawn.append(room.draw_trained(strength))
        told = drawn[-1].style
        is_near = told.distance.distance <= NEAR_ENOUGH * before.style.distance.distance
        if is_near and told.near_copies_share <= COPIES_MAX:
            return drawn[-1]
    return min(drawn, key=lambda one: (one.style.near_copies_share > COPIES_MAX, one.style.distance.distance))


class _ProofRoom:
    """A fresh engine, words and exemplars: all that both ways of drawing share."""

    def __init__(self, file: Path, order: LoraOrder, dataset: Dataset, device: DeviceKind) -> None:
        base, self._native = order.base, order.base.draws_native_pixels
        side = max(dataset.canvases(), key=lambda one: dataset.canvases()[one])
        fitting = [size for size in base.native_sizes_px if min(size) >= side]
        self._size_px = min(fitting) if self._native else (side, side)
        self._order, self._dataset, self._base = order, dataset, base
        self._style = style_of(order.set_folder, dataset)
        self.prompts = unseen_things(dataset)[: _PIXEL_PICTURES if self._native else _LARGE_PICTURES]
        self.exemplars = _exemplars(base, self.prompts, self._size_px)
        # In the threads and, on a CPU, the number format that it was trained in: nothing is measured anew here.
        self._engine = DiffusersSdxl(device, "fp32" if device == "cpu" else "auto", threads=torch.get_num_threads())
        self._plain = RenderSpec(
            model_path=base.path,
            model_sha256=base.sha256 or "base",
            vae_path=base.vae_path,
            width_px=base.render_size_px(*self._size_px)[0],
            height_px=base.render_size_px(*self._size_px)[1],
            steps=base.steps or 25,
            guidance_scale=base.guidance_scale or 7.0,
            sampler=base.sampler,
            prediction=base.prediction,
        )
        self._trained = replace(self._plain, loras=(LoraFile(file, HashCache(None).sha256(file), 1.0),))

    def changes_pictures(self) -> bool:
        """Whether the same words and seed give another picture with the file."""
        row = [Row(self.prompts[0], "", _SEED)]
        one, other = (self._engine.render(way, row, Unwatched())[0] for way in (self._plain, self._trained))
        return not np.array_equal(one, other)

    def draw_plain(self) -> _Drawn:
        """As without the file."""
        strength = self._base.strength if self.exemplars else None
        return self._draw(replace(self._plain, strength=strength), "", self.exemplars, None)

    def draw_trained(self, strength: float | None) -> _Drawn:
        """With the file: its trigger leads, exemplars wear its style, its colors hold."""
        dressed = [dress(one, self._style) for one in self.exemplars]
        way = replace(self._trained, strength=strength)
        return self._draw(way, f"{self._order.trigger}, ", dressed, self._style)

    def _draw(self, way: RenderSpec, lead: str, exemplars: Sequence[Rgba], style: StyleOfSet | None) -> _Drawn:
        rows = [
            Row(f"{lead}{prompt}", "", _SEED + n, reference=exemplars[n] if exemplars else None)
            for n, prompt in enumerate(self.prompts)
        ]
        renders = self._engine.render(way, rows, Unwatched())
        finished = (
            finish_sprite(
                one,
                size_px=self._size_px,
                native=self._native,
                palette=None if style is None else style.palette,
                max_colors=None if style is None else style.max_colors,
                lone_pixels=style is None or style.has_lone_pixels,
            )
            for one in renders
        )
        sprites = tuple(one.pixels for one in finished)
        return _Drawn(way.strength, sprites, measure_style(self._order.set_folder, self._dataset, sprites))


def _exemplars(base: ModelEntry, prompts: Sequence[str], size_px: tuple[int, int]) -> list[Rgba]:
    """What `mini` redraws for some words, of the shipped library alone; empty for what draws from nothing."""
    if base.base != "mini":
        return []
    likest = (library().find(read_prompt(prompt), 1, side_px=size_px[0]) for prompt in prompts)
    return [fit(tiles[0].pixels, size_px) for tiles in likest]
