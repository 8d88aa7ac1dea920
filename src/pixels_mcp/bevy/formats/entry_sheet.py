"""The manifest of what stands in the library: a sprite, an animation with its clips, a tileset with its tiles."""

from __future__ import annotations

from collections.abc import Mapping

from pixels_mcp.bevy.formats.atlas import AtlasClip, FrameGrid, SheetFile, make_sheet, single_sprite
from pixels_mcp.told_apart import is_mapping, is_row


def sheet_of_entry(facts: Mapping[str, object], width_px: int, height_px: int, *, image: str) -> SheetFile:
    """Make the manifest of an entry from its facts.

    Args:
        facts: An animation's hold `frame_px`, `clips` and `pivot`, a tileset's `tile_px`; other facts do not matter.
        width_px, height_px: Of its picture.
        image: File name of the picture.

    Raises:
        SheetFileError: The facts do not fit the picture.
    """
    if "clips" in facts:
        frame = _size(facts["frame_px"])
        clips = facts["clips"]
        assert is_mapping(clips)
        return make_sheet(
            image=image,
            size=(width_px, height_px),
            frames=FrameGrid(tile=frame, columns=width_px // frame[0], rows=height_px // frame[1]),
            pivot=facts.get("pivot"),
            animations={name: AtlasClip.model_validate(clip) for name, clip in clips.items()},
        )
    if "tile_px" in facts:
        side = int(str(facts["tile_px"]))
        grid = FrameGrid(tile=(side, side), columns=width_px // side, rows=height_px // side)
        return make_sheet(image=image, size=(width_px, height_px), frames=grid)
    return single_sprite(image, width_px, height_px)


def _size(value: object) -> tuple[int, int]:
    assert is_row(value)
    width, height = value
    return int(width), int(height)
