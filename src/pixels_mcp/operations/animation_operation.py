"""Animate a sprite, and keep the clips in the library: one sheet, a row a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from pydantic import JsonValue

from pixels_mcp.library.doubts import inherited_doubt
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.borrowed_cycles import BorrowedCycles
from pixels_mcp.operations.character_clips import CharacterClips, make_clips
from pixels_mcp.operations.frame_redraws import redraw_notes, redrawn_clips
from pixels_mcp.operations.given_picture import kept_sha256
from pixels_mcp.operations.keeping import keep_made
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.measures import ClipFacts, measure_clip
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.set_words import Body


@dataclass(frozen=True, eq=False)
class MadeAnimation:
    """Clips of a sprite and their entry.

    Attributes:
        entry: As the library keeps it.
        clips: By name; with `_left` and `_right` of two directions, with `_south`, `_north_east`, ... of four or eight.
        body: What the sprite was taken for.
    """

    entry: LibraryEntry
    clips: Mapping[str, Clip]
    body: Body


@dataclass(frozen=True)
class AnimationFacts:
    """What is true of an animation, as the library tells it beside the pixel facts of its sheet.

    Attributes:
        frame_px: Width and height of a frame.
        columns: Frames a row; a row holds one clip.
        pivot: The feet: 0 to 1 of a frame, y down.
        body: What the sprite was taken for.
        clips: Of each clip the numbers of its frames in the sheet, how long each stands, how it is played.
        measured: What each clip measures.
    """

    frame_px: tuple[int, int]
    columns: int
    pivot: tuple[float, float]
    body: Body
    clips: Mapping[str, Mapping[str, object]]
    measured: Mapping[str, ClipFacts]


def animate_sprite(request: AnimateRequest, library: Library) -> MadeAnimation:
    """Make the clips and keep their sheet; of a request without `redraw`.

    Raises:
        UnknownSpriteError: There is no such sprite.
        MotionError: It is empty or too small to move; a view is missing, or has another size.
        InvalidArgumentError: It is no single sprite; a view is no file.
        DiskFullError, StoreError: It cannot be kept.
    """
    return keep_animation(make_clips(request, library), {}, library)


def keep_animation(made: CharacterClips, redrawn: Mapping[str, Sequence[str]], library: Library) -> MadeAnimation:
    """Keep clips as one sheet.

    Args:
        made: The clips.
        redrawn: The sprites that a model made of a clip's different frames, by the clip's name.
        library: Where the sheet goes.

    Raises:
        UnknownSpriteError: A redrawn frame is gone.
        DiskFullError, StoreError: It cannot be kept.
    """
    request, source = made.request, made.source
    clips = {**made.clips, **redrawn_clips(made, redrawn, library)}
    if request.palette is not None:
        palette = load_palette(request.palette, allow_files=False)
        clips = {
            name: replace(clip, frames=tuple(snap_to_palette(frame, palette) for frame in clip.frames))
            for name, clip in clips.items()
        }
    facts = _facts(clips, made.body)
    sheet = lay_clips(clips)
    views = made.views
    entries: dict[str, LibraryEntry] = {"sprite": source}
    entries |= {facing: library.get(view.sprite_id) for facing, view in views.items() if view.sprite_id}
    for name, sprites in redrawn.items():
        entries |= {f"frame_{name}_{n}": library.get(sprite_id) for n, sprite_id in enumerate(sprites, start=1)}
    entry = keep_made(
        library,
        sheet,
        NewEntry(
            seed=source.seed,
            prompt=source.prompt,
            model="animate",
            facts={**measure_facts(sheet).to_dict(), **asdict(facts), **inherited_doubt([source])},
            notes=(*made.notes, *redraw_notes(made, facts.measured)),
            name=request.name or source.name,
            palette=request.palette or source.palette,
            entry_kind="animation",
            parts=tuple(dict.fromkeys(one.sprite_id for one in entries.values())),
        ),
        label=request.name or source.name or source.prompt,
        operation="animate",
        request=request,
        sources={
            **{name: one.sha256 for name, one in entries.items()},
            **{facing: kept_sha256(view, library) for facing, view in views.items()},
        },
        parts=entries,
        plan={"body": made.body, **_lender(made.borrowed)},
        # What a sprite or a view's file is called here says nothing elsewhere; its sha256 stands among the sources.
        left_out=frozenset({"sprite_id", "views", "name"}),
    )
    return MadeAnimation(entry, clips, made.body)


def _lender(borrowed: BorrowedCycles | None) -> dict[str, JsonValue]:
    """Whose cycles were taken, for the recipe."""
    if borrowed is None:
        return {}
    return {"cast": f"{borrowed.character.pack}/{borrowed.character.name}", "cast_sha256": borrowed.sha256}


def lay_clips(clips: Mapping[str, Clip]) -> Rgba:
    """Lay clips on one sheet, a row each, frames from the left; cells that no frame needs are transparent."""
    columns = max(len(clip.frames) for clip in clips.values())
    height, width = next(iter(clips.values())).frames[0].shape[:2]
    sheet = np.zeros((height * len(clips), width * columns, 4), dtype=np.uint8)
    for row, clip in enumerate(clips.values()):
        for column, frame in enumerate(clip.frames):
            sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = frame
    return sheet


def _facts(clips: Mapping[str, Clip], body: Body) -> AnimationFacts:
    columns = max(len(clip.frames) for clip in clips.values())
    first = next(iter(clips.values())).frames[0]
    height, width = first.shape[:2]
    foot = measure_figure(first).bottom
    return AnimationFacts(
        frame_px=(width, height),
        columns=columns,
        pivot=(0.5, round(foot / height, 4)),
        body=body,
        clips={
            name: {
                "frames": [row * columns + number for number in range(len(clip.frames))],
                "ms": list(clip.durations_ms),
                "play": clip.play,
            }
            for row, (name, clip) in enumerate(clips.items())
        },
        measured={name: measure_clip(clip) for name, clip in clips.items()},
    )
