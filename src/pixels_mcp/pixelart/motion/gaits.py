"""Motions on the ground: idle, walk, run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixels_mcp.pixelart.motion.anatomy import (
    Figure,
    has_two_legs,
    leg_groups,
    measure_figure,
    split_legs,
    split_side_legs,
)
from pixels_mcp.pixelart.motion.clip import Clip, clip_of
from pixels_mcp.pixelart.motion.index_maps import (
    IndexMap,
    Mask,
    can_stand,
    empty_like,
    foot_gap_px,
    leaning,
    opaque,
    put,
    put_planted,
    put_swung,
    squashed,
    still,
)
from pixels_mcp.pixelart.motion.stance import Stance
from pixels_mcp.pixelart.pixels import Rgba


def idle(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  (every motion is asked alike)
    """Breathe: one row goes where that shows least; the feet stay."""
    measure_figure(sprite)
    high, low = still(sprite), squashed(sprite, 1)
    return clip_of(sprite, [high, low, low, high], [260, 180, 180, 260])


def walk(sprite: Rgba, stance: Stance) -> Clip:
    """Stride in place: contact, pass, contact, pass. A robe sways instead of stepping."""
    return _gait(sprite, stance, lift_px=2, durations_ms=(140, 100, 140, 100), lean=0.0)


def run(sprite: Rgba, stance: Stance) -> Clip:
    """Stride faster and higher, leaning forward."""
    lean = 0.06 if stance.forward[1] else 0.0
    return _gait(sprite, stance, lift_px=3, durations_ms=(90, 70, 90, 70), lean=lean)


def _gait(sprite: Rgba, stance: Stance, *, lift_px: int, durations_ms: tuple[int, ...], lean: float) -> Clip:
    figure = measure_figure(sprite)
    lift_px = min(lift_px, max(1, (figure.bottom - figure.waist) // 2))
    if stance.body == "quadruped":
        maps = _trot(sprite, figure, lift_px)
    elif stance.is_side_view:
        maps = _side_stride(sprite, figure, lift_px)
    elif has_two_legs(sprite, figure):
        maps = _stride(sprite, figure, lift_px)
    else:
        maps = _sway(sprite, figure, lift_px)
    if lean:
        maps = [leaning(places, lean, figure.bottom) for places in maps]
    return clip_of(sprite, maps, durations_ms)


def _stride(sprite: Rgba, figure: Figure, lift_px: int) -> list[IndexMap]:
    """One leg lifts while the body stays; it sinks by a pixel over both; the arms swing against the legs."""
    base, drawn = still(sprite), opaque(sprite)
    left_leg, right_leg = split_legs(sprite, figure)
    trunk = drawn & ~left_leg & ~right_leg
    rows, columns = np.indices(drawn.shape)
    arms = trunk & (rows > figure.top + 0.42 * (figure.waist - figure.top))
    reach = max(3, figure.width // 4)
    left_arm, right_arm = arms & (columns < figure.axis - reach), arms & (columns > figure.axis + reach)
    torso = trunk & ~left_arm & ~right_arm

    def frame(lifted: Mask | None, sink_px: int, left_swing: int, right_swing: int) -> IndexMap:
        places = _on_legs(base, (left_leg, right_leg), (lifted,), figure, lift_px)
        for part, swing in ((torso, 0), (left_arm, left_swing), (right_arm, right_swing)):
            put(places, base, part, sink_px + swing)
        return places

    return [frame(left_leg, 0, 0, -1), frame(None, 1, 0, 0), frame(right_leg, 0, -1, 0), frame(None, 1, 0, 0)]


def _side_stride(sprite: Rgba, figure: Figure, lift_px: int) -> list[IndexMap]:
    """Seen from the side, looking right: the legs swing apart and together, each lifts as it comes forward."""
    base = still(sprite)
    back, front = split_side_legs(sprite, figure)
    trunk = opaque(sprite) & ~back & ~front
    apart_px = max(1, min(2, figure.width // 10))
    together_px = apart_px // 2

    def frame(back_px: int, front_px: int, lifted: Mask | None, sink_px: int) -> IndexMap:
        places = empty_like(base)
        other = front if lifted is back else back
        lifts = lifted is not None and can_stand(other, figure.bottom)
        for leg, swing_px in ((back, back_px), (front, front_px)):
            if lifts and leg is lifted:
                put_swung(places, base, leg, swing_px, -lift_px)
            else:
                put_swung(places, base, leg, swing_px)
                if lifts:
                    put_swung(places, base, leg, swing_px, foot_gap_px(leg, figure.bottom))
        put(places, base, trunk, sink_px)
        return places

    apart = frame(-apart_px, apart_px, None, 1)
    return [apart, frame(together_px, -together_px, back, 0), apart, frame(together_px, -together_px, front, 0)]


def _trot(sprite: Rgba, figure: Figure, lift_px: int) -> list[IndexMap]:
    """The legs lift crosswise: first and third, then second and fourth; the body bobs between."""
    base = still(sprite)
    legs = leg_groups(sprite, figure)
    trunk = opaque(sprite) & ~np.logical_or.reduce(legs)

    def frame(lifted: list[Mask], bob_px: int) -> IndexMap:
        places = _on_legs(base, legs, lifted, figure, lift_px)
        put(places, base, trunk, bob_px)
        return places

    return [frame(legs[::2], 0), frame([], 1), frame(legs[1::2], 0), frame([], 1)]


def _sway(sprite: Rgba, figure: Figure, lift_px: int) -> list[IndexMap]:
    """A hem that no leg parts: its lower corners lift in turn while the body bobs."""
    base, drawn = still(sprite), opaque(sprite)
    rows, columns = np.indices(drawn.shape)
    hem = drawn & (rows >= figure.bottom - max(3, figure.height // 5))
    left, right = hem & (columns < figure.axis), hem & (columns >= figure.axis)

    def frame(lifted: Mask | None, bob_px: int) -> IndexMap:
        places = _on_legs(base, (left, right), (lifted,), figure, min(lift_px, 2))
        put(places, base, drawn & ~hem, bob_px)
        return places

    return [frame(left, 0), frame(None, 1), frame(right, 0), frame(None, 1)]


def _on_legs(
    base: IndexMap, legs: Sequence[Mask], lifted: Sequence[Mask | None], figure: Figure, lift_px: int
) -> IndexMap:
    """Draw the legs, some lifted and the others standing; nothing lifts where no other leg can stand."""
    places = empty_like(base)
    up = [leg for leg in legs if any(leg is one for one in lifted)]
    down = [leg for leg in legs if not any(leg is one for one in up)]
    lifts = up and any(can_stand(leg, figure.bottom) for leg in down)
    for leg in down:
        if lifts:
            put_planted(places, base, leg, figure.bottom)
        else:
            put(places, base, leg)
    for leg in up:
        put(places, base, leg, -lift_px if lifts else 0)
    return places
