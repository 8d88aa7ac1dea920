"""Pictures of this machine that a request names: sent to the far worker, and named by their sha256 from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from pixels_mcp.errors import DecodeError, NoAnswerError, StoreError
from pixels_mcp.requests import BatchRequest, DrawWords, RedrawRequest, SpriteRequest
from pixels_mcp.wire.messages import (
    Answer,
    Batch,
    Call,
    DrawStep,
    ErrorAnswer,
    Generate,
    KeepPicture,
    KeptPicture,
    Redraw,
    Regenerate,
)

if TYPE_CHECKING:
    from pixels_mcp.engines.base import Rgba
    from pixels_mcp.library.library_folder import Library

Words = TypeVar("Words", bound=DrawWords)
_SENT_S = 60.0


class NearPictures:
    """The library of this machine, as `worker.planning.references` asks for pictures."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def picture(self, sha256: str) -> Rgba:
        """A kept picture."""
        return self._library.reference(sha256)

    def keep_picture(self, pixels: Rgba) -> str:
        """Keep one here, so that what is drawn from it can be regenerated from here."""
        return self._library.keep_reference(pixels)

    def sprite_file(self, sprite_id: str) -> Path:
        """A sprite's file."""
        return self._library.path_of(sprite_id)


class SentPictures:
    """Sends what a call names.

    Args:
        library: Of this machine.
        ask: Asks the far worker, and waits so many seconds.
    """

    def __init__(self, library: Library, ask: Callable[[KeepPicture, float], Answer | None]) -> None:
        self._library, self._ask = library, ask

    def carry(self, call: Call) -> Call:
        """Send the pictures of a call, and return it as the far worker understands it.

        Raises:
            UnknownSpriteError, InvalidArgumentError, UnreadablePictureError, PictureTooLargeError: A reference is none.
            NoAnswerError: The far worker did not take one.
        """
        match call:
            case Generate() | Redraw() | Batch() | DrawStep():
                return call.model_copy(update={"request": self._carried_request(call.request)})
            case Regenerate():
                for sha256 in _kept_by(call.recipe):
                    self._send_if_here(sha256)
                return call
            case _:
                return call

    def _carried_request(self, request: SpriteRequest | BatchRequest) -> SpriteRequest | BatchRequest:
        sent: dict[str, str | None] = {}
        if isinstance(request, RedrawRequest) and request.mask_sha256 is not None:
            self._send(request.mask_sha256)
        carried = self._carried(request, sent)
        if not isinstance(carried, BatchRequest):
            return carried
        return carried.model_copy(update={"items": tuple(self._carried(item, sent) for item in carried.items)})

    def _carried(self, words: Words, sent: dict[str, str | None]) -> Words:
        from pixels_mcp.worker.planning.references import keep_reference

        if "reference" not in words.model_fields_set:
            return words
        if words.reference not in sent:
            sent[words.reference] = sha256 = keep_reference(words.reference, NearPictures(self._library))
            if sha256 is not None:
                self._send(sha256)
        sha256 = sent[words.reference]
        return words if sha256 is None else words.model_copy(update={"reference": sha256})

    def _send_if_here(self, sha256: str) -> None:
        try:
            self._library.read_reference(sha256)
        except StoreError:
            return  # the far worker has it from before, or says what it lacks
        self._send(sha256)

    def _send(self, sha256: str) -> None:
        answer = self._ask(KeepPicture(png=self._library.read_reference(sha256)), _SENT_S)
        if answer is None:
            raise NoAnswerError(
                f"the far worker did not take the picture {sha256[:12]}... within {_SENT_S:.0f} s",
                hint="nothing was queued; ask again",
            )
        if isinstance(answer, ErrorAnswer):
            raise answer.error.as_error()
        if not isinstance(answer, KeptPicture) or answer.sha256 != sha256:
            raise DecodeError(f"the far worker kept another picture than {sha256[:12]}...", hint="ask again")


def _kept_by(recipe: dict[str, object]) -> Iterator[str]:
    """The pictures that a recipe was drawn from; not the parent, which is a name alone."""
    named = [_table(recipe, "plan").get("reference_sha256"), _table(recipe, "sources").get("mask")]
    yield from (sha256 for sha256 in named if isinstance(sha256, str))


def _table(recipe: dict[str, object], name: str) -> dict[str, object]:
    value = recipe.get(name)
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
