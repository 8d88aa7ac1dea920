"""The clips of a sprite before they are kept: in every direction that is asked for, from it, its views, or the cast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.exemplars.words import singular, split_words
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.borrowed_cycles import BorrowedCycles, borrow_cycles
from pixels_mcp.operations.given_picture import GivenPicture, open_given
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.pixelart.motion.anatomy import guess_body
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.motion.views import MIRROR_OF, animate_views
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.set_words import FACINGS, Body, Facing


@dataclass(frozen=True, eq=False)
class CharacterClips:
    """Clips, what they were made from, and what should be told of them.

    Attributes:
        request: As asked.
        source: The sprite.
        body: What it was taken for.
        clips: By name.
        views: The other sides that were given.
        notes: What a person should know.
        borrowed: Of the cast, where no views were given.
    """

    request: AnimateRequest
    source: LibraryEntry
    body: Body
    clips: Mapping[str, Clip]
    views: Mapping[Facing, GivenPicture]
    notes: tuple[str, ...]
    borrowed: BorrowedCycles | None


@dataclass(frozen=True, eq=False)
class _Moved:
    """What moved, and how it came about."""

    clips: Mapping[str, Clip]
    views: Mapping[Facing, GivenPicture] = field(default_factory=dict[Facing, GivenPicture])
    notes: tuple[str, ...] = ()
    borrowed: BorrowedCycles | None = None


def make_clips(request: AnimateRequest, library: Library) -> CharacterClips:
    """Make every clip of a request; nothing is kept.

    Raises:
        UnknownSpriteError: There is no such sprite.
        MotionError: It is empty or too small to move; a view is missing, or has another size.
        InvalidArgumentError: It is no single sprite; a view is no file.
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
    notes = (*_notes(request, body), *moved.notes)
    return CharacterClips(request, source, body, moved.clips, moved.views, notes, moved.borrowed)


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
    if request.redraw == "none":
        notes.append("redraw=moved draws its frames anew, with noise that moves along")
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


def _mirrored(clip: Clip) -> Clip:
    return Clip(tuple(frame[:, ::-1] for frame in clip.frames), clip.durations_ms, clip.play)


def _notes(request: AnimateRequest, body: Body) -> tuple[str, ...]:
    notes: list[str] = []
    if request.body is None:
        notes.append(f"taken for a {body}; another body moves in another way")
    if body in ("flyer", "slime", "floater") and {"walk", "run"} & set(request.motions):
        notes.append(f"a {body} has no legs: it gets about in its own way")
    return tuple(notes)
