"""A comparison as it is kept: its arms, its rounds with their sprites, and the votes in the order of their casting."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.comparisons.arms import Arm, check_arms
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import JobInfo, PartInfo
from pixels_mcp.requests import BATCH_ITEMS_MAX, SEED_MAX, BatchRequest
from pixels_mcp.told_apart import Words

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


MadeSprites: TypeAlias = Mapping[tuple[int, int], ArmSprite | str]
"""What arms that are workflows made, by round and arm: a sprite, or why there is none."""


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

    @property
    def has_workflows(self) -> bool:
        """Whether an arm of it is a workflow."""
        return any(arm.workflow is not None for arm in self.arms)

    @property
    def is_of_workflows(self) -> bool:
        """Whether all its arms are workflows, so that no batch job draws any of it."""
        return all(arm.workflow is not None for arm in self.arms)


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
    rounds: list[Round] = []
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
    """All sprites of a comparison as one batch: round by round, in each the arms in their order, workflows left out.

    Raises:
        InvalidArgumentError: An arm and the shared words do not go together.
    """
    items: list[Words] = [
        {"prompt": one.prompt, "seed": one.seed, **arm.words()}
        for one in comparison.rounds
        for arm in comparison.arms
        if arm.workflow is None
    ]
    request = parse_request(BatchRequest, {**comparison.shared, "items": items, "name": "compare"})
    request.expand()
    return request


def with_sprites(comparison: Comparison, job: JobInfo | None, made: MadeSprites = MappingProxyType({})) -> Comparison:
    """Put in what was drawn; a round that is not whole, or not fair, is void and says why.

    Args:
        comparison: As it was planned.
        job: What its batch drew; None where all its arms are workflows.
        made: What its workflows made.
    """
    parts = iter(job.parts if job else ())
    rounds: list[Round] = []
    for one in comparison.rounds:
        drawn = [
            made.get((one.number, number), "the workflow did not run")
            if arm.workflow is not None
            else _drawn(next(parts, None))
            for number, arm in enumerate(comparison.arms)
        ]
        sprites = tuple(sprite if isinstance(sprite, ArmSprite) else None for sprite in drawn)
        rounds.append(one.model_copy(update={"sprites": sprites, "void": _void(comparison, drawn)}))
    return comparison.model_copy(update={"rounds": tuple(rounds)})


def _drawn(part: PartInfo | None) -> ArmSprite | str:
    """What a part drew, or why there is nothing."""
    if part is None:
        return "it was not drawn"
    if part.state != "done" or not part.sprites:
        return part.error.message if part.error else part.state
    sprite = part.sprites[0]
    return ArmSprite(
        sprite_id=sprite.sprite_id,
        path=sprite.path,
        width_px=sprite.width_px,
        height_px=sprite.height_px,
        model=sprite.model,
        reference=sprite.reference.sha256 if sprite.reference else None,
    )


def _void(comparison: Comparison, drawn: Sequence[ArmSprite | str]) -> str | None:
    for arm, sprite in zip(comparison.arms, drawn, strict=True):
        if isinstance(sprite, str):
            return f"{arm.name}: {sprite}"
    sprites = [sprite for sprite in drawn if isinstance(sprite, ArmSprite)]
    # A workflow chooses what it redraws: that is a part of what is compared.
    if not comparison.has_workflows and len({sprite.reference for sprite in sprites}) > 1:
        return "the arms were redrawn from different references"
    if len({(sprite.width_px, sprite.height_px) for sprite in sprites}) > 1:
        return "the arms drew different sizes"
    return None
