"""The size of a sprite: the asked one, else that of the art that it is made from, else the model's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.exemplars.finder import asked_look, usual_side_px
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import RedrawRequest, SpriteRequest
from pixels_mcp.set_words import LOOK_SIDE_PX
from pixels_mcp.worker.planning.shelf import Shelf


def has_exemplars(model: ModelEntry) -> bool:
    """True where `reference=auto` may take a tile of the exemplar library."""
    return model.base == "mini"


def sprite_size_px(request: SpriteRequest, model: ModelEntry, art_px: tuple[int, int] | None = None) -> tuple[int, int]:
    """The (width, height) of a sprite; one asked side alone means a square.

    Args:
        art_px: What it is made from, where that is known; a native model then takes the least of its sizes that holds
            it.
    """
    if request.width_px is None and request.height_px is None:
        return model.size_holding(art_px) if art_px else model.default_size_px
    side_px = request.width_px or request.height_px or 0
    return request.width_px or side_px, request.height_px or side_px


def art_size_px(
    request: SpriteRequest, model: ModelEntry, shelf: Shelf, reference_sha256: str | None
) -> tuple[int, int] | None:
    """The (width, height) of the art that a sprite without an asked size is made from: a kept picture, else the likest
    tile of the exemplar library; None where a size is asked, the model draws any, or nothing fits.

    Raises:
        StoreError: The kept picture is gone.
    """
    if not _is_open(request, model):
        return None
    if reference_sha256 is not None:
        height, width = shelf.picture(reference_sha256).shape[:2]
        return width, height // (request.frames if isinstance(request, RedrawRequest) else 1)
    side_px = _side_of_exemplars_px(request, model) if has_exemplars(model) else None
    return None if side_px is None else (side_px, side_px)


def with_one_size(requests: Sequence[SpriteRequest], models: Iterable[ModelEntry | None]) -> list[SpriteRequest]:
    """Give the items of a batch that leave their size open one size for all: that of most items' art.

    Args:
        requests: The items.
        models: What each is drawn with, None where that is not installed.
    """
    open_ones = [
        (place, model)
        for place, (request, model) in enumerate(zip(requests, models, strict=True))
        if model and has_exemplars(model) and _is_open(request, model) and request.reference in ("auto", "none")
    ]
    votes: Counter[int] = Counter()
    for place, model in open_ones:
        votes[_side_of_exemplars_px(requests[place], model) or model.default_size_px[0]] += 1
    sized = list(requests)
    for place, model in open_ones:
        side_px = max(votes, key=lambda side: (votes[side], side == model.default_size_px[0]))
        words = requests[place].model_dump(exclude_unset=True) | {"width_px": side_px, "height_px": side_px}
        sized[place] = parse_request(type(requests[place]), words)
    return sized


def _is_open(request: SpriteRequest, model: ModelEntry) -> bool:
    return request.width_px is None and request.height_px is None and model.draws_native_pixels


def _side_of_exemplars_px(request: SpriteRequest, model: ModelEntry) -> int | None:
    """Side of the asked look, else of the likest art, among the squares that a model draws; of equally good ones the
    largest."""
    sides_px = sorted({width for width, height in model.native_sizes_px if width == height}, reverse=True)
    look = asked_look(request.prompt, request.style)
    if look is not None and LOOK_SIDE_PX[look] in sides_px:
        return LOOK_SIDE_PX[look]
    return usual_side_px(request.prompt, sides_px, style=request.style, joins=request.tiling != "none")
