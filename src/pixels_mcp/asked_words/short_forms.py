"""Short forms of a request's words: a prompt for an item, `name:0.8` for a LoRA, a list of colors for a palette.

Each function takes a value as it came from outside and gives it as the model writes it; what it does not understand
it leaves alone, so that the model names what is wrong.
"""

from __future__ import annotations

import json
import re

from pixels_mcp.told_apart import is_mapping, is_row

_TAG = re.compile(r"<\s*lora:(.+)>", re.IGNORECASE)


def items_of(value: object) -> object:
    """One item, or a text with a prompt on each line, as a list of items."""
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    return [value] if is_mapping(value) else value


def item_of(value: object) -> object:
    """A prompt as an item."""
    return {"prompt": value} if isinstance(value, str) else value


def loras_of(value: object) -> object:
    """`a:0.8, b`, one LoRA, or an object of names and weights, as a list of LoRAs."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if is_mapping(value):
        if "name" in value:
            return [value]
        return [{"name": name, "weight": weight} for name, weight in value.items()]
    return value


def lora_of(value: object) -> object:
    """`name`, `name:0.8`, `<lora:name:0.8>` or `{name: 0.8}` as a LoRA and its weight.

    Raises:
        ValueError: What stands behind the colon is no number.
    """
    if is_mapping(value) and len(value) == 1:
        ((name, weight),) = value.items()
        return value if name in ("name", "weight") else {"name": name, "weight": weight}
    if not isinstance(value, str):
        return value
    text = tag[1] if (tag := _TAG.fullmatch(value.strip())) else value
    name, colon, weight = text.rpartition(":")
    if not colon:
        return {"name": text}
    try:
        return {"name": name, "weight": float(weight)}
    except ValueError:
        raise ValueError(f"{weight!r} is not a number; write NAME:0.8, or NAME alone for 1.0") from None


def palette_of(value: object) -> object:
    """A list of colors, each in digits or as red, green and blue, as the text that names a palette."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    if not is_row(value) or not value:
        return value
    colors = [_color(one) for one in value]
    return value if None in colors else ",".join(filter(None, colors))


def _color(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if is_row(value) and len(value) == 3 and all(_is_level(one) for one in value):
        return "#" + bytes(value).hex()
    return None


def _is_level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255
