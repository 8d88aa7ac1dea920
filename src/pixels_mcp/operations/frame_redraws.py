"""Frames drawn anew by a model: each of a clip's once, with noise that moves along, in their own colors."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.character_clips import CharacterClips, make_clips
from pixels_mcp.operations.edits.redraws import model_of
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.measures import ClipFacts
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.requests import RedrawRequest
from pixels_mcp.told_apart import Words

STRENGTH = 0.25
"""How far frames are drawn anew where nothing is asked. Walks of three figures flickered by 0.02 to 0.05 at 0.2,
by 0.05 to 0.12 at 0.3, by 0.09 to 0.14 at 0.45; the same pixels moved alone by less than 0.01."""
CALM_FLICKER = 0.12
"""Up to this flicker a redrawn walk looks calm; one of moved pixels alone has 0.02 at most."""
_CALM_MOTIONS = frozenset(["walk", "run", "idle", "float", "glide"])
_HELD_COLORS_MAX = 64
_AS_THEY_ARE = frozenset(["hurt", "shimmer", "death"])
"""Motions that change the colors or take pixels away on purpose: a model would draw them back."""


def redraws_of(made: CharacterClips, library: Library) -> dict[str, RedrawRequest]:
    """Word the frames that a model shall draw anew, a job a clip; nothing where none is asked.

    Raises:
        DiskFullError, StoreError: The frames cannot be kept.
    """
    if made.request.redraw == "none":
        return {}
    return {name: _redraw(made, name, frames, library) for name, frames in _drawn_frames(made.clips).items()}


def foreseen_redraws(request: AnimateRequest, to_come: Container[str], library: Library) -> list[tuple[str, Words]]:
    """What `redraws_of` would ask for, a clip each, in words of a sprite's redraw; nothing is kept.

    Args:
        request: With `redraw`.
        to_come: Sprites that are not there yet; a plain figure stands for them.
        library: Where the others are.

    Raises:
        PixelsError: As `make_clips`.
    """
    words: Words = {"prompt": request.sprite_id}
    clips: dict[str, Clip] = {}
    if request.sprite_id in to_come:
        for motion, clip in animate(_figure(), request.motions, request.body or "biped").items():
            clips |= {f"{motion}_{side}": clip for side in range(1, request.directions + 1)}
    else:
        made = make_clips(request, library)
        words = {"prompt": made.source.prompt, "model": model_of(made.source)}
        clips |= made.clips
    words |= {"reference": request.sprite_id, "strength": request.strength or STRENGTH, "transparent": True}
    given = {word: value for word, value in words.items() if value is not None}
    return [(name, {**given, "count": len(frames)}) for name, frames in _drawn_frames(clips).items()]


def _drawn_frames(clips: Mapping[str, Clip]) -> dict[str, list[Rgba]]:
    """The frames that a model draws anew, by clip: each that differs once."""
    frames = {name: _different(clip)[0] for name, clip in clips.items()}
    return {
        name: those for name, those in frames.items() if name.partition("_")[0] not in _AS_THEY_ARE and len(those) > 1
    }


def _figure() -> Rgba:
    """A body on two legs."""
    figure = np.zeros((32, 32, 4), dtype=np.uint8)
    figure[2:20, 9:23] = figure[20:30, 10:14] = figure[20:30, 18:22] = (120, 90, 60, 255)
    return figure


def _redraw(made: CharacterClips, name: str, frames: Sequence[Rgba], library: Library) -> RedrawRequest:
    strip = np.concatenate(frames)
    colors = np.unique(strip[strip[..., 3] > 0][:, :3], axis=0)
    held = 2 <= len(colors) <= _HELD_COLORS_MAX
    words: Words = {
        "operation": "vary",
        "prompt": made.source.prompt,
        "reference": library.keep_reference(strip),
        "parent_sha256": made.source.sha256,
        "frames": len(frames),
        "count": len(frames),
        "strength": made.request.strength or STRENGTH,
        "transparent": True,
        "seed": made.source.seed,
        "model": model_of(made.source),
        "palette": ",".join(Palette("frames", colors).hex_codes) if held else None,
        "name": name.replace("_", "-"),
    }
    return parse_request(RedrawRequest, {word: value for word, value in words.items() if value is not None})


def redrawn_clips(made: CharacterClips, redrawn: Mapping[str, Sequence[str]], library: Library) -> dict[str, Clip]:
    """The clips with the frames that were drawn anew, each wherever the old one stood.

    Raises:
        UnknownSpriteError: A frame is gone.
    """
    clips: dict[str, Clip] = {}
    for name, sprites in redrawn.items():
        clip = made.clips[name]
        pictures = [open_picture(library.path_of(sprite_id)) for sprite_id in sprites]
        frames = tuple(pictures[number] for number in _different(clip)[1])
        clips[name] = Clip(frames, clip.durations_ms, clip.play)
    return clips


def redraw_notes(made: CharacterClips, measured: Mapping[str, ClipFacts]) -> tuple[str, ...]:
    """What a person should know of redrawn frames."""
    if made.request.redraw == "none":
        return ()
    notes: list[str] = []
    kept = sorted({name.partition("_")[0] for name in made.clips} & _AS_THEY_ARE)
    if kept:
        notes.append(f"{', '.join(kept)} kept their frames: they change colors on purpose")
    for name, facts in measured.items():
        hops = made.body == "slime" and name.partition("_")[0] in ("walk", "run")
        if facts.flicker > CALM_FLICKER and not hops and name.partition("_")[0] in _CALM_MOTIONS:
            notes.append(
                f"{name} flickers ({facts.flicker:.2f}, up to {CALM_FLICKER:g} is calm): a lower strength is calmer"
            )
    return tuple(notes)


def _different(clip: Clip) -> tuple[list[Rgba], list[int]]:
    """The frames that differ, and for each frame of the clip which of them it is."""
    frames: list[Rgba] = []
    number_of: dict[bytes, int] = {}
    numbers: list[int] = []
    for frame in clip.frames:
        key = frame.tobytes()
        if key not in number_of:
            number_of[key] = len(frames)
            frames.append(frame)
        numbers.append(number_of[key])
    return frames, numbers
