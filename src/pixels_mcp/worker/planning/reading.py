"""What a request says, read: markup taken off, LoRAs of the prompt among the others, words for finder and encoder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import PixelsError
from pixels_mcp.exemplars.finder import Exemplar, library
from pixels_mcp.exemplars.prompt_limits import limits
from pixels_mcp.exemplars.prompt_syntax import PlainPrompt, read_syntax
from pixels_mcp.exemplars.prompt_words import filler_phrases, negations, read_prompt
from pixels_mcp.exemplars.style_words import known_style
from pixels_mcp.exemplars.unsaid_words import as_captions_say
from pixels_mcp.models.entry import ModelEntry, draw_defaults
from pixels_mcp.requests import LoraChoice, SpriteRequest
from pixels_mcp.worker.planning.profiles import is_drawn_plainly

FEW_STEPS_MAX = 10
"""A model that is drawn in so few steps was distilled already."""


@dataclass(frozen=True)
class Reading:
    """A request in plain words.

    Attributes:
        request: As asked, its prompt in plain words and its LoRAs complete.
        said: The prompt as the text encoder reads it.
        style: What it reads after that.
        notes: What was taken off or is not followed.
        prompt_loras: Names of LoRAs that the prompt itself asked for.
        few_step_lora: The one that a setting asked for.
    """

    request: SpriteRequest
    said: str
    style: str = ""
    notes: tuple[str, ...] = ()
    prompt_loras: frozenset[str] = frozenset()
    few_step_lora: str | None = None

    def spoken(self) -> str:
        """What the text encoder reads."""
        return self.said + self.style

    def spoken_from_scratch(self, likest: Exemplar | None, *, fills: bool) -> str:
        """What it reads where no tile is redrawn: see `as_captions_say`."""
        has_lora = any(choice.weight for choice in self.request.loras)
        said = as_captions_say(self.said, likest, fills=fills, style=self.style, ground_only=has_lora)
        return said + self.style

    def loras(self, find: Callable[[str], ModelEntry]) -> tuple[ModelEntry, ...]:
        """Find the LoRAs of a weight other than 0.

        Raises:
            PixelsError: One is not installed or does not fit; names the word that asked for it.
        """
        entries: list[ModelEntry] = []
        for choice in self.request.loras:
            if choice.weight:
                try:
                    entries.append(find(choice.name))
                except PixelsError as error:
                    if choice.name in self.prompt_loras:
                        error.message = f"<lora:{choice.name}:{choice.weight:g}> in the prompt: {error.message}"
                        error.hint = f"take it out of the prompt, or {error.hint}"
                    if choice.name == self.few_step_lora:
                        error.message = f"the setting levers.few_step_lora: {error.message}"
                    raise
        return tuple(entries)


def in_few_steps(reading: Reading, model: ModelEntry, lora: str | None) -> Reading:
    """Stack the LoRA that makes few steps enough.

    Left as it is where the request says its own steps, guidance or that LoRA, and for a model that needs few anyway.

    Args:
        lora: Its name, None for none.
    """
    request = reading.request
    is_asked = request.steps is not None or request.guidance_scale is not None
    if lora is None or is_asked or is_drawn_plainly(model) or draw_defaults(model).steps <= FEW_STEPS_MAX:
        return reading
    if any(choice.name == lora for choice in request.loras):
        return reading
    stacked = request.model_copy(update={"loras": (*request.loras, LoraChoice(name=lora, weight=1.0))})
    return replace(reading, request=stacked, few_step_lora=lora)


def read_request(request: SpriteRequest, *, drops_filler: bool) -> Reading:
    """Read a request.

    Args:
        request: As asked.
        drops_filler: The model knows none of the words of praise and negation (`mini`), so they are left out of what
            its text encoder reads.

    Raises:
        InvalidArgumentError: The prompt's markup asks for what there is not, or nothing is left of the prompt.
    """
    plain = read_syntax(request.prompt)
    request = _with_loras(request, plain)
    notes = [*plain.notes, *limits(plain.text, read_prompt(plain.text), size_px=(request.width_px, request.height_px))]
    spoken = plain.text
    if drops_filler:
        filler = filler_phrases(spoken)
        if filler:
            notes.append(f"words that change nothing here were left out: {', '.join(filler)}")
        for part in (*filler, *negations(spoken)):
            spoken = re.sub(re.escape(part), " ", spoken, count=1, flags=re.IGNORECASE)
        spoken = _tidied(spoken) if filler or negations(plain.text) else spoken
    return Reading(
        request=request,
        said=spoken or plain.text,
        style=_style(request.style or "", library().index.styles if drops_filler else {}),
        notes=tuple(notes),
        prompt_loras=frozenset(name for name, _ in plain.loras),
    )


def _style(style: str, styles: Mapping[str, str]) -> str:
    """What is said after the prompt: a style that the model knows in the words that it learned, others as typed."""
    name = known_style(style, styles)
    if name is None:
        return f", {style}" if style else ""
    others = _tidied(re.sub(styles[name].removesuffix(" style") + r"(?: style)?", "", style.lower()))
    return f" {styles[name]}" + (f", {others}" if others else "")


def as_recorded(request: SpriteRequest) -> Reading:
    """The reading of a request that a recipe gave: its prompt was read when the sprite was made."""
    return Reading(request, request.prompt)


def _with_loras(request: SpriteRequest, plain: PlainPrompt) -> SpriteRequest:
    if plain.text == request.prompt:
        return request
    words = request.model_dump(exclude_unset=True)
    named = {choice.name for choice in request.loras}
    added = [LoraChoice(name=name, weight=weight) for name, weight in dict(plain.loras).items() if name not in named]
    words["prompt"] = plain.text
    if added:
        words["loras"] = (*request.loras, *added)
    return parse_request(type(request), words)


def _tidied(text: str) -> str:
    text = re.sub(r"\s*,(\s*,)+", ",", re.sub(r"\s+", " ", text))
    return re.sub(r"\s+,", ",", text).strip(" ,")
