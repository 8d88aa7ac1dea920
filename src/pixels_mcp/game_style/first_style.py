"""A first `pixels.toml` out of the art that lies in a game: measured, and written where there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pixels_mcp.errors import PixelsError
from pixels_mcp.files import write_whole
from pixels_mcp.game_style.style_file import PALETTE_MAX, STYLE_FILE, Light
from pixels_mcp.pixelart.colors.color import hex_code, oklab
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha
from pixels_mcp.pixelart.style.outlining import usual_outline
from pixels_mcp.pixelart.style.silhouette import light_direction

ART_FILES_MAX = 500
_SIDE_PX_MAX = 256
_MOST, _LIT = 0.6, 0.12


def art_files(folder: Path) -> list[Path]:
    """The PNG files of a game, at most 500: those of its assets where it has such a folder; hidden folders and
    `target` are passed over."""
    place = folder / "assets" if (folder / "assets").is_dir() else folder
    files = [
        file
        for file in sorted(place.rglob("*.png"))
        if not any(part.startswith(".") or part == "target" for part in file.relative_to(folder).parts)
    ]
    return files[:ART_FILES_MAX]


def write_first_style(folder: Path) -> Path | None:
    """Write a `pixels.toml` that says what the art of a game has in common; None where there is one, or no art.

    Raises:
        OSError: It cannot be written.
    """
    target = folder / STYLE_FILE
    if target.exists():
        return None
    pictures = [picture for file in art_files(folder) if (picture := _open(file)) is not None]
    if not pictures:
        return None
    write_whole(target, _text(pictures).encode())
    return target


def _open(file: Path) -> Rgba | None:
    try:
        picture = open_picture(file)
    except PixelsError:
        return None
    fits = max(picture.shape[:2]) <= _SIDE_PX_MAX and (picture[..., 3] >= 128).any()
    return harden_alpha(picture) if fits else None


def _text(pictures: Sequence[Rgba]) -> str:
    counts = [len(np.unique(_opaque(picture), axis=0)) for picture in pictures]
    sizes = Counter(picture.shape[0] for picture in pictures if picture.shape[0] == picture.shape[1])
    lines = [
        f"# The style of this game, measured from its {len(pictures)} pictures. pixels-mcp draws in it and",
        "# The command check lists what breaks it; a request's own words win over it.",
        "[style]",
        '# words = "muted dark fantasy"    # how everything looks; never names a thing',
    ]
    colors = np.unique(np.concatenate([_opaque(picture) for picture in pictures]), axis=0)
    if 2 <= len(colors) <= PALETTE_MAX:
        dark_first = colors[oklab(colors)[:, 0].argsort(kind="stable")]
        lines += ["palette = [", *_rows([f'"{hex_code(color)}"' for color in dark_first]), "]"]
    else:
        lines.append(f"# palette: the pictures have {len(colors)} colors together, which is none")
    most = int(np.percentile(counts, 95, method="higher"))
    lines.append(f"max_colors = {max(2, most)}")
    if (outline := usual_outline(pictures)) is not None:
        lines.append(f'outline = "{outline}"')
    if (light := _light_of(pictures)) is not None:
        lines.append(f'light = "{light}"')
    if sizes and sizes.most_common(1)[0][1] >= _MOST * len(pictures):
        lines.append(f"size_px = {max(8, sizes.most_common(1)[0][0])}")
    return "\n".join([*lines, "", "[export]", 'formats = ["bevy"]', ""])


def _rows(codes: list[str]) -> list[str]:
    return ["    " + ", ".join(codes[at : at + 8]) + "," for at in range(0, len(codes), 8)]


def _opaque(picture: Rgba) -> np.ndarray:
    return picture[picture[..., 3] > 0][:, :3]


def _light_of(pictures: Sequence[Rgba]) -> Light | None:
    directions = np.array([light_direction(oklab(one[..., :3])[..., 0], one[..., 3] > 0) for one in pictures])
    dx, dy = np.median(directions, axis=0)
    down = "top" if dy < -_LIT else "bottom" if dy > _LIT else ""
    across = "left" if dx < -_LIT else "right" if dx > _LIT else ""
    names: dict[str, Light] = {
        "top left": "top-left", "top": "top", "top right": "top-right", "left": "left", "right": "right",
        "bottom left": "bottom-left", "bottom": "bottom", "bottom right": "bottom-right",
    }  # fmt: skip
    return names.get(f"{down} {across}".strip())
