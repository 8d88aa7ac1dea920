"""Sprites of a far worker in the library of this machine: fetched once, checked by their sha256, kept as they are."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.errors import NoAnswerError, PixelsError, StoreError, UnknownSpriteError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.wire.answers import Answer, ErrorAnswer, PictureAnswer
from pixels_mcp.wire.messages import Fetch
from pixels_mcp.wire.transport import PendingAnswer

if TYPE_CHECKING:
    from pixels_mcp.library.entries import NewEntry
    from pixels_mcp.library.library_folder import Library

_AT_ONCE = 16
_PICTURE_S = 60.0
_KNOWN_MAX = 20_000


class FetchedSprites:
    """What was fetched.

    Args:
        library: Of this machine.
        fetch: Asks the far worker for a sprite's file.
    """

    def __init__(self, library: Library, fetch: Callable[[Fetch], PendingAnswer]) -> None:
        self._library, self._fetch = library, fetch
        self._paths: dict[tuple[str, str], Path] = {}
        self._one_at_a_time = threading.Lock()

    def bring(self, sprites: Iterable[SpriteInfo]) -> dict[str, SpriteInfo]:
        """Bring sprites here that are not here yet.

        Returns:
            By their ids, with the paths that they have on this machine; one that the far machine has no more, and that
            is not here either, has none.

        Raises:
            NoAnswerError: The far worker did not give one in time; those before it are kept.
            StoreError: What came is not what was promised, or it cannot be kept here.
        """
        told = {sprite.sprite_id: sprite for sprite in sprites}
        with self._one_at_a_time:
            missing = [sprite for sprite in told.values() if self._standing(sprite) is None]
            for start in range(0, len(missing), _AT_ONCE):
                self._bring(missing[start : start + _AT_ONCE])
            return {name: _placed(sprite, self._standing(sprite)) for name, sprite in told.items()}

    def _bring(self, sprites: Sequence[SpriteInfo]) -> None:
        asked = [(sprite, self._fetch(Fetch(sprite_id=sprite.sprite_id))) for sprite in sprites]
        for sprite, pending in asked:
            try:
                data = _picture(sprite, pending.wait(_PICTURE_S))
            except UnknownSpriteError:
                continue  # removed there meanwhile
            finally:
                pending.forget()
            kept = self._library.add_file(sprite.sprite_id, data, _told_of(sprite, data, self._library))
            self._note(sprite, Path(kept.path))

    def _standing(self, sprite: SpriteInfo) -> Path | None:
        """Where a sprite lies here: in the library, or in its trash, from where it is not fetched again."""
        known = self._paths.get((sprite.sprite_id, sprite.sha256))
        if known is not None and known.exists():
            return known
        with contextlib.suppress(PixelsError):
            entry = self._library.get(sprite.sprite_id)
            if entry.sha256 == sprite.sha256 and Path(entry.path).exists():
                return self._note(sprite, Path(entry.path))
        trashed = self._library.trash.file(sprite.sprite_id)
        return trashed if trashed.exists() else None

    def _note(self, sprite: SpriteInfo, path: Path) -> Path:
        if len(self._paths) >= _KNOWN_MAX:
            self._paths.clear()
        self._paths[sprite.sprite_id, sprite.sha256] = path
        return path


def _placed(sprite: SpriteInfo, path: Path | None) -> SpriteInfo:
    return sprite.model_copy(update={"path": "" if path is None else str(path)})


def _picture(sprite: SpriteInfo, answer: Answer | None) -> bytes:
    if answer is None:
        raise NoAnswerError(
            f"{sprite.sprite_id} did not come from the far worker within {_PICTURE_S:.0f} s",
            hint="it stands there; ask again",
        )
    if isinstance(answer, ErrorAnswer):
        raise answer.error.as_error()
    if not isinstance(answer, PictureAnswer) or hashlib.sha256(answer.png).hexdigest() != sprite.sha256:
        raise StoreError(
            f"what came for {sprite.sprite_id} is not the picture of sha256 {sprite.sha256[:12]}...",
            hint="nothing was kept; ask again",
        )
    return answer.png


def _told_of(sprite: SpriteInfo, data: bytes, library: Library) -> NewEntry:
    from pixels_mcp import png
    from pixels_mcp.library.entries import NewEntry
    from pixels_mcp.library.recipe import CHUNK, Recipe

    texts = png.decode_png(data, label=sprite.sprite_id)[1]
    recipe = Recipe.from_json(texts[CHUNK], label=sprite.sprite_id) if CHUNK in texts else None
    asked = recipe.request if recipe else {}
    parent_sha256 = recipe.sources.get("parent") if recipe else None
    parent = library.find_file(parent_sha256) if parent_sha256 else None
    name, palette = asked.get("name"), asked.get("palette")
    return NewEntry(
        seed=sprite.seed,
        prompt=sprite.prompt,
        model=sprite.model,
        facts=sprite.facts,
        reference=sprite.reference,
        notes=sprite.notes,
        name=name if isinstance(name, str) else None,
        palette=palette if isinstance(palette, str) or palette is None else json.dumps(palette),
        parent=parent.sprite_id if parent else None,
    )
