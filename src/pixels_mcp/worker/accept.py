"""Accepting a request: everything that can be refused is refused now, and what must not change later is fixed."""

from __future__ import annotations

import json
import secrets

from pixels_mcp.errors import PixelsError, RecipeError
from pixels_mcp.events import ErrorInfo, ModelInfo
from pixels_mcp.jobs.records import NewPart
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.requests import SEED_MAX, BatchRequest, SpriteRequest
from pixels_mcp.worker.plan import asks_for_background
from pixels_mcp.worker.reading import read_request
from pixels_mcp.worker.recorded import ask_again
from pixels_mcp.worker.references import keep_reference
from pixels_mcp.worker.settle import has_exemplars, settle
from pixels_mcp.worker.shelf import Shelf


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

    def accept_batch(self, request: BatchRequest) -> list[NewPart]:
        """Check every item of a batch; a picture that many items share is read once.

        An item that cannot be drawn as asked becomes a part that has failed already.

        Raises:
            InvalidArgumentError: An item and the words of the batch do not fit together; names the item.
        """
        kept: dict[str, str | None] = {}
        parts: list[NewPart] = []
        for item in request.expand():
            try:
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
        found = Recipe.from_json(_to_json(recipe))
        request = ask_again(found)
        checked = self._accept(request, {})
        return NewPart(request, checked.seed, checked.reference_sha256, found.to_json())

    def models(self, loaded_sha256: tuple[str, ...]) -> list[ModelInfo]:
        """List the installed models."""
        return self._shelf.models(loaded_sha256)

    def _accept(self, request: SpriteRequest, kept: dict[str, str | None]) -> NewPart:
        model = self._shelf.glance(request.model)
        reading = read_request(request, drops_filler=has_exemplars(model))
        loras = reading.loras(lambda name: self._shelf.glance_lora(name, model))
        settle(reading.request, model, loras, is_background=asks_for_background(reading.request.prompt))
        if request.reference not in kept:
            kept[request.reference] = keep_reference(request.reference, self._shelf)
        seed = request.seed if request.seed is not None else secrets.randbelow(SEED_MAX - request.count)
        return NewPart(request, seed, kept[request.reference])


def _to_json(recipe: dict[str, object]) -> str:
    try:
        return json.dumps(recipe)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"the recipe is not usable: {error}", hint="give what the sprite's PNG holds") from error
