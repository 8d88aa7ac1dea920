"""How well drawn grounds join, and how near they stay to what they were drawn from; prints JSON.

Each of some plain prompts is drawn with `tiling = both` in a home of its own: the larger seam error of both axes, and
contrast (standard deviation of OKLab's lightness) and number of colors as multiples of its exemplar's.

python bench/grounds.py [--side 16] [--seeds 2] [PROMPT ...]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass

import numpy as np

from bench_home import own_home
from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.client import Client
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.colors.quantize import merge_colors
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.finish import NATIVE_MOST_COLORS
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import seam_errors
from pixels_mcp.pixelart.tiles.joining import Axis, has_true_seam
from pixels_mcp.requests import BatchRequest
from pixels_mcp.settings import Settings

PROMPTS = (
    "grass", "deep water", "sand", "dirt", "stone floor", "snow", "lava", "planks", "bricks", "cobblestone", "ice",
    "mud",
)  # fmt: skip
AXES: tuple[Axis, ...] = (0, 1)


@dataclass(frozen=True)
class Ground:
    """One drawn ground.

    Attributes:
        prompt: As asked.
        seed: Of the drawing.
        seam_error: The larger one; up to 1 nothing is seen.
        true_seam: Its edge is harder than its own joints.
        contrast: Of its exemplar's.
        colors: Of its exemplar's, as both are finished.
    """

    prompt: str
    seed: int
    seam_error: float
    true_seam: bool
    contrast: float
    colors: float


def measure(prompt: str, seed: int, drawn: Rgba, side: int) -> Ground:
    """Compare a ground with what it was drawn from."""
    exemplar = fit(find_exemplars(prompt, 1, side_px=side, joins=True)[0].pixels, (side, side), joins=True)
    kept = merge_colors(exemplar, max_colors=NATIVE_MOST_COLORS)
    return Ground(
        prompt,
        seed,
        max(seam_errors(drawn)),
        any(has_true_seam(drawn, axis) for axis in AXES),
        round(_contrast(drawn) / max(_contrast(kept), 1e-6), 2),
        round(_colors(drawn) / _colors(kept), 2),
    )


def _contrast(pixels: Rgba) -> float:
    return float(oklab(pixels[..., :3])[..., 0].std())


def _colors(pixels: Rgba) -> int:
    return len(np.unique(pixels[..., :3].reshape(-1, 3), axis=0))


def main() -> None:
    """Draw, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("prompts", nargs="*", default=list(PROMPTS))
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    grounds: list[Ground] = []
    with own_home(), Client.connect(find_paths(), Settings(), face="bench", timeout_s=120) as client:
        for seed in range(asked.seeds):
            words = {"tiling": "both", "width_px": asked.side, "height_px": asked.side, "seed": seed}
            batch = parse_request(BatchRequest, {**words, "items": asked.prompts})
            job = client.wait(client.submit_batch(batch).job_id, 600)
            for prompt, part in zip(asked.prompts, job.parts, strict=True):
                grounds.append(measure(prompt, seed, open_picture(part.sprites[0].path), asked.side))
    told: dict[str, object] = {
        "seam_error_up_to_1": f"{sum(one.seam_error <= 1 for one in grounds)} of {len(grounds)}",
        "true_seams": sum(one.true_seam for one in grounds),
        "contrast_from_to": [min(one.contrast for one in grounds), max(one.contrast for one in grounds)],
        "colors_from_to": [min(one.colors for one in grounds), max(one.colors for one in grounds)],
        "grounds": [asdict(one) for one in grounds],
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
