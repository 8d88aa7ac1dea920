"""A game's style between a request and the settings: it fills what the request leaves open, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pixels_mcp.game_style.style_file import GameStyle
from pixels_mcp.told_apart import JsonObject, Words, is_mapping

Made: TypeAlias = Literal["sprite", "tileset", "animation", "edit"]
_TILE_SIZES_PX, _TILESET_COLORS_MIN = (16, 32), 4


@dataclass(frozen=True)
class StyledWords:
    """Words of a request with what a game's style gave them.

    Attributes:
        words: Of the request.
        given: Those that the style gave; empty where the request says all itself.
        file: The style's file; None where the game has none.
    """

    words: Words
    given: Words
    file: str | None = None

    def to_dict(self) -> JsonObject | None:
        """What an answer tells: the file and what it gave."""
        return {"file": self.file, **self.given} if self.given else None

    def told(self) -> JsonObject:
        """The same as a word of an answer; empty where there is nothing to tell."""
        return {"game_style": self.to_dict()} if self.given else {}

    def in_words(self) -> str | None:
        """The same in one line."""
        if not self.given:
            return None
        told = {name: value for name, value in self.given.items() if name not in ("height_px", "outline_color")}
        return f"{self.file}: " + ", ".join(_told(name, value) for name, value in told.items())


def apply_style(words: Mapping[str, Any], style: GameStyle | None, made: Made = "sprite") -> StyledWords:
    """Give a request what a game's style says and it does not.

    Args:
        words: Of the request, not yet checked; an item of `items` with one side alone stays a square of that side.
        style: The game's; None changes nothing.
        made: What is asked for.
    """
    own = {name: value for name, value in words.items() if value is not None}
    if style is None:
        return StyledWords(dict(words), {})
    offered = offered_to_edit(style, own) if made == "edit" else _offered(style, made)
    given = {name: value for name, value in offered.items() if value is not None and name not in own}
    if "width_px" in own or "height_px" in own:
        given = {name: value for name, value in given.items() if name not in ("width_px", "height_px")}
    if own.get("transparent") is False or own.get("outline") == "none" or "palette" in own:
        given.pop("outline_color", None)
    styled = {**words, **given}
    if "width_px" in given and isinstance(words.get("items"), list | tuple):
        styled["items"] = [square_again(item) for item in words["items"]]
    return StyledWords(styled, given, str(style.file))


def square_again(item: Any) -> Any:
    """An item that gives one side alone means a square of it, whatever the style's size is."""
    if not is_mapping(item) or (item.get("width_px") is None) == (item.get("height_px") is None):
        return item
    return {"width_px": None, "height_px": None, **{key: value for key, value in item.items() if value is not None}}


def offered_to_edit(style: GameStyle, own: Mapping[str, Any]) -> Words:
    """What a game's style has to say to one edit: its colors where colors change, its line where a line does.

    An edit that moves pixels alone is left as it is.

    Args:
        style: Of the game.
        own: The words of the edit.
    """
    palette = None if style.palette is None else ",".join(style.palette)
    line = own.get("outline", style.outline)
    color = style.outline_color if line in ("outer", "inner") and "palette" not in own else None
    look = {"max_colors": style.max_colors, "outline": style.outline, "color": color}
    match own.get("operation"):
        case "vary":
            return {"palette": palette, **look}
        case "inpaint" | "extend" | "seams" | "material":
            return {"palette": palette}
        case "recolor" if "swap" not in own:
            return {"palette": palette, "max_colors": None if own.get("by") == "lightness" else style.max_colors}
        case "outline":
            return {"outline": style.outline, "color": color}
        case "match" if "style" not in own:
            return {"style": palette, **look}
        case _:
            return {}


def _offered(style: GameStyle, made: Made) -> Words:
    palette = None if style.palette is None else ",".join(style.palette)
    if made == "animation":
        return {"palette": palette}
    offered: Words = {"style": style.words, "palette": palette, "model": style.model}
    if made == "tileset":
        offered["max_colors"] = style.max_colors if (style.max_colors or 0) >= _TILESET_COLORS_MIN else None
        offered["tile_px"] = style.size_px if style.size_px in _TILE_SIZES_PX else None
        return offered
    return {
        **offered,
        "max_colors": style.max_colors,
        "outline": style.outline,
        "outline_color": style.outline_color,
        "width_px": style.size_px,
        "height_px": style.size_px,
    }


def _told(name: str, value: Any) -> str:
    if name == "palette" or (name == "style" and str(value).startswith("#")):
        return f"a palette of {value.count('#')} colors"
    if name in ("width_px", "tile_px"):
        return f"{value} px"
    if name == "max_colors":
        return f"at most {value} colors"
    return f"{name} {value}"
