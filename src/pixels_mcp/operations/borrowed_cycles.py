"""The cycles of a character of the cast for a sprite that has no views: found by its words, in its colors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pixels_mcp.exemplars.cast import CastCharacter, find_character
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.ramps import recolor_to, wears
from pixels_mcp.pixelart.colors.hue_match import snap_by_hue
from pixels_mcp.pixelart.colors.palettes import MAX_COLORS, Palette
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.views import MIRROR_OF
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.set_words import FACINGS, Facing, MotionName


@dataclass(frozen=True, eq=False)
class BorrowedCycles:
    """What the cast lends.

    Attributes:
        character: Who lends it.
        views: It standing, by the side that is seen.
        drawn: Its drawn cycles of the motions that are asked for, by clip name.
        sha256: Of the frames' RGBA bytes before any recoloring.
    """

    character: CastCharacter
    views: Mapping[Facing, Rgba]
    drawn: Mapping[str, Clip]
    sha256: str


def borrow_cycles(prompt: str, sprite: Rgba, directions: int, motions: Sequence[MotionName]) -> BorrowedCycles | None:
    """Find one of the cast who is what a sprite shows, and give it the sprite's colors.

    Args:
        prompt: Of the sprite.
        sprite: (H, W, 4).
        directions: 4 or 8.
        motions: As asked.

    Returns:
        None where nobody fits, or nobody has so many directions.
    """
    character = find_character(prompt, max(sprite.shape[:2]))
    if character is None:
        return None
    walk = character.cycles["walk"]
    facings: list[Facing] = [facing for facing in FACINGS[directions] if facing in walk.cells]
    if any(facing not in facings and MIRROR_OF.get(facing) not in facings for facing in FACINGS[directions]):
        return None
    standing = "idle" if "idle" in character.cycles else "walk"
    views: dict[Facing, Rgba] = {facing: character.frames(standing, facing)[0] for facing in facings}
    cycles = {
        f"{motion}_{facing}": character.frames(motion, facing)
        for motion in motions
        if motion in character.cycles
        for facing in facings
        if facing in character.cycles[motion].cells
    }
    frames = [*views.values(), *(frame for cycle in cycles.values() for frame in cycle)]
    painted = iter(_painted(frames, sprite, prompt))
    colored_views: dict[Facing, Rgba] = {facing: next(painted) for facing in views}
    drawn: dict[str, Clip] = {}
    for name, cycle in cycles.items():
        told = character.cycles[name.partition("_")[0]]
        drawn[name] = Clip(tuple(next(painted) for _ in cycle), (told.ms,) * len(cycle), told.play)
    sha256 = hashlib.sha256(b"".join(frame.tobytes() for frame in frames)).hexdigest()
    return BorrowedCycles(character, colored_views, drawn, sha256)


def _painted(frames: Sequence[Rgba], sprite: Rgba, prompt: str) -> list[Rgba]:
    """All frames in the sprite's colors: one color becomes one color, in every frame the same."""
    sheet = np.concatenate(frames)
    color = read_prompt(prompt).color
    if color is not None and not wears(frames[0], color):
        sheet, _, _ = recolor_to(sheet, color)
    palette = np.unique(sprite[sprite[..., 3] > 0][:, :3], axis=0)
    if 2 <= len(palette) <= MAX_COLORS:
        sheet = snap_by_hue(sheet, Palette("sprite", palette))
    return list(np.split(sheet, len(frames)))
