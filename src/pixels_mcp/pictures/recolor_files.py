"""Many pictures drawn in the colors of another palette; all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pixels_mcp.files import write_whole
from pixels_mcp.pictures.picture_sources import PictureTask

if TYPE_CHECKING:
    from pixels_mcp.pixelart.colors.palettes import Palette
    from pixels_mcp.pixelart.pixels import Rgba

WAYS = ("nearest", "hue", "lightness", "swap")
"""nearest: each color becomes the likest; hue: the likest of its own hue; lightness: by rank of lightness; swap: by
place in the old palette."""


def recolor_files(tasks: Sequence[PictureTask], by: str, new: Palette, old: Palette | None) -> list[dict[str, Any]]:
    """Recolor every picture and write it, with a before-and-after picture where the task names one.

    Args:
        tasks: What to do; read as a whole before anything is written.
        by: One of `WAYS`.
        new: The palette to draw in.
        old: With swap: the palette that the pictures have now.

    Returns:
        `source`, `file`, `changed_pixels`, `distance` (mean, OKLab), `hue_turned` (share of colored pixels), `note`
        where the palette does not carry the colors, and perhaps `comparison` of each, in their order.

    Raises:
        PixelsError: A picture cannot be read, or has colors that the old palette lacks.
    """
    from pixels_mcp.pixelart.colors.hue_match import describe_change, measure_change
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.sheets.comparison import before_and_after
    from pixels_mcp.png import encode_png

    before = [open_picture(task.source) for task in tasks]
    after = [_recolored(pixels, by, new, old) for pixels in before]
    told: list[dict[str, Any]] = []
    for task, was, now in zip(tasks, before, after, strict=True):
        task.target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(task.target, encode_png(now))
        changed = int((was != now).any(axis=-1).sum())
        change = measure_change(was, now)
        told.append(
            {
                "source": str(task.source),
                "file": str(task.target),
                "changed_pixels": changed,
                "distance": change.distance,
                "hue_turned": change.hue_turned,
                "note": None if old is not None else describe_change(change, new.name),
            }
        )
        if task.comparison is not None:
            write_whole(task.comparison, encode_png(before_and_after(was, now)))
            told[-1]["comparison"] = str(task.comparison)
    return told


def _recolored(pixels: Rgba, by: str, new: Palette, old: Palette | None) -> Rgba:
    from pixels_mcp.pixelart.colors.hue_match import snap_by_hue
    from pixels_mcp.pixelart.colors.quantize import snap_to_palette
    from pixels_mcp.pixelart.colors.recolor import remap_by_lightness, swap_palette

    if old is not None:
        return swap_palette(pixels, old, new)
    ways = {"hue": snap_by_hue, "lightness": remap_by_lightness, "nearest": snap_to_palette}
    return ways[by](pixels, new)
