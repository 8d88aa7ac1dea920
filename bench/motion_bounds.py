"""How many of 60 characters move within the bounds, motion by motion; prints JSON with the failures by name and body.

python bench/motion_bounds.py [--seed N]

Walk and idle: flicker up to 0.02, silhouette 0.65 to 0.97 (idle: up to 0.995, it only breathes), feet still, axis
within 1 px. Other motions: the frames differ, the loop closes, and every frame has all colors (but for hurt and
shimmer, which lighten, and for death and spin, which show less).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter

import numpy as np

from pixels_mcp.errors import MotionError
from pixels_mcp.exemplars.finder import library
from pixels_mcp.pixelart.finish import finish_native
from pixels_mcp.pixelart.motion.anatomy import guess_body
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.measures import measure_clip
from pixels_mcp.pixelart.motion.motions import MOTIONS, animate
from pixels_mcp.set_words import Body, MotionName

CHARACTERS = 60
_LEGLESS: tuple[Body, ...] = ("flyer", "slime", "floater")
_SHOWS_LESS = ("death", "spin")
"""What dissolves, or turns its edge to the eye, cannot show every color in every frame."""
_LIGHTENS = ("hurt", "shimmer")


def within(motion: MotionName, body: Body, clip: Clip) -> str | None:
    """What is out of bounds, or None."""
    facts = measure_clip(clip)
    if motion in ("walk", "idle") and body not in _LEGLESS:
        most = 0.97 if motion == "walk" else 0.995
        if facts.flicker > 0.02:
            return f"flicker {facts.flicker:.3f}"
        if not 0.65 <= facts.silhouette_iou <= most:
            return f"silhouette {facts.silhouette_iou:.3f}"
        if facts.feet_drift_px or facts.axis_drift_px > 1:
            return f"feet {facts.feet_drift_px} px, axis {facts.axis_drift_px} px"
        return None
    stands = all(np.array_equal(clip.frames[0], frame) for frame in clip.frames[1:])
    if stands:
        return "does not move"
    if not facts.loop_closes:
        return "does not close"
    return None if facts.palette_stable or motion in (*_LIGHTENS, *_SHOWS_LESS) else "loses a color"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=3)
    index = library().index
    figures = [n for n, e in enumerate(index.entries) if e.kind in ("monster", "person") and e.side_px == 32]
    chosen = np.random.default_rng(parser.parse_args().seed).choice(figures, CHARACTERS, replace=False)
    good: Counter[str] = Counter()
    failures: dict[str, list[str]] = {}
    for number in chosen.tolist():
        entry = index.entries[number]
        sprite = finish_native(index.pixels(number), size_px=(32, 32)).pixels
        body = guess_body(sprite, entry.words)
        for motion in MOTIONS:
            try:
                wrong = within(motion, body, animate(sprite, [motion], body)[motion])
            except MotionError as error:
                wrong = error.message
            good[motion] += wrong is None
            if wrong:
                failures.setdefault(motion, []).append(f"{entry.name} ({body}): {wrong}")
    print(json.dumps({"of": CHARACTERS, "within": dict(good), "failures": failures}, indent=1))


if __name__ == "__main__":
    main()
