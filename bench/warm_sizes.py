"""Seconds of a warm sprite of 16 px and of 32 px: each thing of a list is drawn at both sizes in turn. Prints JSON.

From the request until the sprite lies in the library, with all tries that a tile takes, for 24 plain things and for the
120 prompts of somebody who had not seen the library.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence

from bench_home import own_home, report
from pixels_mcp.client import Client
from pixels_mcp.events import SpriteInfo
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.training.judging.prompt_sheets import PromptSheet

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
        report(plain=_measured(client, THINGS), unseen=_measured(client, PromptSheet.of(120).prompts))


def _measured(client: Client, things: Sequence[str]) -> dict[str, object]:
    """Seconds at each size and the small ones' share of the usual ones'.

    `strengths` counts the things by the strength of their last try: 0 is from scratch, more than the least of things
    or of grounds has been drawn more than once.
    """
    took_s: dict[int, list[float]] = {side_px: [] for side_px in SIDES_PX}
    strengths: dict[int, Counter[float]] = {side_px: Counter() for side_px in SIDES_PX}
    for number, thing in enumerate(things):
        for side_px in SIDES_PX:
            begun_s = time.perf_counter()
            sprite = _draw(client, thing, side_px, seed=1 + number)
            took_s[side_px].append(time.perf_counter() - begun_s)
            strengths[side_px][sprite.reference.strength or 0.0 if sprite.reference else 0.0] += 1
    small, usual = (took_s[side_px] for side_px in SIDES_PX)
    sides = {
        f"side_{side_px}_px": {
            "median_s": round(statistics.median(took_s[side_px]), 3),
            "mean_s": round(statistics.mean(took_s[side_px]), 3),
            "strengths": dict(sorted(strengths[side_px].items())),
        }
        for side_px in SIDES_PX
    }
    return {
        "things": len(things),
        **sides,
        "share_of_medians": round(statistics.median(small) / statistics.median(usual), 3),
        "share_of_means": round(statistics.mean(small) / statistics.mean(usual), 3),
    }


def _draw(client: Client, prompt: str, side_px: int, *, seed: int) -> SpriteInfo:
    request = SpriteRequest(prompt=prompt, width_px=side_px, height_px=side_px, seed=seed, model="mini")
    job = client.wait(client.submit(request).job_id, 600)
    if job.state != "done":
        raise SystemExit(f"{job.job_id} {job.state}: {job.parts[0].error}")
    return job.parts[0].sprites[0]


if __name__ == "__main__":
    main()
