"""Animate a sprite, and keep the clips in the library: one sheet, a row a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from pydantic import JsonValue

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.exemplars.words import singular, split_words
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.borrowed_cycles import BorrowedCycles, borrow_cycles
from pixels_mcp.operations.given_picture import GivenPicture, open_given
from pixels_mcp.operations.keeping import keep_made
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.motion.anatomy import guess_body, measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.measures import ClipFacts, measure_clip
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.motion.views import MIRROR_OF, animate_views
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.set_words import FACINGS, Body, Facing


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


@dataclass(frozen=True, eq=False)
class _Moved:
    """Clips before they are kept, with what else they were made from and what should be told of them."""

    clips: Mapping[str, Clip]
    views: Mapping[Facing, GivenPicture] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    borrowed: BorrowedCycles | None = None


def animate_sprite(request: AnimateRequest, library: Library) -> MadeAnimation:
    """Make the clips and keep their sheet.

    Raises:
        UnknownSpriteError: There is no such sprite.
        MotionError: It is empty or too small to move; a view is missing, or has another size.
        InvalidArgumentError: It is no single sprite; a view is no file.
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
    moved = _move(request, sprite, source.prompt, body, library)
    clips = dict(moved.clips)
    if request.palette is not None:
        palette = load_palette(request.palette, allow_files=False)
        clips = {
            name: replace(clip, frames=tuple(snap_to_palette(frame, palette) for frame in clip.frames))
            for name, clip in clips.items()
        }
    facts = _facts(clips, body)
    sheet = lay_clips(clips)
    views = moved.views
    entry = keep_made(
        library,
        sheet,
        NewEntry(
            seed=source.seed,
            prompt=source.prompt,
            model="animate",
            facts={**measure_facts(sheet).to_dict(), **asdict(facts)},
            notes=(*_notes(request, body), *moved.notes),
            name=request.name or source.name,
            palette=request.palette or source.palette,
            entry_kind="animation",
            parts=tuple(dict.fromkeys([source.sprite_id, *(v.sprite_id for v in views.values() if v.sprite_id)])),
        ),
        label=request.name or source.name or source.prompt,
        operation="animate",
        request=request,
        sources={"sprite": source.sha256, **{facing: view.sha256 for facing, view in views.items()}},
        plan={"body": body, **_lender(moved.borrowed)},
        # What a view's file is called here says nothing elsewhere; its sha256 stands among the sources.
        left_out=frozenset({"views"}),
    )
    return MadeAnimation(entry, clips, body)


def _move(request: AnimateRequest, sprite: Rgba, prompt: str, body: Body, library: Library) -> _Moved:
    """The clips of every direction that is asked for."""
    if request.directions in FACINGS:
        if request.views is None or not request.views.given():
            borrowed = borrow_cycles(prompt, sprite, request.directions, request.motions)
            if borrowed is not None:
                return _moved_cast(request, borrowed, sprite, body)
        return _moved_views(request, sprite, body, library)
    clips: dict[str, Clip] = {}
    for motion, clip in animate(sprite, request.motions, body).items():
        if request.directions == 1:
            clips[motion] = clip
        else:
            clips[f"{motion}_right"], clips[f"{motion}_left"] = clip, _mirrored(clip)
    return _Moved(clips)


def _moved_cast(request: AnimateRequest, borrowed: BorrowedCycles, sprite: Rgba, body: Body) -> _Moved:
    """The cycles that an artist drew; motions that the character lacks are made from its standing views."""
    made = animate_views(borrowed.views, request.directions, request.motions, body, borrowed.drawn)
    character = borrowed.character
    width, height = character.frame_px
    by_hand = sorted({name.partition("_")[0] for name in borrowed.drawn})
    notes = [
        f"no views were given: this is {character.name} of the pack {character.pack} (CC0) in the sprite's colors, "
        f"{', '.join(by_hand) or 'nothing'} as its artist drew it; give views for the sprite itself"
    ]
    if (height, width) != sprite.shape[:2]:
        notes.append(f"its frames are {width} x {height} px, the sprite is {sprite.shape[1]} x {sprite.shape[0]}")
    return _Moved(made.clips, {}, tuple(notes), borrowed)


def _moved_views(request: AnimateRequest, sprite: Rgba, body: Body, library: Library) -> _Moved:
    asked = request.views.given() if request.views else {}
    hint = "give each view as a sprite_id, or as the path of a picture"
    views: dict[Facing, GivenPicture] = {
        facing: open_given(f"view {facing}", text, library, hint=hint) for facing, text in asked.items()
    }
    pictures: dict[Facing, Rgba] = {"south": sprite}
    pictures.update((facing, view.pixels) for facing, view in views.items())
    made = animate_views(pictures, request.directions, request.motions, body)
    notes = [f"mirrored: {', '.join(f'{one} from {MIRROR_OF[one]}' for one in made.mirrored)}"] if made.mirrored else []
    for facing, (down_px, right_px) in made.shifted_px.items():
        notes.append(
            f"the view {facing} was moved {down_px:+d} px down and {right_px:+d} px right: all stand on one spot"
        )
    return _Moved(made.clips, views, tuple(notes))


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


def _mirrored(clip: Clip) -> Clip:
    return Clip(tuple(frame[:, ::-1] for frame in clip.frames), clip.durations_ms, clip.play)


def _notes(request: AnimateRequest, body: Body) -> tuple[str, ...]:
    notes = []
    if request.body is None:
        notes.append(f"taken for a {body}; another body moves in another way")
    if body in ("flyer", "slime", "floater") and {"walk", "run"} & set(request.motions):
        notes.append(f"a {body} has no legs: it gets about in its own way")
    return tuple(notes)
