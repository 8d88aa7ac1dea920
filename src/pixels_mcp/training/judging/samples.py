"""Draw sheets of sprites with the packaged model through the engine that everybody uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from pixels_mcp.engines.base import RenderSpec, Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.exemplars.ramps import Rgba

SAMPLE_PROMPTS = (
    "red potion", "blue potion", "golden sword", "red sword", "iron shield", "skeleton warrior", "red dragon",
    "black cat", "wolf", "fireball", "stone wall", "grass floor", "wooden door", "gold ring", "silver key",
    "treasure chest", "heart", "coin", "wizard", "goblin", "ghost", "spider", "tree", "mushroom", "bow", "helmet",
    "boots", "book", "scroll", "fire staff", "green slime", "apple",
)  # fmt: skip
"""What the sheets of a training run show, the same every time."""

SHEET_BACKGROUND = (60, 60, 70, 255)


@dataclass(frozen=True)
class SampleDrawing:
    """How pictures are drawn: see `RenderSpec`."""

    folder: Path
    steps: int
    guidance_scale: float
    strength: float | None = None
    side_px: int = 32

    def spec(self, fingerprint: str) -> RenderSpec:
        """The engine's words for it; `fingerprint` names the weights."""
        return RenderSpec(
            model_path=self.folder,
            model_sha256=fingerprint,
            width_px=self.side_px,
            height_px=self.side_px,
            steps=self.steps,
            guidance_scale=self.guidance_scale,
            strength=self.strength,
        )


class Unwatched:
    """A `RenderWatch` that nobody looks through."""

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        """Hear nothing."""

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        """See nothing."""

    def stopped(self) -> bool:
        """Draw to the end."""
        return False


class Artist:
    """Draws many pictures with one packaged model, as the engine draws them: raw, before the pixel step."""

    def __init__(
        self, folder: Path, *, fingerprint: str = "packaged", rows_at_once: int = 32, threads: int = 0
    ) -> None:
        self.folder, self.fingerprint, self.rows_at_once = folder, fingerprint, rows_at_once
        self.engine = DiffusersSdxl(device="auto", dtype="auto", threads=threads)

    def draw(
        self,
        prompts: Sequence[str],
        *,
        steps: int,
        guidance_scale: float,
        strength: float | None = None,
        references: Sequence[Rgba] | None = None,
        side_px: int = 32,
        seed: int = 1,
    ) -> list[Rgba]:
        """Draw a picture a prompt; picture k uses seed + k."""
        spec = SampleDrawing(self.folder, steps, guidance_scale, strength, side_px).spec(self.fingerprint)
        rows = [
            Row(prompt, "", seed + k, references[k] if references is not None else None)
            for k, prompt in enumerate(prompts)
        ]
        pictures: list[Rgba] = []
        for start in range(0, len(rows), self.rows_at_once):
            pictures += self.engine.render(spec, rows[start : start + self.rows_at_once], Unwatched())
        return pictures


def exemplar_or_blank(prompt: str, exclude: frozenset[str] = frozenset()) -> Rgba | None:
    """The likest exemplar's pixels, or None."""
    exemplars = find_exemplars(prompt, 1, exclude=exclude)
    return exemplars[0].pixels if exemplars else None


def draw_training_sheet(folder: Path, path: Path, *, fingerprint: str) -> None:
    """Show how far a run is: four rows a block, exemplar, redrawn at 0.4 and at 0.6, and from scratch."""
    artist = Artist(folder, fingerprint=fingerprint)
    prompts = SAMPLE_PROMPTS
    blank = np.zeros((32, 32, 4), dtype=np.uint8)
    references = [exemplar_or_blank(prompt) for prompt in prompts]
    given = [reference if reference is not None else blank for reference in references]
    lines = [given]
    for strength in (0.4, 0.6):
        lines.append(artist.draw(prompts, steps=12, guidance_scale=3.0, strength=strength, references=given))
    lines.append(artist.draw(prompts, steps=16, guidance_scale=3.0))
    half = len(prompts) // 2
    stacked = [line[:half] for line in lines] + [line[half:] for line in lines]
    save_sheet([hard_alpha(p) for line in stacked for p in line], path, columns=half, scale=2)


def hard_alpha(pixels: Rgba) -> Rgba:
    """Alpha of 0 or 255, no colour under 0; the least of what the pixel step does."""
    opaque = pixels[..., 3] > 127
    out = np.where(opaque[..., None], pixels, 0).astype(np.uint8)
    out[..., 3] = np.where(opaque, 255, 0)
    return out


def save_sheet(
    pictures: Sequence[Rgba], path: Path, *, columns: int, scale: int, labels: Sequence[str] | None = None
) -> None:
    """Write pictures side by side, enlarged without blur to one size, each with its label below where there are any.

    Args:
        pictures: (S, S, 4) uint8 each.
        scale: Enlargement of a picture of 32 px; smaller ones are enlarged the more.
    """
    side = 32 * scale + 4
    foot = 12 if labels else 0
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGBA", (columns * side, rows * (side + foot)), SHEET_BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    for number, pixels in enumerate(pictures):
        x, y = number % columns * side + 2, number // columns * (side + foot) + 2
        large = Image.fromarray(pixels).resize((32 * scale, 32 * scale), Image.Resampling.NEAREST)
        sheet.paste(large, (x, y), large)
        if labels:
            pen.text((x, y + 32 * scale), labels[number], fill="white")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.convert("RGB").save(path, optimize=True)
