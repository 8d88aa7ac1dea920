"""What people paste from web interfaces, read as what it means: weights, brackets, BREAK, `<lora:name:weight>`.

Nothing here weighs words, so weights are taken off and told; a LoRA becomes one of the request's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pixels_mcp.errors import InvalidArgumentError

_TAG = re.compile(r"<\s*([a-z_]+)\s*:\s*([^<>:]+?)\s*(?::\s*([^<>]*?)\s*)?>", re.IGNORECASE)
_LORA_TAGS = frozenset({"lora", "lyco", "locon", "loha"})
_SCHEDULE = re.compile(r"\[([^][:|]*)(?::[^][:]*)?:\s*\d*\.?\d+\s*\]|\[([^][|]*)\|[^][]*\]")
_WEIGHED = re.compile(r"\(([^()]*?)\s*:\s*[+-]?\d*\.?\d+\s*\)")
_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^][]*)\]|\{([^{}]*)\}")
_RAISED = re.compile(r"(?<=\w)(?:\++|--+)(?=[\s,.]|$)")
_BARE_WEIGHT = re.compile(r"(?<=[a-z])\s*:\s*[+-]?\d*\.\d+\b")
_FLAG = re.compile(r"(?<!\S)--[a-z]+(?:\s+[\d.:]+)?(?!\S)")
_BREAK = re.compile(r"\bBREAK\b|\bADDCOMM\b|\bADDROW\b|\bADDCOL\b")
_ESCAPED = str.maketrans({"(": "\ue000", ")": "\ue001", "[": "\ue002", "]": "\ue003"})
_RESTORED = str.maketrans({"\ue000": "(", "\ue001": ")", "\ue002": "[", "\ue003": "]"})


@dataclass(frozen=True)
class PlainPrompt:
    """A prompt without the signs of other interfaces.

    Attributes:
        text: What is left, in words.
        loras: Names and weights that `<lora:...>` asked for.
        notes: What was taken off, in sentences.
    """

    text: str
    loras: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()


def read_syntax(prompt: str) -> PlainPrompt:
    """Take a prompt's markup off.

    Raises:
        InvalidArgumentError: A tag asks for what there is not, its weight is no number, or no word is left.
    """
    loras: list[tuple[str, float]] = []
    text = _TAG.sub(lambda tag: _take_tag(tag, loras), prompt)
    text = re.sub(r"\\([()\[\]])", lambda sign: sign[1].translate(_ESCAPED), text)
    taken = _marked(text)
    for pattern in (_FLAG, _SCHEDULE, _WEIGHED, _BRACKETED, _RAISED, _BARE_WEIGHT):
        text = _unwrapped(pattern, text)
    breaks = _BREAK.findall(text)
    text = _BREAK.sub(",", text)
    plain = _tidied(text).translate(_RESTORED) if (loras or taken or breaks or text != prompt) else prompt
    if not any(sign.isalnum() for sign in plain):
        raise InvalidArgumentError(
            f"prompt {prompt[:60]!r} has no words beside its markup", hint="say in plain words what to draw"
        )
    notes: list[str] = []
    if taken:
        shown = ", ".join(dict.fromkeys(part.strip() for part in taken))
        notes.append(f"weights and signs in the prompt are not followed and were taken off: {shown[:200]}")
    if breaks:
        notes.append(f"{breaks[0]} in the prompt is read as a comma")
    if loras:
        names = ", ".join(f"{name} at {weight:g}" for name, weight in loras)
        notes.append(f"taken from the prompt as loras: {names}")
    return PlainPrompt(plain, tuple(loras), tuple(notes))


def _take_tag(tag: re.Match[str], loras: list[tuple[str, float]]) -> str:
    kind, name = tag[1].lower(), tag[2]
    if kind not in _LORA_TAGS:
        raise InvalidArgumentError(
            f"{tag[0]} in the prompt: there is nothing of the kind {kind!r} here",
            hint="take it out; LoRAs are asked for with the word `loras`",
        )
    weight = (tag[3] or "1").partition(":")[0].strip()
    try:
        loras.append((name, float(weight)))
    except ValueError:
        raise InvalidArgumentError(
            f"{tag[0]} in the prompt: {weight!r} is not a number",
            hint="write <lora:NAME:0.8>, or give the word `loras`",
        ) from None
    return " "


def _unwrapped(pattern: re.Pattern[str], text: str) -> str:
    """Replace each match by the words it holds, from the innermost out."""
    while True:
        inner = pattern.sub(lambda hit: next((group for group in hit.groups() if group is not None), ""), text)
        if inner == text:
            return text
        text = inner


def _marked(text: str) -> list[str]:
    """The parts of a prompt that are markup, each as it was typed with all its brackets."""
    shown: list[str] = []
    outside = text
    depth, start = 0, 0
    for place, sign in enumerate(text):
        if sign in "([{":
            start = place if depth == 0 else start
            depth += 1
        elif sign in ")]}" and depth:
            depth -= 1
            if depth == 0:
                shown.append(text[start : place + 1])
                outside = outside.replace(shown[-1], " ")
    for pattern in (_FLAG, _RAISED, _BARE_WEIGHT):
        shown += [hit[0] for hit in pattern.finditer(outside)]
    return shown


def _tidied(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*,(\s*,)+", ",", re.sub(r"\s+,", ",", text))
    return text.strip(" ,")
