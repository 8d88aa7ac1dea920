"""What will go wrong with a set, with numbers, before an hour is spent on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pixels_mcp.datasets.dataset import Dataset, DatasetPicture, open_pixels
from pixels_mcp.datasets.prepare import FEWEST_PICTURES
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet

GOOD_PICTURES = 20
OUTLIER_RATIO = 2.5
"""A picture so many times further from the rest than the rest from itself looks like another set's."""
_SHARED_WORD = 0.8
_CELL_PX_MIN = 8
"""A pixel of the art on one of SDXL's latents."""
_NAMED_MAX = 6

Level = Literal["stop", "warning", "note"]


@dataclass(frozen=True)
class SetFinding:
    """One thing that a check says: `stop` keeps a training from starting."""

    level: Level
    text: str


def check_set(folder: Path, dataset: Dataset, base: ModelEntry | None = None) -> list[SetFinding]:
    """Look at a set as a trainer would, the worst first.

    Args:
        folder: Where it lies.
        base: The model that is to be trained, if one is meant.

    Raises:
        DatasetError, UnreadablePictureError: A picture is gone, or another than the set says.
    """
    pixels = [open_pixels(folder, picture) for picture in dataset.pictures]
    findings = [*_count(dataset), *_sizes(dataset, base), *_captions(dataset), *_looks(dataset, pixels)]
    if not dataset.license:
        findings.append(SetFinding("note", "no license is stated; it would be written into what is trained"))
    order: Sequence[Level] = ("stop", "warning", "note")
    return sorted(findings, key=lambda one: order.index(one.level))


def _count(dataset: Dataset) -> list[SetFinding]:
    trained = len(dataset.trained())
    held_out = len(dataset.pictures) - trained
    findings: list[SetFinding] = []
    if len(dataset.pictures) < FEWEST_PICTURES:
        findings.append(SetFinding("stop", f"{len(dataset.pictures)} pictures, at least {FEWEST_PICTURES} are needed"))
    elif trained < GOOD_PICTURES:
        findings.append(
            SetFinding(
                "warning",
                f"{trained} pictures are trained on: under {GOOD_PICTURES} a model learns the things, not the style",
            )
        )
    if held_out < 2:
        findings.append(SetFinding("warning", f"{held_out} pictures are held out: overfitting will hardly be seen"))
    return findings


def _sizes(dataset: Dataset, base: ModelEntry | None) -> list[SetFinding]:
    canvases = dataset.canvases()
    findings: list[SetFinding] = []
    if len(canvases) > 1:
        told = ", ".join(f"{count} of {side} px" for side, count in canvases.items())
        findings.append(SetFinding("note", f"several canvases ({told}): a batch is of one, few come rarely"))
    if base is None:
        return findings
    for side, count in canvases.items():
        problem = canvas_problem(base, side)
        if problem:
            findings.append(
                SetFinding("stop" if count == len(dataset.pictures) else "warning", f"{count} pictures {problem}")
            )
    return findings


def canvas_problem(base: ModelEntry, side_px: int) -> str | None:
    """Why pictures of a canvas cannot be trained on a model, None where they can: `of 48 px: ...`."""
    if base.draws_native_pixels:
        largest = max(width for width, _ in base.native_sizes_px)
        return f"of {side_px} px are larger than what {base.name} draws ({largest} px)" if side_px > largest else None
    width, height = base.render_size_px(side_px, side_px)
    if width % side_px or height % side_px:
        return f"of {side_px} px have no whole cells in a render of {width} px"
    cell_px = width // side_px
    return f"of {side_px} px have cells of {cell_px} px, {_CELL_PX_MIN} are needed" if cell_px < _CELL_PX_MIN else None


def _captions(dataset: Dataset) -> list[SetFinding]:
    findings: list[SetFinding] = []
    silent = [one for one in dataset.pictures if not one.caption]
    if silent:
        findings.append(
            SetFinding(
                "warning",
                f"{len(silent)} pictures have no caption ({_named(silent)}); an assistant can write them, or you",
            )
        )
    told = [one for one in dataset.pictures if one.caption]
    counts = Counter(word for one in told for word in set(one.caption.lower().split()))
    shared = [word for word, count in counts.items() if len(told) > 3 and count > _SHARED_WORD * len(told)]
    if shared:
        findings.append(
            SetFinding(
                "note", f"nearly all captions say {', '.join(sorted(shared)[:8])}: these words become part of the style"
            )
        )
    alike = Counter(one.caption.lower() for one in told)
    if told and len(alike) < 0.5 * len(told):
        common, count = alike.most_common(1)[0]
        findings.append(
            SetFinding(
                "warning",
                f"{len(told)} captions are {len(alike)} different ones ({count} times {common!r}): say what differs",
            )
        )
    return findings


def _looks(dataset: Dataset, pixels: Sequence[Rgba]) -> list[SetFinding]:
    if len(pixels) < FEWEST_PICTURES:
        return []
    findings: list[SetFinding] = []
    style = StyleOfSet(pixels)
    ratios = np.array([style.distance_of(picture).ratio for picture in pixels])
    strangers = [dataset.pictures[n] for n in np.flatnonzero(ratios > OUTLIER_RATIO)]
    named = _named(strangers)
    if strangers:
        findings.append(SetFinding("warning", f"{len(strangers)} pictures do not look like the rest: {named}"))
    colors = np.array([one.colors for one in dataset.pictures])
    findings.append(
        SetFinding(
            "note",
            f"{len(style.colors)} different colors in all, {int(np.median(colors))} a picture, {colors.max()} at most",
        )
    )
    return findings


def _named(pictures: Sequence[DatasetPicture]) -> str:
    names = ", ".join(one.source for one in pictures[:_NAMED_MAX])
    more = len(pictures) - _NAMED_MAX
    return f"{names}, and {more} more" if more > 0 else names
