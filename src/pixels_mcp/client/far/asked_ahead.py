"""A dry run on another machine: the pictures that its words name go along, what comes back is told as here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.foreseen import Forecast, ItemForecast
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.requests import SPRITE_ID_PATTERN, SpriteRequest
from pixels_mcp.wire.messages import DrawsAhead, Foresee

if TYPE_CHECKING:
    from pixels_mcp.client.calls import Client
    from pixels_mcp.engines.base import Rgba
    from pixels_mcp.library.library_folder import Library

_ON_EVERY_MACHINE = frozenset(["auto", "none"])


class AskedAhead:
    """What is to be foreseen, worded so that the other machine understands it.

    Args:
        library: Of this machine.
        requests: Sprites.
        steps: Of a workflow.

    Raises:
        PixelsError: A step's words do not fit together, or name a sprite that is not here.
    """

    def __init__(self, library: Library, requests: Sequence[SpriteRequest], steps: Sequence[StepAhead] = ()) -> None:
        from pixels_mcp.worker.planning.draws_ahead import draws_of_steps

        self._library = library
        self._asked = Foresee(
            draws=(DrawsAhead(requests=tuple(requests)),) if requests else (), steps=draws_of_steps(steps, library)
        )
        self._names: dict[str, str] = {}
        self._pictures: dict[str, bytes] = {}
        self._unread: dict[str, ErrorInfo] = {}

    def ask(self, client: Client, machine: str) -> Forecast:
        """Ask the other machine.

        Args:
            client: To its worker.
            machine: What it is called.

        Raises:
            MessageTooLargeError: The pictures are too many for one question.
            PixelsError: As it gave it.
        """
        draws = tuple(map(self._carried, self._asked.draws))
        steps = tuple(
            step.model_copy(update={"draws": tuple(map(self._carried, step.draws))}) for step in self._asked.steps
        )
        question = Foresee(draws=draws, steps=steps, pictures=self._pictures, unread=self._unread)
        told = client.foresee(question)
        items = tuple(map(self._as_here, told.items, _requests_of(self._asked)))
        return told.model_copy(update={"items": items, "machine": machine})

    def _carried(self, draws: DrawsAhead) -> DrawsAhead:
        return draws.model_copy(
            update={"requests": tuple(self._renamed(request, draws.to_come) for request in draws.requests)}
        )

    def _renamed(self, request: SpriteRequest, to_come: Mapping[str, str]) -> SpriteRequest:
        reference = request.reference
        if reference in _ON_EVERY_MACHINE or reference in to_come:
            return request
        if reference not in self._names:
            self._names[reference] = self._read(reference)
        return request.model_copy(update={"reference": self._names[reference]})

    def _read(self, reference: str) -> str:
        """Take a picture along, or why it cannot be read; gives the name that it goes by."""
        from pixels_mcp.png import encode_png
        from pixels_mcp.worker.planning.references import keep_reference

        taken = _TakenAlong(self._library)
        try:
            name = keep_reference(reference, taken)
        except PixelsError as error:
            name = hashlib.sha256(reference.encode()).hexdigest()
            self._unread[name] = ErrorInfo.of(error)
            return name
        assert name is not None
        self._pictures[name] = encode_png(taken.picture(name))
        return name

    def _as_here(self, item: ItemForecast, request: SpriteRequest) -> ItemForecast:
        """An item with the names and doubts of this machine's sprites; the other one knows of a picture alone."""
        from pixels_mcp.library.doubts import inherited_doubt
        from pixels_mcp.worker.planning.shelf import entry_of

        name = self._names.get(request.reference)
        if name is None or item.error is not None:
            return item
        kind = "sprite" if _is_sprite(request.reference) else "file"
        called = request.reference if kind == "sprite" else Path(request.reference).name
        changed: dict[str, object] = {"drawn_from": item.drawn_from.replace(f"file {name}", f"{kind} {called}")}
        source = entry_of(request.reference, self._library)
        if source is not None:
            doubt = inherited_doubt([source])
            changed |= {word: doubt[word] for word in ItemForecast.model_fields if word in doubt}
        return ItemForecast.model_validate(item.model_dump() | changed)


class _TakenAlong:
    """Pictures of this machine, read and not kept; as `worker.planning.references` asks for them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._seen: dict[str, Rgba] = {}

    def picture(self, sha256: str) -> Rgba:
        if sha256 not in self._seen:
            self._seen[sha256] = self._library.reference(sha256)
        return self._seen[sha256]

    def keep_picture(self, pixels: Rgba) -> str:
        name = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        self._seen[name] = pixels
        return name

    def sprite_file(self, sprite_id: str) -> Path:
        return self._library.path_of(sprite_id)


def _requests_of(asked: Foresee) -> Iterator[SpriteRequest]:
    """Every request that gives an item, in their order."""
    for draws in (*asked.draws, *(one for step in asked.steps for one in step.draws)):
        yield from draws.requests


def _is_sprite(reference: str) -> bool:
    return re.fullmatch(SPRITE_ID_PATTERN, reference) is not None
