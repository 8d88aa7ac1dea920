"""Measure a packaged `mini`: kinds, colours, distances, diversity, seconds; twice, with exemplars and from scratch."""

from __future__ import annotations

import hashlib
import json
import logging
import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pixels_mcp.exemplars.finder import Exemplar, find_exemplars, is_background_kind, usual_side_px
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.ramps import Rgba, main_colors
from pixels_mcp.exemplars.redraw_strength import RedrawTry, is_its_tile_again, next_try
from pixels_mcp.exemplars.unsaid_words import as_captions_say
from pixels_mcp.exemplars.words import COLOR_OF
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.finish import finish_native
from pixels_mcp.pixelart.near_copies import NEAR_COPY_SHARE, nearest_tile_shares, share_different
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.training.judging import judgements
from pixels_mcp.training.judging.by_pack import JudgedSprite, measure_by_pack
from pixels_mcp.training.judging.classifier import (
    KindJudge,
    class_of,
    judge_features,
    judge_kinds,
    kernel_distance,
    train_judge,
)
from pixels_mcp.training.judging.evaluation_report import (
    Cleanliness,
    ColorMeasure,
    EvaluationReport,
    RealMeasure,
    WayMeasure,
)
from pixels_mcp.training.judging.evaluation_settings import EvaluationSettings
from pixels_mcp.training.judging.prompt_sheets import PromptSheet
from pixels_mcp.training.judging.samples import Artist, save_sheet
from pixels_mcp.training.packs.tiles import Tile

log = logging.getLogger(__name__)

DIVERSITY_PROMPTS = ("potion", "sword", "dragon", "wizard")
DIVERSITY_SEEDS = 6
CANVAS_SIDES_PX = (32, 16)
"""Canvases that `mini` draws on; where art of both sizes fits as well, the first is taken."""


@dataclass(frozen=True)
class Drawn:
    """A finished sprite, and the exemplar that it was redrawn from, if any."""

    prompt: str
    pixels: Rgba
    exemplar: Exemplar | None


class Evaluation:
    """Draws and judges with one packaged model.

    Args:
        folder: Diffusers folder.
        tiles: All tiles; training tiles train the two judges, held-out tiles are the prompts.
        settings: See `Settings`.
        side_px: Canvas that is drawn on and measured; None for that of each prompt's art, as a request without a size
            is drawn.
    """

    def __init__(
        self, folder: Path, tiles: Sequence[Tile], settings: EvaluationSettings, *, side_px: int | None = 32
    ) -> None:
        self.settings, self.side_px = settings, side_px
        mine = [t for t in tiles if len(t.pixels) == side_px]
        self.held_out = [t for t in mine if t.held_out and class_of(t) is not None]
        self.training = [t for t in mine if not t.held_out]
        self.halves = ([t for t in self.training if half_of(t) == 0], [t for t in self.training if half_of(t) == 1])
        self.held_out_names = frozenset(t.path for t in tiles if t.held_out)
        weights = (folder / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
        self.artist = Artist(folder, fingerprint=hashlib.sha256(weights).hexdigest(), threads=settings.threads)

    def draw(
        self, prompts: Sequence[str], *, exemplars: bool, exclude: Sequence[frozenset[str]] | None = None
    ) -> list[Drawn]:
        """Draw and finish a sprite a prompt; a prompt that finds no exemplar is drawn from scratch, as by default."""
        sides = [self.side_px or usual_side_px(prompt, CANVAS_SIDES_PX) or CANVAS_SIDES_PX[0] for prompt in prompts]
        outs = exclude or [self.held_out_names] * len(prompts)
        likest = [
            next(iter(find_exemplars(prompt, 1, exclude=outs[n], side_px=sides[n])), None)
            for n, prompt in enumerate(prompts)
        ]
        nearest = likest if exemplars else [None] * len(prompts)
        said = [
            prompt if nearest[n] else as_captions_say(prompt, likest[n], fills=read_prompt(prompt).background is True)
            for n, prompt in enumerate(prompts)
        ]
        tries = {n: self.settings.tries_for(e, sides[n]) for n, e in enumerate(nearest) if e is not None}
        turns = {n: tries[n][0] if n in tries else None for n in range(len(prompts))}
        drawn: dict[int, Drawn] = {}
        while turns:
            ways = {n: (turn, sides[n]) for n, turn in turns.items()}
            for turn, side in dict.fromkeys(ways.values()):
                numbers = [n for n, own in ways.items() if own == (turn, side)]
                references = [fit(e.pixels, (side, side)) for n in numbers if (e := nearest[n]) is not None]
                raw = self._draw_alike([said[n] for n in numbers], references, turn, side, numbers[0])
                for place, (n, pixels) in enumerate(zip(numbers, raw, strict=True)):
                    if turn is not None and is_its_tile_again(pixels, references[place]):
                        more = next_try(turn.strength, tries[n], references[place])
                        if more is not None:
                            turns[n] = more
                            continue
                    drawn[n] = Drawn(prompts[n], _finish(pixels, prompts[n], nearest[n]), nearest[n])
                    del turns[n]
        return [drawn[n] for n in range(len(prompts))]

    def _draw_alike(
        self, prompts: Sequence[str], references: Sequence[Rgba], way: RedrawTry | None, side_px: int, first: int
    ) -> list[Rgba]:
        return self.artist.draw(
            prompts,
            steps=self.settings.scratch_steps if way is None else way.steps,
            guidance_scale=self.settings.scratch_guidance_scale if way is None else self.settings.guidance_scale,
            strength=None if way is None else way.strength,
            references=references or None,
            side_px=side_px,
            seed=self.settings.seed + first,
        )

    # --- the measures -------------------------------------------------------------------------------------------

    def measure(self, *, sprites: int = 160) -> EvaluationReport:
        """Everything, as plain numbers.

        Args:
            sprites: Held-out captions that are drawn, in each of the two ways.
        """
        judges = [train_judge(half, seed=n) for n, half in enumerate(self.halves)]
        log.info("two judges trained")
        chosen = self._chosen(sprites)
        real = self._judge_real(judges)
        ways: list[WayMeasure] = []
        for exemplars in (True, False):
            way = self._measure_way(judges, chosen, exemplars=exemplars)
            way["kind_share_of_real"] = round(way["kind_accuracy"] / real["kind_accuracy"], 3)
            log.info("%s: %s", "with exemplars" if exemplars else "from scratch", json.dumps(way))
            ways.append(way)
        return {
            "settings": asdict(self.settings),
            "held_out_tiles": len(self.held_out),
            "real": real,
            "with_exemplars": ways[0],
            "from_scratch": ways[1],
            "seconds": self.measure_seconds(),
            "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }

    def _chosen(self, count: int) -> list[Tile]:
        random = np.random.default_rng(5)
        numbers = random.permutation(len(self.held_out))[:count]
        return [self.held_out[int(n)] for n in sorted(numbers)]

    def _judge_real(self, judges: list[KindJudge]) -> RealMeasure:
        pixels = [t.pixels for t in self.held_out]
        truth = np.array([class_of(t) for t in self.held_out])
        accuracy = [float((judge_kinds(judge, pixels) == truth).mean()) for judge in judges]
        random = np.random.default_rng(6)
        other = [self.training[int(n)] for n in random.permutation(len(self.training))]
        other = [t for t in other if class_of(t) is not None][: len(self.held_out)]
        distances = [
            kernel_distance(judge_features(judge, [t.pixels for t in other]), judge_features(judge, pixels))
            for judge in judges
        ]
        return {
            "kind_accuracy": round(float(np.mean(accuracy)), 3),
            "kid_of_training_tiles": round(float(np.mean(distances)), 4),
            **_measure_cleanliness(pixels),
            "n": len(pixels),
        }

    def _measure_way(self, judges: list[KindJudge], chosen: list[Tile], *, exemplars: bool) -> WayMeasure:
        captions = [plain_caption(tile) for tile in chosen]
        # Judge n was trained on half n, so the sprites it judges may only come from exemplars of the other half.
        judged_by = [n % 2 for n in range(len(chosen))]
        names = [self.held_out_names | {t.path for t in half} for half in self.halves]
        drawn = self.draw(captions, exemplars=exemplars, exclude=[names[n] for n in judged_by])
        truth = np.array([class_of(tile) for tile in chosen])
        right: list[bool] = []
        distances: list[float] = []
        for n, judge in enumerate(judges):
            mine = [k for k, by in enumerate(judged_by) if by == n]
            pixels = [drawn[k].pixels for k in mine]
            right += list(judge_kinds(judge, pixels) == truth[mine])
            real = judge_features(judge, [t.pixels for t in self.held_out])
            distances.append(kernel_distance(judge_features(judge, pixels), real))
        nearest = nearest_tile_shares([d.pixels for d in drawn], [t.pixels for t in self.training])
        mean, copies = judgements.mean_and_share_under(nearest, NEAR_COPY_SHARE)
        report: WayMeasure = {
            "kind_accuracy": round(float(np.mean(right)), 3),
            "kid": round(float(np.mean(distances)), 4),
            "n": len(drawn),
            "found_an_exemplar": round(float(np.mean([d.exemplar is not None for d in drawn])), 3),
            **self._measure_colors(exemplars=exemplars),
            **_measure_cleanliness([d.pixels for d in drawn]),
            "diversity_over_seeds": self._measure_diversity(exemplars=exemplars),
            "different_from_nearest_tile": mean,
            "near_copies_of_nearest_tile": copies,
            "by_pack": measure_by_pack(
                judges,
                [JudgedSprite(tile, d.pixels, by) for tile, d, by in zip(chosen, drawn, judged_by, strict=True)],
                self.held_out,
            ),
        }
        if exemplars:
            apart = [
                share_different(d.pixels, _finish(fit(d.exemplar.pixels, d.pixels.shape[:2]), d.prompt, d.exemplar))
                for d in drawn
                if d.exemplar
            ]
            mean, copies = judgements.mean_and_share_under(apart, NEAR_COPY_SHARE)
            report["different_from_exemplar"], report["near_copies_of_exemplar"] = mean, copies
            kinds = [d.exemplar.kind for d in drawn if d.exemplar]
            copied = [k for k, share in zip(kinds, apart, strict=True) if share < NEAR_COPY_SHARE]
            report["near_copies_by_kind"] = {kind: copied.count(kind) for kind in sorted(set(copied))}
        return report

    def _measure_colors(self, *, exemplars: bool) -> ColorMeasure:
        asked = [(c, o) for o in judgements.ASKED_OBJECTS for c in judgements.ASKED_COLORS]
        drawn = self.draw([f"{c} {o}" for c, o in asked], exemplars=exemplars)
        obeyed = [judgements.nearest_asked_color(d.pixels) == c for d, (c, _) in zip(drawn, asked, strict=True)]
        by_color = {
            color: round(float(np.mean([ok for ok, (c, _) in zip(obeyed, asked, strict=True) if c == color])), 2)
            for color in judgements.ASKED_COLORS
        }
        return {"color_obeyed": round(float(np.mean(obeyed)), 3), "color_obeyed_by_word": by_color}

    def _measure_diversity(self, *, exemplars: bool) -> float:
        """Share of pixels that look different between the seeds of one prompt from one exemplar."""
        prompts = [p for p in DIVERSITY_PROMPTS for _ in range(DIVERSITY_SEEDS)]
        drawn = self.draw(prompts, exemplars=exemplars)
        groups = [drawn[k : k + DIVERSITY_SEEDS] for k in range(0, len(drawn), DIVERSITY_SEEDS)]
        differences = [judgements.mean_pairwise_difference([d.pixels for d in group]) for group in groups]
        return round(float(np.mean(differences)), 3)

    def measure_seconds(self, *, rounds: int = 3) -> dict[str, float]:
        """Warm seconds a call, the best of some rounds: one sprite, sixteen at once, and one from scratch."""
        seconds: dict[str, float] = {}
        for name, count, exemplars in (("one", 1, True), ("sixteen", 16, True), ("one_from_scratch", 1, False)):
            self.draw(["red potion"] * count, exemplars=exemplars)
            times: list[float] = []
            for _ in range(rounds):
                started = time.perf_counter()
                self.draw(["red potion"] * count, exemplars=exemplars)
                times.append(time.perf_counter() - started)
            seconds[name] = round(min(times), 3)
        return seconds

    # --- the sheet ----------------------------------------------------------------------------------------------

    def draw_sheet(
        self, prompt_sheet: PromptSheet, path: Path, *, shuffle_seed: int | None = None, exemplars: bool = True
    ) -> list[str]:
        """Draw fixed prompts as one picture: with labels, or without and shuffled for a blind reader.

        Returns:
            The prompts in the order of the sheet.
        """
        prompts = prompt_sheet.prompts
        drawn = self.draw(prompts, exemplars=exemplars, exclude=[frozenset[str]()] * len(prompts))
        order = list(range(len(prompts))) if shuffle_seed is None else prompt_sheet.shuffled(shuffle_seed)
        labels = None if shuffle_seed is not None else [prompts[n] for n in order]
        save_sheet([drawn[n].pixels for n in order], path, columns=8, scale=4, labels=labels)
        return [prompts[n] for n in order]


def _finish(pixels: Rgba, prompt: str, exemplar: Exemplar | None) -> Rgba:
    fills = is_background_kind(exemplar.kind) if exemplar else read_prompt(prompt).background is True
    return finish_native(pixels, size_px=(len(pixels), len(pixels)), transparent=not fills).pixels


def _measure_cleanliness(sprites: Sequence[Rgba]) -> Cleanliness:
    facts = [measure_facts(pixels) for pixels in sprites]
    return {
        "colors_mean": round(float(np.mean([f.colors for f in facts])), 1),
        "orphan_pixels_per_1000_mean": round(float(np.mean([f.orphan_pixels_per_1000 for f in facts])), 1),
    }


def half_of(tile: Tile) -> int:
    """Which of the two halves a training tile belongs to; all tiles of one name to the same."""
    return hashlib.sha256(tile.words.name.encode()).digest()[5] % 2


def plain_caption(tile: Tile) -> str:
    """A tile's caption without chance: its main colour and its words, other colour words left out."""
    words = [w for w in tile.words.words if w not in COLOR_OF]
    return " ".join([*main_colors(tile.pixels)[:1], *words])
