"""Accepting a request: everything that can be refused is refused now, and what must not change later is fixed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pixels_mcp.errors import PixelsError, RecipeError
from pixels_mcp.events import ErrorInfo, ModelInfo
from pixels_mcp.jobs.records import NewPart, Part
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SEED_MAX, BatchRequest, RedrawRequest, SpriteRequest
from pixels_mcp.worker.planning.plan import asks_for_background
from pixels_mcp.worker.planning.reading import in_few_steps, read_request
from pixels_mcp.worker.planning.recorded import ask_again, read_recorded
from pixels_mcp.worker.planning.redrawing import plan_redrawings
from pixels_mcp.worker.planning.references import keep_reference
from pixels_mcp.worker.planning.served import check_server
from pixels_mcp.worker.planning.settle import settle
from pixels_mcp.worker.planning.shelf import Shelf
from pixels_mcp.worker.planning.sizes import art_size_px, has_exemplars, with_one_size
from pixels_mcp.worker.planning.workflow_words import check_words

NONE_UNREAD: Mapping[str, ErrorInfo] = MappingProxyType({})


class Intake:
    """Checks requests against the installed models, fast: large files are hashed later, when a part is planned."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def accept(self, request: SpriteRequest) -> NewPart:
        """Check a request, choose its seed, and keep the picture that it wants redrawn.

        Raises:
            PixelsError: It cannot be drawn as asked; nothing was changed.
        """
        return self._accept(request, {})

    def accept_batch(self, request: BatchRequest, unread: Mapping[str, ErrorInfo] = NONE_UNREAD) -> list[NewPart]:
        """Check every item of a batch; a picture that many items share is read once, and the items that leave their
        size open get one.

        An item that cannot be drawn as asked becomes a part that has failed already.

        Args:
            request: The batch.
            unread: Why references could not be read where they were asked for.

        Raises:
            InvalidArgumentError: An item and the words of the batch do not fit together; names the item.
        """
        return self.accept_each(request.expand(), unread)

    def accept_each(
        self, items: Sequence[SpriteRequest], unread: Mapping[str, ErrorInfo] = NONE_UNREAD
    ) -> list[NewPart]:
        """Check the items of a batch that were completed already; as `accept_batch`."""
        sized = with_one_size(items, [self._model_or_none(item.model) for item in items])
        return self._accept_items(sized, unread)

    def _model_or_none(self, name: str | None) -> ModelEntry | None:
        try:
            return self._shelf.glance(name)
        except PixelsError:
            return None

    def _accept_items(
        self, items: Iterable[SpriteRequest], unread: Mapping[str, ErrorInfo] = NONE_UNREAD
    ) -> list[NewPart]:
        kept: dict[str, str | None] = {}
        parts: list[NewPart] = []
        for item in items:
            try:
                if (why := unread.get(item.reference)) is not None:
                    raise why.as_error()
                parts.append(self._accept(item, kept))
            except PixelsError as error:
                parts.append(NewPart(item, item.seed or 0, error=ErrorInfo.of(error)))
        return parts

    def accept_recipe(self, recipe: dict[str, object]) -> NewPart:
        """Check a recipe that is to be followed.

        Raises:
            RecipeError: It is none, or was changed.
            PixelsError: It cannot be followed here.
        """
        recorded = Recipe.from_json(_to_json(recipe))
        request = ask_again(recorded)
        check_server(read_recorded(recorded), self._shelf)
        checked = self._accept(request, {}, follows_recipe=True)
        return NewPart(request, checked.seed, checked.reference_sha256, recorded.to_json())

    def accept_again(self, part: Part) -> NewPart:
        """Take a part that failed or was cancelled as one that is tried again, with its old seed and reference.

        One that was refused when it was asked for is checked anew: what it lacked may be there by now.
        """
        if part.state == "failed" and part.starts == 0:
            (again,) = self._accept_items((part.request,))
            return replace(again, retry_of=part.number)
        return NewPart(part.request, part.seed, part.reference_sha256, part.recipe, retry_of=part.number)

    def find_model(self, name: str, loaded_sha256: tuple[str, ...]) -> ModelInfo:
        """Find an installed model that can draw.

        Raises:
            UnknownModelError, ModelFileError: There is none of that name, or it is not usable.
        """
        entry = self._shelf.glance(name)
        return next(one for one in self.models(loaded_sha256) if (one.kind, one.name) == ("checkpoint", entry.name))

    def models(self, loaded_sha256: tuple[str, ...]) -> list[ModelInfo]:
        """List the installed models."""
        return self._shelf.models(loaded_sha256)

    def _accept(self, request: SpriteRequest, kept: dict[str, str | None], *, follows_recipe: bool = False) -> NewPart:
        model = self._shelf.glance(request.model)
        reading = read_request(request, drops_filler=has_exemplars(model))
        reading = in_few_steps(reading, model, self._shelf.wishes.few_step_lora)
        loras = reading.loras(lambda name: self._shelf.glance_lora(name, model))
        if not follows_recipe:  # which says every value, also those that its workflow had no place for
            check_words(reading.request, model, loras)
        edited = request.reference if isinstance(request, RedrawRequest) else None
        settled = settle(
            reading.request,
            model,
            loras,
            is_background=asks_for_background(reading.request.prompt),
            art_px=art_size_px(request, model, self._shelf, edited) if edited else None,
        )
        if isinstance(request, RedrawRequest):
            plan_redrawings(request, model, settled, self._shelf)
        if request.reference not in kept:
            kept[request.reference] = keep_reference(request.reference, self._shelf)
        seed = request.seed if request.seed is not None else secrets.randbelow(SEED_MAX - request.count)
        return NewPart(request, seed, kept[request.reference])


def _to_json(recipe: dict[str, object]) -> str:
    try:
        return json.dumps(recipe)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"the recipe is not usable: {error}", hint="give what the sprite's PNG holds") from error
