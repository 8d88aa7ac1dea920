"""What of a prompt cannot change the picture, told with what can: two things, numbers, negation, sizes, scripts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pixels_mcp.exemplars.prompt_words import PromptWords, counted, negations, sizes
from pixels_mcp.set_words import ONE_PICTURE

_SHEET = re.compile(r"\b(?:sprite ?sheet|animation|animated|walk(?:ing)? cycle|run(?:ning)? cycle|frames?|gif)\b")


def limits(prompt: str, asked: PromptWords, *, size_px: tuple[int | None, int | None]) -> list[str]:
    """Say what of a prompt is not followed, a sentence each; the same for every model.

    Args:
        prompt: In plain words.
        asked: The same, taken apart.
        size_px: Width and height as the request gives them.
    """
    told = [_one_thing(asked)] if asked.others else []
    told += [
        f"how many ({count}) is not followed: one picture is drawn; `count` draws variants" for count in counted(prompt)
    ]
    for phrase in negations(prompt):
        thing = re.sub(r"^\S+\s+(?:a |an |the |any )?", "", phrase)
        told.append(f"{phrase!r} in a prompt is not followed; `negative_prompt` {thing!r} keeps it away")
    told += [
        f"{size!r} in a prompt does not set the size; `width_px` and `height_px` do"
        for size in sizes(prompt)
        if "color" not in size and "colour" not in size and not _is_asked(size, size_px)
    ]
    told += [
        f"{size!r} in a prompt does not set the number of colors; `max_colors` does"
        for size in sizes(prompt)
        if "colo" in size
    ]
    told += [f"not read, models understand English: {_shortened(part)}" for part in _other_scripts(prompt)[:1]]
    if _SHEET.search(prompt.lower()):
        told.append(ONE_PICTURE)
    return told


def _one_thing(asked: PromptWords) -> str:
    others = " and ".join(asked.others)
    return f"two things are asked for and one is drawn, {asked.head.replace('_', ' ')}: ask for {others} by itself"


def _is_asked(size: str, size_px: tuple[int | None, int | None]) -> bool:
    width_px, height_px = size_px
    given = {width_px or height_px, height_px or width_px}
    return {int(number) for number in re.findall(r"\d+", size)} <= given


def _other_scripts(prompt: str) -> Sequence[str]:
    """Parts in letters that are not Latin, joined."""
    letters = "".join(sign if _is_foreign(sign) else " " for sign in prompt).split()
    return [" ".join(letters)] if letters else []


def _is_foreign(sign: str) -> bool:
    return sign.isalpha() and not unicodedata.name(sign, "LATIN").startswith(
        ("LATIN", "FEMININE", "MASCULINE", "MICRO")
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."
