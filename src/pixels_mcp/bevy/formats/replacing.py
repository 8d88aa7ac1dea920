"""What a replaced sheet hands on to the one that takes its place: pivot and animations."""

from __future__ import annotations

from pixels_mcp.bevy.formats.atlas import AtlasClip, SheetFile
from pixels_mcp.errors import NameTakenError


def hand_on(standing: SheetFile, wanted: SheetFile, name: str) -> tuple[SheetFile, tuple[str, ...]]:
    """Give a new sheet what the standing one has and it does not name itself.

    The pivot is kept. An animation is kept where the new sheet has its frames, each of the same size.

    Args:
        standing: The manifest that is to be replaced.
        wanted: The one that replaces it.
        name: Of both, in the game.

    Returns:
        The new sheet with what it was handed on, and what that was in words.

    Raises:
        NameTakenError: An animation would be lost.
    """
    others = {key: clip for key, clip in standing.animations.items() if key not in wanted.animations}
    lost = [key for key, clip in others.items() if not _fits(clip, standing, wanted)]
    if lost:
        raise NameTakenError(
            f"{name!r} would lose the animation {_list(lost)}: "
            f"it has {_frames(standing)}, the new picture {_frames(wanted)}",
            hint=f"deploy it under another name, or as a sheet with frames for it (`--animation {lost[0]}`); "
            f"to give the animation up, take it out of {name}.sprite.ron first",
        )
    kept: dict[str, object] = {}
    notes: list[str] = []
    if others:
        kept["animations"] = {**wanted.animations, **others}
        notes.append(f"kept the animation {_list(list(others))} of the {name} that stood there")
    if wanted.pivot is None and standing.pivot is not None:
        kept["pivot"] = standing.pivot
        notes.append(f"kept its pivot {standing.pivot[0]:g}, {standing.pivot[1]:g}")
    return wanted.model_copy(update=kept), tuple(notes)


def _fits(clip: AtlasClip, standing: SheetFile, wanted: SheetFile) -> bool:
    old, new = standing.rects(), wanted.rects()
    return all(frame < len(new) and new[frame][2:] == old[frame][2:] for frame in clip.frames)


def _frames(sheet: SheetFile) -> str:
    sizes = sorted({rect[2:] for rect in sheet.rects()})
    told = " and ".join(f"{width} x {height}" for width, height in sizes[:3])
    return f"{sheet.frame_count} frame{'s' if sheet.frame_count > 1 else ''} of {told} px"


def _list(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
