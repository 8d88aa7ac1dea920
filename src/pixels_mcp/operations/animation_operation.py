"""Animate a sprite, and keep the clips in the library: one sheet, a row a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.exemplars.words import singular, split_words
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.keeping import keep_made
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.motion.anatomy import guess_body, measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.measures import ClipFacts, measure_clip
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.set_words import Body


@dataclass(frozen=True, eq=False)
class MadeAnimation:
    """Clips of a sprite and their entry.

    Attributes:
        entry: As the library keeps it.
        clips: By name, with `_left` and `_right` where two directions were asked.
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
    """Make the clips and keep their sheet.

    Raises:
        UnknownSpriteError: There is no such sprite.
        MotionError: It is empty or too small to move.
        InvalidArgumentError: It is no single sprite.
        DiskFullError, StoreError: It cannot be kept.
    """
    source = library.get(request.sprite_id)
    if source.entry_kind not in ("sprite", "tile"):
        raise InvalidArgumentError(
            f"a single sprite is animated, {source.sprite_id} is of kind {source.entry_kind}",
            hint="choose the sprite that it was made from",
        )
    sprite = open_picture(library.path_of(request.sprite_id))
    words = [singular(word) for word in split_words(f"{source.name or ''} {source.prompt}")]
    body = request.body or guess_body(sprite, words)
    palette = None if request.palette is None else load_palette(request.palette, allow_files=False)
    clips: dict[str, Clip] = {}
    for motion, clip in animate(sprite, request.motions, body).items():
        if palette is not None:
            clip = replace(clip, frames=tuple(snap_to_palette(frame, palette) for frame in clip.frames))
        if request.directions == 1:
            clips[motion] = clip
        else:
            clips[f"{motion}_right"], clips[f"{motion}_left"] = clip, _mirrored(clip)
    facts = _facts(clips, body)
    sheet = lay_clips(clips)
    entry = keep_made(
        library,
        sheet,
        NewEntry(
            seed=source.seed,
            prompt=source.prompt,
            model="animate",
            facts={**measure_facts(sheet).to_dict(), **asdict(facts)},
            notes=_notes(request, body),
            name=request.name or source.name,
            palette=request.palette or source.palette,
            entry_kind="animation",
            parts=(source.sprite_id,),
        ),
        label=request.name or source.name or source.prompt,
        operation="animate",
        request=request,
        sources={"sprite": source.sha256},
        plan={"body": body},
    )
    return MadeAnimation(entry, clips, body)


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


def _mirrored(clip: Clip) -> Clip:
    return Clip(tuple(frame[:, ::-1] for frame in clip.frames), clip.durations_ms, clip.play)


def _notes(request: AnimateRequest, body: Body) -> tuple[str, ...]:
    notes = []
    if request.body is None:
        notes.append(f"taken for a {body}; another body moves in another way")
    if body in ("flyer", "slime", "floater") and {"walk", "run"} & set(request.motions):
        notes.append(f"a {body} has no legs: it gets about in its own way")
    return tuple(notes)
