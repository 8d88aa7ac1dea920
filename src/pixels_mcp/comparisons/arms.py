"""The ways of drawing that are compared, in a few words: `sd_xl_base_1.0 steps=25 lora=pixel-art:0.8`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.requests import LoraChoice, SpriteRequest
from pixels_mcp.told_apart import Words

ARMS_MIN, ARMS_MAX = 2, 4

_WORDS = ("name", "model", "lora", "steps", "guidance_scale", "palette", "workflow")


class Arm(BaseModel):
    """One way of drawing; what it leaves out is as the model has it. `name` is what the report calls it.

    `workflow` names a workflow file, which decides everything but prompt and seed by itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    model: str | None = None
    loras: tuple[LoraChoice, ...] = ()
    steps: int | None = None
    guidance_scale: float | None = None
    palette: str | None = None
    workflow: str | None = None

    def words(self) -> Words:
        """The words of a request that this arm decides."""
        said = self.model_dump(exclude={"name", "workflow"}, exclude_none=True)
        return {word: value for word, value in said.items() if value not in (None, ())}

    def in_words(self) -> str:
        """All that it says, for a table."""
        if self.workflow is not None:
            return f"workflow {self.workflow}"
        loras = [f"lora {one.name} at {one.weight:g}" for one in self.loras]
        rest = [f"{word} {value}" for word, value in self.words().items() if word not in ("model", "loras")]
        return ", ".join([self.model or "the default model", *loras, *rest])


def read_arm(text: str) -> Arm:
    """Read an arm: a model's name and words, in any order; `lora=NAME:WEIGHT` may stand several times.

    Raises:
        InvalidArgumentError: A word is unknown, stands twice, or has a value that no request may have.
    """
    words: Words = {}
    loras: list[LoraChoice] = []
    for token in _split(text):
        word, equals, value = token.partition("=")
        word, value = (word.replace("-", "_"), value) if equals else ("model", token)
        word = {"guidance": "guidance_scale"}.get(word, word)
        if word not in _WORDS or not value:
            raise InvalidArgumentError(
                f"arm {text!r}: {token!r} is no word of an arm", hint=f"an arm has {', '.join(_WORDS)}: steps=25"
            )
        if word == "lora":
            loras.append(_lora(value, text))
        elif word in words:
            raise InvalidArgumentError(f"arm {text!r}: {word} stands twice", hint="say it once")
        else:
            words[word] = value
    name = words.pop("name", None) or text.strip()
    if "workflow" in words:
        if len(words) > 1 or loras:
            raise InvalidArgumentError(
                f"arm {text!r}: a workflow decides its own words", hint="say workflow=NAME, and name= where you like"
            )
        return Arm(name=name, workflow=words["workflow"])
    try:
        request = parse_request(SpriteRequest, {"prompt": "x", **words, "loras": loras})
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"arm {text!r}: {error.message}", hint=error.hint) from error
    return Arm(name=name, loras=request.loras, **{word: getattr(request, word) for word in words})


def check_arms(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Return arms that can be compared.

    Raises:
        InvalidArgumentError: There are fewer than 2 or more than 4, or two are alike.
    """
    if not ARMS_MIN <= len(arms) <= ARMS_MAX:
        raise InvalidArgumentError(
            f"{len(arms)} arms are given, {ARMS_MIN} to {ARMS_MAX} can be compared", hint="give 2 to 4"
        )
    for number, arm in enumerate(arms):
        for other in arms[:number]:
            if arm.words() == other.words() and arm.workflow == other.workflow:
                raise InvalidArgumentError(
                    f"the arms {other.name!r} and {arm.name!r} draw alike", hint="change a word of one of them"
                )
            if arm.name == other.name:
                raise InvalidArgumentError(f"two arms are called {arm.name!r}", hint="give one another name=")
    return tuple(arms)


def _split(text: str) -> list[str]:
    try:
        tokens = shlex.split(text)
    except ValueError as error:
        raise InvalidArgumentError(f"arm {text!r}: {error}", hint="close the quotation mark") from error
    if not tokens:
        raise InvalidArgumentError("an arm is empty", hint="give a model's name or words: 'mini steps=20'")
    return tokens


def _lora(value: str, text: str) -> LoraChoice:
    name, colon, weight = value.rpartition(":")
    words = {"name": name, "weight": weight} if colon else {"name": value}
    try:
        return parse_request(LoraChoice, words)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"arm {text!r}: {error.message}", hint="write lora=NAME:0.8") from error
