"""The words of a request as fields, made from the request's model; what is left empty is left to the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.requests import DrawWords, LoraChoice
from pixels_mcp.told_apart import Words, is_row

_FIRST = (
    "negative_prompt", "style", "model", "loras", "width_px", "height_px", "count", "palette", "max_colors", "seed",
    "steps", "guidance_scale", "reference", "strength", "transparent", "tiling",
)  # fmt: skip
WORDS = (*_FIRST, *(word for word in DrawWords.model_fields if word not in _FIRST))
"""Every word of `DrawWords`, those that a person changes most first."""

LABELS = {
    "negative_prompt": "not", "loras": "LoRA", "width_px": "width px", "height_px": "height px",
    "max_colors": "max colors", "guidance_scale": "guidance",
}  # fmt: skip

_MEANINGS = {
    "model": "a name; Esc and 4 list what there is, Esc and m choose",
    "loras": "styles that the model learnt besides: NAME:0.8, NAME; Esc and L choose",
    "palette": "the only colors that are used; Esc and p choose",
}
"""Where the request's model speaks to an assistant."""

PLACEHOLDERS = {
    "negative_prompt": "what must not be seen",
    "style": "dark fantasy, pastel colors, ...",
    "loras": "NAME:0.8, NAME",
    "width_px": "that of its art",
    "height_px": "that of its art",
    "palette": "any colors",
    "max_colors": "as many as it takes",
    "seed": "random",
    "steps": "the model's own",
    "guidance_scale": "the model's own",
    "reference": "auto",
    "strength": "the model's own",
    "transparent": "all but tiles and floors (true, false)",
    "tiling": "none (x, y, both)",
    "count": "1",
}


class WordField(Horizontal):
    """One word: its name and its field."""

    def __init__(self, word: str, placeholder: str, choices: Sequence[str]) -> None:
        super().__init__(classes="word")
        self.word, self._placeholder, self._choices = word, placeholder, choices

    def compose(self) -> ComposeResult:
        """Name and field side by side."""
        yield Label(LABELS.get(self.word, self.word))
        suggester = SuggestFromList(self._choices, case_sensitive=False) if self._choices else None
        yield Input(placeholder=self._placeholder, id=f"word-{self.word.replace('_', '-')}", suggester=suggester)


class RequestForm(VerticalScroll, can_focus=False):
    """All words but the prompt."""

    def __init__(
        self, choices: Mapping[str, Sequence[str]], default_model: str, *, widget_id: str | None = None
    ) -> None:
        super().__init__(id=widget_id)
        self._choices, self._default_model = choices, default_model

    def compose(self) -> ComposeResult:
        """A line for each word."""
        for word in WORDS:
            placeholder = (
                self._default_model if word == "model" else PLACEHOLDERS.get(word, _usual(DrawWords.model_fields[word]))
            )
            yield WordField(word, placeholder, self._choices.get(word, _literals(DrawWords.model_fields[word])))

    def field(self, word: str) -> Input:
        """The field of a word."""
        return self.query_one(f"#word-{word.replace('_', '-')}", Input)

    @property
    def words(self) -> Words:
        """What was filled in, not yet checked.

        Raises:
            InvalidArgumentError: A LoRA's weight is no number.
        """
        texts = {word: self.field(word).value.strip() for word in WORDS}
        given: Words = {word: text for word, text in texts.items() if text}
        if "loras" in given:
            given["loras"] = [read_lora(text) for text in texts["loras"].split(",") if text.strip()]
        return given

    def fill(self, words: Mapping[str, object]) -> None:
        """Put words into the fields, and empty all others."""
        for word in WORDS:
            self.field(word).value = _text(words.get(word))


def read_lora(text: str) -> Words:
    """`NAME:0.8` as a request has it.

    Raises:
        InvalidArgumentError: The weight is no number.
    """
    name, colon, weight = text.strip().rpartition(":")
    if not colon:
        return {"name": text.strip()}
    try:
        return {"name": name, "weight": float(weight)}
    except ValueError:
        raise InvalidArgumentError(
            f"loras: {weight!r} is not a number", hint="write NAME:0.8, or NAME alone for 1.0"
        ) from None


def meaning_of(word: str) -> str:
    """What a word means, from the one place that says it."""
    return f"{LABELS.get(word, word)}: {_MEANINGS.get(word) or DrawWords.model_fields[word].description or ''}"


def _literals(field: FieldInfo) -> tuple[str, ...]:
    """What a word may be, where that is one of a few."""
    kinds = [field.annotation, *get_args(field.annotation)]
    if bool in kinds:
        return ("true", "false")
    return next((tuple(map(str, get_args(kind))) for kind in kinds if get_origin(kind) is Literal), ())


def _usual(field: FieldInfo) -> str:
    """What stands in an empty field."""
    return ", ".join(_literals(field)) or "as the model has it"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if is_row(value):
        return ", ".join(_lora_text(one) for one in value)
    return str(value)


def _lora_text(lora: object) -> str:
    choice = lora if isinstance(lora, LoraChoice) else LoraChoice.model_validate(lora)
    return f"{choice.name}:{choice.weight:g}"
