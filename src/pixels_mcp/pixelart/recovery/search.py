"""Looking for the grid of a picture: one that is plain to see, else the likeliest one and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter1d

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.grid import Grid, concentration, grid_of_mean, grid_of_step, is_oblong, lay_grid
from pixels_mcp.pixelart.recovery.lines import track_cuts
from pixels_mcp.pixelart.recovery.steps import (
    FEWEST_CELLS,
    STEPS_PX,
    StepCandidate,
    contrast_at,
    step_candidates,
    step_contrasts,
)
from pixels_mcp.pixelart.recovery.strokes import Stairs, Strokes, strokes_of

CELL_TESTS = ((0.35, 0.7),)
"""Contrast, and concentration of edge energy at the cuts, that both axes need for a grid that is plain to see.

Measured: native art stays below a contrast of 0.25, photos and sheets of native art below a concentration of 0.5;
pictures with a grid are above 0.5 and 0.85.
"""

SMALL_CELL_PX, SMALL_CELL_TESTS = 6.0, ((0.45, 0.42), (0.3, 0.85))
"""Blur spreads the edges of small cells over them; what else repeats (8 px blocks, tiles) is larger."""

UNSURE = 0.25
"""Confidence below which a person should look."""

_PLAIN_CELLS, _PLAIN_CELL_PX = 8, 64.0
"""A grid that is plain to see has so many cells along each axis, and no larger ones."""

LEAST_ALIGNMENT = 0.4
"""How far the edges must run along the axes. Measured: photographs 0.03 to 0.15, pictures of screens and vector
drawings 0.2 to 0.36, drawings whose cells a person sees 0.4 to 0.95."""

_SURE_CONTRAST, _ONLY_OWN, _MOST_OBLONG = 0.5, 0.5, 1.5
"""Contrast that both axes of a stretched picture have at their own step, the share of it that they may have at the
other's, and how far apart the steps may be (beyond, one may be a multiple of the other)."""

_LEAST_SIDE_PX = 32
"""Smaller pictures hold too few strokes to tell cells from how a thing was drawn."""

_LEAST_SCORE = 0.1
_USUAL_GAIN, _USUAL_SHARE = 0.3, 0.15

_ALL_ON_SECOND_CUTS, _REPEATS_AT_SECOND = 0.65, 0.15
"""Concentration at every second cut, and contrast of twice the step. Measured: at most 0.77 and 0.1 for the right step,
at least 0.73 and 0.36 for half of it."""

_JPEG_BLOCK_PX, _BLOCK_TOLERANCE, _NEAR_BLOCK = 8.0, 0.02, 0.1
_OFF_BLOCKS_PX = 2.0
_FINE_SHARE = 0.08
_EVEN_SHARE, _EVEN_TRIES = 0.03, 241
_LOOKED_AT = 6
_MOST_AT_CUTS, _ALL_AT_CUTS = 0.6, 0.9
"""Concentration from which a step may go before one of more contrast, and from which every edge lies at its cuts.
Measured: flat maps 0.97 to 1 at their step; photographs, paintings and vector drawings at most 0.6 at any."""

_MORE_AT_HALF = 0.25
"""How much more of the edges must lie at the cuts of half a step than at the step's own."""

_NO_LATTICE = 0.3
"""Concentration that cuts have anywhere: where it is no higher, the parts of a picture do not share a lattice."""
_HALO_PX, _LOST = 2.5, 0.5
"""What is thinner than this may be a halo of sharpening or the noise of compression; below that share of a cell a line
is lost."""
_FINE_CELL_PX, _NEARLY_A_CELL = 4.0, 0.8

_ENOUGH_STAIRS, _SAME_CELL = 24, 0.15
"""Stairs that tell a mean cell, and how far from the step of the edges it may be (logarithm of the ratio)."""

_PLAIN_AT_CUTS, _ALL_ABOUT_ALIKE = 0.85, 0.85
"""Concentration from which the edges need no help, and share of the stairs from which parts disagree about one cell."""

_SURE_OF_ITSELF = 0.9
_MANY_STAIRS, _ALL_AGREE, _OTHER_CELL = 40, 0.8, 0.33
"""Stairs enough, agreeing enough, to speak against a grid, and from how far off (logarithm of the ratio)."""

_NEAR_SHARE, _NEAR_GAIN = 0.2, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class GridSearch:
    """What a search for the grid came to.

    Attributes:
        grid: The likeliest grid, or None where no cells are seen.
        candidates: Sizes that one cell may have, the likeliest first, whether or not a grid was found.
    """

    grid: Grid | None
    candidates: tuple[StepCandidate, ...]


def find_grid(pixels: Rgba, *, near_px: float | None = None) -> GridSearch:
    """Find the grid that a picture shows, or none if it shows no cells (native pixel art, a photo).

    Args:
        pixels: (H, W, 4) uint8.
        near_px: About how large a cell is expected to be; counts where the picture leaves it open.
    """
    return find_grid_in(edge_profiles(pixels), lambda: strokes_of(pixels), near_px=near_px)


def find_grid_in(
    profiles: tuple[EdgeProfile, EdgeProfile], strokes: Callable[[], Strokes], *, near_px: float | None = None
) -> GridSearch:
    """Find the grid in edge profiles along x and y, which may be sums over several pictures.

    Args:
        profiles: Changes along x and y.
        strokes: Measures the strokes of the same pictures; called only where the profiles leave it open.
        near_px: About how large a cell is expected to be.
    """
    contrasts = [step_contrasts(profile) for profile in profiles]
    plain = _plain_grid(profiles, contrasts)
    if plain is not None and not _is_drawn(plain, strokes):
        plain = _plain_grid(profiles, [_without_blocks(one) for one in contrasts])
    if plain is not None:
        candidates = tuple(step_candidates((contrasts[0] + contrasts[1]) / 2))
        return GridSearch(_by_stairs(plain, profiles, strokes), candidates)
    if min(profile.length_px for profile in profiles) < _LEAST_SIDE_PX:
        return GridSearch(None, ())
    return _likeliest_grid(profiles, contrasts, strokes(), near_px)


def _plain_grid(profiles: tuple[EdgeProfile, EdgeProfile], contrasts: Sequence[np.ndarray]) -> Grid | None:
    shortest_px = min(profile.length_px for profile in profiles)
    usual = (STEPS_PX <= _PLAIN_CELL_PX) & (shortest_px >= STEPS_PX * _PLAIN_CELLS)
    contrasts = [np.where(usual, one, 0.0) for one in contrasts]
    # Cells that are not square: each axis for itself, where both are sure; generators draw squares.
    own = [step_candidates(one, most=1) for one in contrasts]
    oblong = (own[0][0].step_px, own[1][0].step_px) if own[0] and own[1] else None
    if oblong is not None and _are_apart(contrasts, oblong) and (grid := _checked(profiles, contrasts, oblong)):
        return grid
    for candidate in step_candidates((contrasts[0] + contrasts[1]) / 2):
        steps = (candidate.step_px, candidate.step_px)
        if grid := _checked(profiles, contrasts, steps):
            return _doubled(profiles, contrasts, grid)
    if oblong is not None and is_oblong(oblong):
        grid = _checked(profiles, contrasts, oblong)
        return grid if grid is not None and grid.confidence >= UNSURE else None
    return None


def _are_apart(contrasts: Sequence[np.ndarray], steps: tuple[float, float]) -> bool:
    """Whether each axis plainly shows its own step and not the other's: a picture that was stretched along one axis."""
    if max(steps) > _MOST_OBLONG * min(steps):
        return False
    for one, step, other in zip(contrasts, steps, reversed(steps), strict=True):
        own = contrast_at(one, step)
        if own < _SURE_CONTRAST or contrast_at(one, other) > _ONLY_OWN * own:
            return False
    return True


def _checked(
    profiles: tuple[EdgeProfile, EdgeProfile], contrasts: Sequence[np.ndarray], steps: tuple[float, float]
) -> Grid | None:
    """The grid of these steps, unless an axis does not show it."""
    contrast = min(contrast_at(one, step) for one, step in zip(contrasts, steps, strict=True))
    tests = SMALL_CELL_TESTS if max(steps) < SMALL_CELL_PX else CELL_TESTS
    if contrast < min(least for least, _ in tests):
        return None
    at_cuts = _concentration(profiles, steps)
    if not any(contrast >= least and at_cuts >= enough for least, enough in tests):
        return None
    confidence = float(np.clip((contrast - 0.2) / 0.6, 0, 1) * np.clip((at_cuts - 0.5) / 0.4, 0, 1))
    return lay_grid(profiles, steps, confidence)


def _doubled(profiles: tuple[EdgeProfile, EdgeProfile], contrasts: Sequence[np.ndarray], grid: Grid) -> Grid:
    """The grid of twice the step, where all edges lie on every second cut: compression blocks and a few half steps
    make half a cell look like one."""
    steps = (2 * grid.cell_width_px, 2 * grid.cell_height_px)
    cells = min(profile.length_px / step for profile, step in zip(profiles, steps, strict=True))
    repeats = min(contrast_at(one, step) for one, step in zip(contrasts, steps, strict=True))
    if cells < FEWEST_CELLS or repeats < _REPEATS_AT_SECOND or _concentration(profiles, steps) < _ALL_ON_SECOND_CUTS:
        return grid
    return lay_grid(profiles, steps, grid.confidence)


def _by_stairs(grid: Grid, profiles: tuple[EdgeProfile, EdgeProfile], strokes: Callable[[], Strokes]) -> Grid:
    """A grid that is not sure in itself, beside what the stairs of the outlines say.

    Where its cells are a part or a multiple of theirs, the stairs are right. Where parts of the picture have cells of
    their own, most edges lie at the cuts of the commonest part, which need not be like the rest: their mean is taken.
    """
    if grid.confidence >= _SURE_OF_ITSELF:
        return grid
    stairs = strokes().stairs()
    # Of cells that are no squares the shorter run of a stair is the shorter side.
    if _speak_against(stairs, min(grid.cell_width_px, grid.cell_height_px)):
        grid = lay_grid(profiles, (stairs.cell_px, stairs.cell_px), grid.confidence)
    if grid.is_oblong:
        return grid
    step_px = grid.cell_width_px
    mean_px = _mean_cell(stairs, step_px, _concentration(profiles, (step_px, step_px)))
    return grid if mean_px == 0 else grid_of_mean(profiles, mean_px, grid.confidence)


def _speak_against(stairs: Stairs, step_px: float) -> bool:
    """Whether many stairs that agree speak against a cell: it is a part or a multiple of theirs."""
    sure = stairs.count >= _MANY_STAIRS and stairs.agreeing >= _ALL_AGREE
    return sure and abs(np.log(step_px / stairs.cell_px)) > _OTHER_CELL


def _mean_cell(stairs: Stairs, step_px: float, at_cuts: float) -> float:
    """The mean cell of all stairs, where more of them agree on it than edges lie at the cuts of a step, or nearly all
    are about that and no step is plain; 0.0 elsewhere.

    Args:
        stairs: What the outlines say.
        step_px: The step that the edges say.
        at_cuts: Concentration of the edges at its cuts. Where they are nowhere, the step need not be near.
    """
    sure = stairs.agreeing > at_cuts or (at_cuts < _PLAIN_AT_CUTS and stairs.about_alike >= _ALL_ABOUT_ALIKE)
    if stairs.count < _ENOUGH_STAIRS or not sure:
        return 0.0
    near = at_cuts <= _NO_LATTICE or abs(np.log(stairs.cell_px / step_px)) < _SAME_CELL
    return stairs.cell_px if near else 0.0


def _is_drawn(grid: Grid, strokes: Callable[[], Strokes]) -> bool:
    """Whether the grid is more than the blocks of 8 px that JPEG leaves in a smooth picture."""
    return not _is_of_blocks(grid.cell_width_px) or strokes().alignment(grid.cell_width_px) > 0


def _without_blocks(contrasts: np.ndarray) -> np.ndarray:
    """The contrasts less those of blocks and of parts of one: faint shading may show its own cells beside them."""
    blocks = STEPS_PX / _JPEG_BLOCK_PX
    return np.where((np.abs(blocks - np.rint(blocks)) <= _NEAR_BLOCK) | (blocks < 1), 0.0, contrasts)


def _is_of_blocks(step_px: float) -> bool:
    blocks = step_px / _JPEG_BLOCK_PX
    return abs(blocks - round(blocks)) <= _BLOCK_TOLERANCE


def _keeps_to_blocks(step_px: float, length_px: float) -> bool:
    """Whether cells of exactly this side never leave the blocks of JPEG over a whole picture."""
    blocks = round(step_px / _JPEG_BLOCK_PX)
    return blocks > 0 and abs(step_px - blocks * _JPEG_BLOCK_PX) * length_px / step_px < _OFF_BLOCKS_PX


def _likeliest_grid(
    profiles: tuple[EdgeProfile, EdgeProfile],
    contrasts: Sequence[np.ndarray],
    strokes: Strokes,
    near_px: float | None,
) -> GridSearch:
    """The step that contrast and strokes speak for most, where the picture shows cells at all."""
    contrast = np.maximum((contrasts[0] + contrasts[1]) / 2, 0)
    scores = contrast + strokes.regularity(STEPS_PX)
    if usual_px := strokes.usual_px():
        scores += _USUAL_GAIN * np.exp(-0.5 * (np.log(STEPS_PX / usual_px) / _USUAL_SHARE) ** 2)
    shortest_px = min(profile.length_px for profile in profiles)
    scores[shortest_px < STEPS_PX * 3] = 0
    if near_px is not None:
        scores = scores * (1 + _NEAR_GAIN * np.exp(-0.5 * (np.log(STEPS_PX / near_px) / _NEAR_SHARE) ** 2))
    peaks = np.flatnonzero((scores == maximum_filter1d(scores, 9)) & (scores >= _LEAST_SCORE))
    order = peaks[np.argsort(-scores[peaks])][:_LOOKED_AT]
    candidates = tuple(StepCandidate(float(STEPS_PX[at]), float(scores[at])) for at in order)
    if not candidates:
        return GridSearch(None, candidates)
    # Few edges, or parts of several lattices, make contrast a poor guide; but a wrong step has few edges at its cuts.
    at_cuts = {one: _concentration(profiles, (one.step_px, one.step_px)) for one in candidates}
    first = candidates[0]
    finer = [one for one in candidates if one.step_px < first.step_px and at_cuts[one] >= _MOST_AT_CUTS]
    asked = near_px is not None and abs(np.log(first.step_px / near_px)) < _NEAR_SHARE
    best = max((first, *(() if asked else finer)), key=lambda one: one.contrast * at_cuts[one])
    stairs = strokes.stairs()
    if not asked and _speak_against(stairs, best.step_px):
        best = replace(best, step_px=stairs.cell_px)
        at_cuts[best] = _concentration(profiles, (best.step_px, best.step_px))
    if not asked and not _speak_against(stairs, best.step_px / 2):
        best = _halved(profiles, best, at_cuts)
    candidates = (best, *(one for one in candidates if one is not best))
    if not strokes.is_drawn(sum(one.length_px for one in profiles)):
        return GridSearch(None, candidates)
    if at_cuts[best] >= _ALL_AT_CUTS and best.step_px >= SMALL_CELL_PX:
        even_px = _even_step(profiles, best.step_px)
        if not _keeps_to_blocks(even_px, shortest_px):
            confidence = _confidence(best, at_cuts[best], 1.0)
            return GridSearch(replace(grid_of_step(profiles, even_px), confidence=confidence), candidates)
    alignment = strokes.alignment(best.step_px)
    if alignment < LEAST_ALIGNMENT:
        return GridSearch(None, candidates)
    # Strokes are a little shorter than cells, so they tell which step it is, but not how large to the pixel.
    fine = np.abs(np.log(STEPS_PX / best.step_px)) < _FINE_SHARE
    exact = float(STEPS_PX[fine][(contrast + strokes.gap_regularity(STEPS_PX))[fine].argmax()])
    at_exact = _concentration(profiles, (exact, exact))
    confidence = _confidence(best, at_exact, alignment)
    side_px = exact if asked else _mean_cell(stairs, exact, at_exact) or exact
    if not asked and at_exact <= _NO_LATTICE:
        side_px = _kept_by_thin_lines(side_px, strokes.thickness_px())
    if side_px == exact:
        return GridSearch(lay_grid(profiles, (exact, exact), confidence), candidates)
    return GridSearch(grid_of_mean(profiles, side_px, confidence), candidates)


def _kept_by_thin_lines(mean_px: float, thin_px: float) -> float:
    """The mean cell, or how thick the thin lines are: where they are so thin that it would lose them, or where cells
    are so fine that blur hides the shortest stairs and the lines are the better measure."""
    lost = thin_px < _LOST * mean_px
    finer = _NEARLY_A_CELL * mean_px <= thin_px < mean_px < _FINE_CELL_PX
    return thin_px if thin_px >= _HALO_PX and (lost or finer) else mean_px


def _halved(
    profiles: tuple[EdgeProfile, EdgeProfile], best: StepCandidate, at_cuts: dict[StepCandidate, float]
) -> StepCandidate:
    """Half of the step, where edges lie at its cuts that do not lie at the step's own: more details than a few are in
    half steps. Read at the whole step, a face loses its eyes."""
    half = replace(best, step_px=best.step_px / 2)
    if half.step_px < SMALL_CELL_PX:
        return best
    at_cuts[half] = _concentration(profiles, (half.step_px, half.step_px))
    return half if at_cuts[half] >= max(_MOST_AT_CUTS, at_cuts[best] + _MORE_AT_HALF) else best


def _confidence(best: StepCandidate, at_cuts: float, alignment: float) -> float:
    shared = (at_cuts - _NO_LATTICE) / (1 - _NO_LATTICE)
    return float(np.prod(np.clip((best.contrast / 1.5, shared, alignment), 0, 1)))


def _even_step(profiles: tuple[EdgeProfile, EdgeProfile], near_px: float) -> float:
    """The step at which all edges of a picture are in phase; neighbours are too few to measure it by."""
    steps_px = near_px * np.linspace(1 - _EVEN_SHARE, 1 + _EVEN_SHARE, _EVEN_TRIES)
    in_phase = np.zeros(len(steps_px))
    for profile in profiles:
        at = np.flatnonzero(profile.energy)
        in_phase += np.abs(np.exp(2j * np.pi * at / steps_px[:, None]) @ np.sqrt(profile.energy[at]))
    return float(steps_px[in_phase.argmax()])


def _concentration(profiles: tuple[EdgeProfile, EdgeProfile], steps: tuple[float, float]) -> float:
    """Of both axes the lower concentration of edges at the cuts."""
    return min(
        concentration(profile, track_cuts(profile, step), step) for profile, step in zip(profiles, steps, strict=True)
    )
