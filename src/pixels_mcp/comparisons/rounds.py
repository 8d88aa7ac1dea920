"""A comparison as it is kept: its arms, its rounds with their sprites, and the votes in the order of their casting."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from pixels_mcp.comparisons.arms import Arm, check_arms
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import JobInfo, PartInfo
from pixels_mcp.requests import BATCH_ITEMS_MAX, SEED_MAX, BatchRequest, parse_request

Voter = Literal["person", "assistant"]


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArmSprite(_Kept):
    """What one arm drew in a round. `reference` is the sha256 of the picture that it was redrawn from."""

    sprite_id: str
    path: str
    width_px: int
    height_px: int
    model: str
    reference: str | None = None


class Round(_Kept):
    """The same prompt and seed for all arms.

    `number` counts from 1 in the order in which rounds are shown; `places` are the arms from left to right; `sprites`
    are in the order of the arms; `void` says why the round does not count.
    """

    number: int
    prompt: str
    seed: int
    places: tuple[int, ...]
    sprites: tuple[ArmSprite | None, ...] = ()
    void: str | None = None


class Vote(_Kept):
    """One vote: the arms as they were shown from left to right, which of them won (None: a tie), and when."""

    voter: Voter
    ballot: int
    round: int
    shown: tuple[int, ...]
    winner: int | None
    seconds: float
    voted_s: float


class Comparison(_Kept):
    """A comparison; every change gives a new one. `shared` are the words of a request that all arms share."""

    format: Literal[1] = 1
    comparison_id: str
    created_s: float
    arms: tuple[Arm, ...]
    shuffle_seed: int
    shared: dict[str, JsonValue]
    rounds: tuple[Round, ...]
    job_id: str | None = None
    votes: tuple[Vote, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether the sprites of all rounds are known."""
        return all(one.sprites or one.void for one in self.rounds)


def make_comparison(
    comparison_id: str,
    arms: Sequence[Arm],
    prompts: Sequence[str],
    *,
    seeds: int,
    first_seed: int,
    shuffle_seed: int,
    shared: Mapping[str, JsonValue],
    created_s: float,
) -> Comparison:
    """Plan the rounds: every prompt with every seed, in an order and with places that come from one seed.

    Where `shared` names no reference, arms of one model take the tiles that the words find, which are the same for
    all of them; arms of several models draw from scratch, because only one of them might have such tiles.

    Args:
        seeds: How many for each prompt, counted up from `first_seed`.

    Raises:
        InvalidArgumentError: The arms or numbers are not usable, or it would be too much for one job.
    """
    checked = check_arms(arms)
    if not prompts or seeds < 1 or first_seed + seeds - 1 > SEED_MAX:
        raise InvalidArgumentError(
            f"{len(prompts)} prompts with {seeds} seeds from {first_seed}",
            hint=f"give at least one prompt and one seed, at most {SEED_MAX}",
        )
    if (sprites := len(prompts) * seeds * len(checked)) > BATCH_ITEMS_MAX:
        raise InvalidArgumentError(
            f"{len(prompts)} prompts x {seeds} seeds x {len(checked)} arms are {sprites} sprites, at most "
            f"{BATCH_ITEMS_MAX} are one job",
            hint="give fewer prompts or seeds",
        )
    chance = random.Random(shuffle_seed)  # noqa: S311  # fair and repeatable, nobody is kept out by it
    pairs = [(prompt, first_seed + step) for prompt in dict.fromkeys(prompts) for step in range(seeds)]
    chance.shuffle(pairs)
    places = list(range(len(checked)))
    rounds = []
    for number, (prompt, seed) in enumerate(pairs, start=1):
        chance.shuffle(places)
        rounds.append(Round(number=number, prompt=prompt, seed=seed, places=tuple(places)))
    same_model = len({arm.model for arm in checked}) == 1
    return Comparison(
        comparison_id=comparison_id,
        created_s=created_s,
        arms=checked,
        shuffle_seed=shuffle_seed,
        shared={"reference": "auto" if same_model else "none", **shared},
        rounds=tuple(rounds),
    )


def batch_request(comparison: Comparison) -> BatchRequest:
    """All sprites of a comparison as one batch: round by round, in each the arms in their order.

    Raises:
        InvalidArgumentError: An arm and the shared words do not go together.
    """
    items: list[dict[str, Any]] = [
        {"prompt": one.prompt, "seed": one.seed, **arm.words()} for one in comparison.rounds for arm in comparison.arms
    ]
    request = parse_request(BatchRequest, {**comparison.shared, "items": items, "name": "compare"})
    request.expand()
    return request


def with_sprites(comparison: Comparison, job: JobInfo) -> Comparison:
    """Put in what the batch drew; a round that is not whole, or not fair, is void and says why."""
    parts = iter(job.parts)
    rounds = []
    for one in comparison.rounds:
        drawn = list(itertools.islice(parts, len(comparison.arms)))
        sprites = tuple(map(_arm_sprite, drawn))
        rounds.append(one.model_copy(update={"sprites": sprites, "void": _void(comparison, drawn, sprites)}))
    return comparison.model_copy(update={"rounds": tuple(rounds)})


def _arm_sprite(part: PartInfo) -> ArmSprite | None:
    if part.state != "done" or not part.sprites:
        return None
    sprite = part.sprites[0]
    return ArmSprite(
        sprite_id=sprite.sprite_id,
        path=sprite.path,
        width_px=sprite.width_px,
        height_px=sprite.height_px,
        model=sprite.model,
        reference=sprite.reference.sha256 if sprite.reference else None,
    )


def _void(comparison: Comparison, parts: Sequence[PartInfo], sprites: Sequence[ArmSprite | None]) -> str | None:
    for arm, part, sprite in zip(comparison.arms, parts, sprites, strict=True):
        if sprite is None:
            return f"{arm.name}: {part.error.message if part.error else part.state}"
    drawn = [sprite for sprite in sprites if sprite is not None]
    if len({sprite.reference for sprite in drawn}) > 1:
        return "the arms were redrawn from different references"
    if len({(sprite.width_px, sprite.height_px) for sprite in drawn}) > 1:
        return "the arms drew different sizes"
    return None
