"""Colours written as digits: `#rgb`, `#rrggbb`, and eight digits whose constant end tells where the alpha stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pixels_mcp.errors import PaletteError

HEX_CODE = re.compile(r"(?:#|0[xX])?([0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
"""One colour, whole."""


def is_hex_code(text: str) -> bool:
    """Whether a word is a colour in digits."""
    return HEX_CODE.fullmatch(text.strip()) is not None


def colors_from_codes(codes: Sequence[str], *, alpha_first: bool | None = None) -> np.ndarray:
    """Read colours as digits; all of eight digits are read in one order.

    Args:
        codes: Each with or without `#` or `0x`.
        alpha_first: Whether eight digits are AARRGGBB; None finds it out: the end that is ff in every code is alpha.

    Returns:
        (N, 3) uint8; alpha is dropped.

    Raises:
        PaletteError: A code is no colour, or no end of the codes of eight digits is ff throughout, or both are.
    """
    digits = [_digits(code) for code in codes]
    eight = [code for code in digits if len(code) == 8]
    if eight and alpha_first is None:
        alpha_first = _alpha_is_first(eight)
    plain = [code if len(code) == 6 else code[2:] if alpha_first else code[:6] for code in digits]
    return np.array([list(bytes.fromhex(code)) for code in plain], dtype=np.uint8).reshape(-1, 3)


def _digits(code: str) -> str:
    match = HEX_CODE.fullmatch(code.strip())
    if match is None:
        raise PaletteError(f"'{code}' is not a color", hint="write colors as #rrggbb")
    digits = match.group(1).lower()
    return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits


def _alpha_is_first(codes: Sequence[str]) -> bool:
    first = all(code.startswith("ff") for code in codes)
    last = all(code.endswith("ff") for code in codes)
    if first == last and any(code[2:] != code[:6] for code in codes):
        ends = "begins and ends with ff" if first else "has ff at neither end in all colors"
        raise PaletteError(
            f"'{codes[0]}' may be RRGGBBAA or AARRGGBB: it {ends}", hint="write colors with six digits, as #rrggbb"
        )
    return first
