"""Pictures of this machine that a request names: sent to the far worker, and named by their sha256 from then on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from pixels_mcp.errors import DecodeError, NoAnswerError, PixelsError, StoreError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.requests import BatchRequest, DrawWords, RedrawRequest
from pixels_mcp.told_apart import JsonObject
from pixels_mcp.wire.answers import Answer, ErrorAnswer, KeptPicture
from pixels_mcp.wire.messages import Batch, Call, DrawStep, Generate, KeepPicture, Redraw, Regenerate

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

        A reference of a batch that cannot be read goes along as unread: only its items fail, as on this machine.

        Raises:
            UnknownSpriteError, InvalidArgumentError, UnreadablePictureError, PictureTooLargeError: The reference of a
                single request is none.
            NoAnswerError: The far worker did not take one.
        """
        match call:
            case Generate() | Redraw() | DrawStep(request=RedrawRequest()):
                if isinstance(call.request, RedrawRequest) and call.request.mask_sha256 is not None:
                    self._send(call.request.mask_sha256)
                named = self._named(call.request.reference)
                return call.model_copy(update={"request": _renamed(call.request, {call.request.reference: named})})
            case Batch(request=BatchRequest() as batch) | DrawStep(request=BatchRequest() as batch):
                names, unread = self._batch_names(batch)
                items = tuple(_renamed(item, names) for item in batch.items)
                request = _renamed(batch, names).model_copy(update={"items": items})
                return call.model_copy(update={"request": request, "unread": unread})
            case Regenerate():
                for sha256 in _kept_by(call.recipe):
                    self._send_if_here(sha256)
                return call
            case _:
                return call

    def _batch_names(self, batch: BatchRequest) -> tuple[dict[str, str], dict[str, ErrorInfo]]:
        """What the far worker calls each reference of a batch, and of those that cannot be read, why."""
        names: dict[str, str] = {}
        unread: dict[str, ErrorInfo] = {}
        asked = [words.reference for words in (batch, *batch.items) if "reference" in words.model_fields_set]
        for reference in dict.fromkeys(asked):
            try:
                kept = self._kept(reference)
            except PixelsError as error:
                # A name that no picture has, so that it is nothing there either when it is tried again.
                names[reference] = hashlib.sha256(reference.encode()).hexdigest()
                why = ErrorInfo.of(error)
                hint = "; ".join(
                    filter(None, (why.hint, "then ask for the item anew: a retry does not look here again"))
                )
                unread[names[reference]] = why.model_copy(update={"hint": hint})
                continue
            names[reference] = self._sent(reference, kept)
        return names, unread

    def _named(self, reference: str) -> str:
        return self._sent(reference, self._kept(reference))

    def _kept(self, reference: str) -> str | None:
        from pixels_mcp.worker.planning.references import keep_reference

        return keep_reference(reference, NearPictures(self._library))

    def _sent(self, reference: str, sha256: str | None) -> str:
        if sha256 is None:
            return reference
        self._send(sha256)
        return sha256

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


def _renamed(words: Words, names: dict[str, str]) -> Words:
    """A request whose reference, where it names one, is called what the far worker calls it."""
    if "reference" not in words.model_fields_set:
        return words
    return words.model_copy(update={"reference": names[words.reference]})


def _kept_by(recipe: JsonObject) -> Iterator[str]:
    """The pictures that a recipe was drawn from; not the parent, which is a name alone."""
    named = [_table(recipe, "plan").get("reference_sha256"), _table(recipe, "sources").get("mask")]
    yield from (sha256 for sha256 in named if isinstance(sha256, str))


def _table(recipe: JsonObject, name: str) -> JsonObject:
    value = recipe.get(name)
    return cast("JsonObject", value) if isinstance(value, dict) else {}
