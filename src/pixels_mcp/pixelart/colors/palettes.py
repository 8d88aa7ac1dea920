"""Palettes by name, from a list of colours, and from files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pixels_mcp.errors import PaletteError
from pixels_mcp.paths import expand_home
from pixels_mcp.pixelart.colors.color import hex_code
from pixels_mcp.pixelart.colors.hex_codes import colors_from_codes, is_hex_code
from pixels_mcp.pixelart.colors.palette_files import read_palette_file

MIN_COLORS = 2
MAX_COLORS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """A named set of 2 to 256 colours, in the order given.

    Attributes:
        name: What a person calls it.
        colors: (N, 3) uint8, sRGB; doubles dropped.
        listed: (N, 3) uint8, the colours as they were given, doubles kept: for what goes by the place in the list.
        fewest: How many different colours it must have; what goes by the place needs no two.

    Raises:
        PaletteError: Not (N, 3) uint8, or fewer than `fewest` or more than 256 different colours.
    """

    name: str
    colors: np.ndarray
    listed: np.ndarray = field(init=False)
    fewest: int = field(default=MIN_COLORS, kw_only=True)

    def __post_init__(self) -> None:
        if self.colors.ndim != 2 or self.colors.shape[1] != 3 or self.colors.dtype != np.uint8:
            raise PaletteError(f"palette '{self.name}' is {self.colors.shape} {self.colors.dtype}, not (N, 3) uint8")
        object.__setattr__(self, "listed", self.colors)
        _, first = np.unique(self.colors, axis=0, return_index=True)
        object.__setattr__(self, "colors", self.colors[np.sort(first)])
        if not self.fewest <= len(self.colors) <= MAX_COLORS:
            raise PaletteError(
                f"palette '{self.name}' has {len(self.colors)} colors",
                hint=f"give {self.fewest} to {MAX_COLORS} different colors",
            )

    @property
    def hex_codes(self) -> list[str]:
        """The colours as `#rrggbb`, in order."""
        return [hex_code(rgb) for rgb in self.colors]


def palette_names() -> list[str]:
    """The names that `load_palette` knows, sorted."""
    return sorted(_NAMED)


def load_palette(source: str | Path | list[str], *, allow_files: bool = True, fewest: int = MIN_COLORS) -> Palette:
    """Find the palette that a person means.

    Args:
        source: A name (`pico-8`; case, spaces and underscores do not matter), colours (`#000000,#fff1e8`, or a
            list of them), or the path of a palette file or picture (`read_palette_file` says which).
        allow_files: False refuses paths; for words that came over a network.
        fewest: How many different colours it must have.

    Raises:
        PaletteError: No such palette, an unreadable file, or not `fewest` to 256 colours.
    """
    if isinstance(source, list):
        return _inline(source, fewest)
    text = str(source).strip()
    if not isinstance(source, Path):
        if named := _NAMED.get(_plain(text)):
            return Palette(_plain(text), colors_from_codes(named.split()))
        parts = [part for part in re.split(r"[,;\s]+", text) if part]
        if parts and all(is_hex_code(part) for part in parts) and ("#" in text or len(parts) > 1):
            return _inline(parts, fewest)
    if allow_files and (path := _as_file(source)) is not None:
        return Palette(path.stem, read_palette_file(path), fewest=fewest)
    raise PaletteError(
        f"no palette is called '{text}'",
        hint=f"use one of {', '.join(palette_names())}, colors such as '#000000,#ffffff'"
        + (", or a palette file (.hex, .gpl, .pal, .act, .ase, .png and others)" if allow_files else ""),
    )


def _as_file(source: str | Path) -> Path | None:
    """The file that is meant, there or not; None where the words look like a name."""
    try:
        path = expand_home(source)
        named_as_file = isinstance(source, Path) or "/" in source or re.search(r"\.[A-Za-z]{2,4}$", source.strip())
        return path if named_as_file or path.is_file() else None
    except (ValueError, OSError):  # a NUL, or too long a name
        return None


def palette_of(pixels: np.ndarray, name: str = "picture") -> Palette:
    """The colours of a picture's opaque pixels, the most used first.

    Args:
        pixels: (H, W, 4) uint8.
        name: What the palette is called.

    Raises:
        PaletteError: Fewer than 2 or more than 256 colours; reduce them first.
    """
    opaque = pixels[pixels[..., 3] > 0][:, :3]
    colors, counts = np.unique(opaque, axis=0, return_counts=True)
    return Palette(name, colors[np.argsort(-counts, kind="stable")])


def parse_color(text: str) -> np.ndarray:
    """Read `#rrggbb`, `#rgb`, or eight digits with an opaque alpha at one end.

    Returns:
        (3,) uint8.

    Raises:
        PaletteError: It is no colour.
    """
    return colors_from_codes([text])[0]


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def _inline(codes: list[str], fewest: int) -> Palette:
    return Palette("inline", colors_from_codes([str(code) for code in codes]), fewest=fewest)


_NAMED = {
    "1-bit": "000000 ffffff",
    "2-bit-gray": "000000 555555 aaaaaa ffffff",
    "game-boy": "0f380f 306230 8bac0f 9bbc0f",
    "pico-8": "000000 1d2b53 7e2553 008751 ab5236 5f574f c2c3c7 fff1e8 ff004d ffa300 ffec27 00e436 29adff 83769c"
    " ff77a8 ffccaa",
    "sweetie-16": "1a1c2c 5d275d b13e53 ef7d57 ffcd75 a7f070 38b764 257179 29366f 3b5dc9 41a6f6 73eff7 f4f4f4"
    " 94b0c2 566c86 333c57",
    "db16": "140c1c 442434 30346d 4e4a4e 854c30 346524 d04648 757161 597dce d27d2c 8595a1 6daa2c d2aa99 6dc2ca"
    " dad45e deeed6",
    "db32": "000000 222034 45283c 663931 8f563b df7126 d9a066 eec39a fbf236 99e550 6abe30 37946e 4b692f 524b24"
    " 323c39 3f3f74 306082 5b6ee1 639bff 5fcde4 cbdbfc ffffff 9badb7 847e87 696a6a 595652 76428a ac3232 d95763"
    " d77bba 8f974a 8a6f30",
    "endesga-32": "be4a2f d77643 ead4aa e4a672 b86f50 733e39 3e2731 a22633 e43b44 f77622 feae34 fee761 63c74d"
    " 3e8948 265c42 193c3e 124e89 0099db 2ce8f5 ffffff c0cbdc 8b9bb4 5a6988 3a4466 262b44 181425 ff0044 68386c"
    " b55088 f6757a e8b796 c28569",
    "resurrect-64": "2e222f 3e3546 625565 966c6c ab947a 694f62 7f708a 9babb2 c7dcd0 ffffff 6e2727 b33831 ea4f36"
    " f57d4a ae2334 e83b3b fb6b1d f79617 f9c22b 7a3045 9e4539 cd683d e6904e fbb954 4c3e24 676633 a2a947 d5e04b"
    " fbff86 165a4c 239063 1ebc73 91db69 cddf6c 313638 374e4a 547e64 92a984 b2ba90 0b5e65 0b8a8f 0eaf9b 30e1b9"
    " 8ff8e2 323353 484a77 4d65b4 4d9be6 8fd3ff 45293f 6b3e75 905ea9 a884f3 eaaded 753c54 a24b6f cf657f ed8099"
    " 831c5d c32454 f04f78 f68181 fca790 fdcbb0",
    "c64": "000000 ffffff 68372b 70a4b2 6f3d86 588d43 352879 b8c76f 6f4f25 433900 9a6759 444444 6c6c6c 9ad284"
    " 6c5eb5 959595",
    "zx-spectrum": "000000 0000d7 d70000 d700d7 00d700 00d7d7 d7d700 d7d7d7 0000ff ff0000 ff00ff 00ff00 00ffff"
    " ffff00 ffffff",
    "cga": "000000 0000aa 00aa00 00aaaa aa0000 aa00aa aa5500 aaaaaa 555555 5555ff 55ff55 55ffff ff5555 ff55ff"
    " ffff55 ffffff",
    "cga-4": "000000 55ffff ff55ff ffffff",
    "msx": "000000 21c842 5edc78 5455ed 7d76fc d4524d 42ebf5 fc5554 ff7978 d4c154 e6ce80 21b03b c95bba cccccc ffffff",
    "nes": "000000 7c7c7c 0000fc 0000bc 4428bc 940084 a80020 a81000 881400 503000 007800 006800 005800 004058"
    " bcbcbc 0078f8 0058f8 6844fc d800cc e40058 f83800 e45c10 ac7c00 00b800 00a800 00a844 008888 f8f8f8 3cbcfc"
    " 6888fc 9878f8 f878f8 f85898 f87858 fca044 f8b800 b8f818 58d854 58f898 00e8d8 787878 fcfcfc a4e4fc b8b8f8"
    " d8b8f8 f8b8f8 f8a4c0 f0d0b0 fce0a8 f8d878 d8f878 b8f8b8 b8f8d8 00fcfc f8d8f8",
}
# Other spellings that people use.
_NAMED.update(
    {
        "gameboy": _NAMED["game-boy"],
        "pico8": _NAMED["pico-8"],
        "1bit": _NAMED["1-bit"],
        "dawnbringer-16": _NAMED["db16"],
        "dawnbringer-32": _NAMED["db32"],
        "commodore-64": _NAMED["c64"],
        "endesga32": _NAMED["endesga-32"],
        "sweetie16": _NAMED["sweetie-16"],
    }
)
