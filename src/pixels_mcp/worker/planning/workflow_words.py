"""The words of a request that a workflow file can follow: it has a named place for each, or the request is refused."""

from __future__ import annotations

from collections.abc import Sequence

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import RedrawRequest, SpriteRequest


def check_words(request: SpriteRequest, model: ModelEntry, loras: Sequence[ModelEntry]) -> None:
    """Refuse a word that would change nothing, and a workflow that needs one that is not there.

    Args:
        model: Any model; only a workflow file has places.
        loras: Those with a weight other than 0.

    Raises:
        InvalidArgumentError: Names the word and the place.
    """
    places = model.places
    if places is None:
        return
    is_redrawn = request.reference not in ("auto", "none")
    given = {
        "negative": ("negative_prompt", bool(request.negative_prompt)),
        "width": ("width_px", is_sized(request) and not is_redrawn),
        "steps": ("steps", request.steps is not None),
        "guidance": ("guidance_scale", request.guidance_scale is not None),
        "strength": ("strength", request.strength is not None),
        "image": ("reference", is_redrawn),
        "lora": ("loras", bool(loras)),
    }
    for place, (word, is_given) in given.items():
        if is_given and place not in places:
            raise InvalidArgumentError(
                f"{word} changes nothing in the workflow {model.name}, which has no place %{place}%",
                hint=f"leave {word} out, or write %{place}% where it goes in {model.path.name}",
            )
    if request.tiling != "none":
        raise InvalidArgumentError(
            f"tiling {request.tiling} changes nothing in the workflow {model.name}",
            hint="leave tiling out: a workflow joins its edges itself, or it does not",
        )
    if "image" in places and not is_redrawn:
        raise InvalidArgumentError(
            f"the workflow {model.name} redraws a picture: it has %image%",
            hint="give a reference (a sprite_id or a PNG's path)",
        )
    if "mask" in places and not (isinstance(request, RedrawRequest) and request.mask_sha256):
        raise InvalidArgumentError(
            f"the workflow {model.name} redraws a part of a picture: it has %mask%",
            hint="edit a sprite with operation redraw and a region or a mask",
        )
    if "lora" in places and len(loras) != 1:
        raise InvalidArgumentError(
            f"the workflow {model.name} takes one LoRA, {len(loras)} are given", hint="name one in loras"
        )


def is_sized(request: SpriteRequest) -> bool:
    """Whether a request says a size."""
    return request.width_px is not None or request.height_px is not None
