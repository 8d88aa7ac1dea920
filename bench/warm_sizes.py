"""Seconds of a warm sprite of 16 px and of 32 px, over 24 plain things drawn at both sizes in turn. Prints JSON.

From the request until the sprite lies in the library, with all tries that a tile takes.
"""

from __future__ import annotations

import statistics
import time

from bench_home import own_home, report
from pixels_mcp.client import Client
from pixels_mcp.events import SpriteInfo
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings

THINGS = (
    "red potion", "sword", "green slime", "wooden barrel", "carrot", "knight", "key", "treasure chest",
    "mushroom", "apple", "skeleton", "heart", "gold coin", "cat", "house", "spider",
    "fence", "star", "book", "shield", "tree", "bomb", "fish", "crate",
)  # fmt: skip
SIDES_PX = (16, 32)


def main() -> None:
    """Measure."""
    with own_home(), Client.connect(find_paths(), Settings(), face="bench", timeout_s=120) as client:
        for side_px in SIDES_PX:
            _draw(client, THINGS[0], side_px, seed=0)
        took_s: dict[int, list[float]] = {side_px: [] for side_px in SIDES_PX}
        strengths: dict[int, list[float]] = {side_px: [] for side_px in SIDES_PX}
        for number, thing in enumerate(THINGS):
            for side_px in SIDES_PX:
                begun_s = time.perf_counter()
                sprite = _draw(client, thing, side_px, seed=1 + number)
                took_s[side_px].append(time.perf_counter() - begun_s)
                strengths[side_px].append(sprite.reference.strength or 0.0 if sprite.reference else 0.0)
    small, usual = (took_s[side_px] for side_px in SIDES_PX)
    report(
        **{
            f"side_{side_px}_px": {
                "median_s": round(statistics.median(took_s[side_px]), 3),
                "mean_s": round(statistics.mean(took_s[side_px]), 3),
                "things_drawn_once": strengths[side_px].count(min(strengths[side_px])),
            }
            for side_px in SIDES_PX
        },
        things=len(THINGS),
        share_of_medians=round(statistics.median(small) / statistics.median(usual), 3),
        share_of_means=round(statistics.mean(small) / statistics.mean(usual), 3),
    )


def _draw(client: Client, prompt: str, side_px: int, *, seed: int) -> SpriteInfo:
    request = SpriteRequest(prompt=prompt, width_px=side_px, height_px=side_px, seed=seed, model="mini")
    job = client.wait(client.submit(request).job_id, 600)
    if job.state != "done":
        raise SystemExit(f"{job.job_id} {job.state}: {job.parts[0].error}")
    return job.parts[0].sprites[0]


if __name__ == "__main__":
    main()
