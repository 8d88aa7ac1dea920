"""What a person should know of how something will be drawn, beside the picture."""

from __future__ import annotations

from collections.abc import Sequence

from pixels_mcp.exemplars.finder import Exemplar
from pixels_mcp.exemplars.understanding import Understanding
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.planning.settle import Settled
from pixels_mcp.worker.planning.sizes import has_exemplars


def size_notes(
    request: SpriteRequest, model: ModelEntry, settled: Settled, exemplars: Sequence[Exemplar]
) -> tuple[str, ...]:
    """What a person should know of the size: not the usual one was taken, or another than that of the art was asked."""
    if not exemplars:
        return ()
    art_px, drawn_px = exemplars[0].side_px, min(settled.render_px)
    if art_px == drawn_px:
        is_unasked = request.width_px is None and request.height_px is None and settled.size_px != model.default_size_px
        return (f"{art_px}x{art_px} px, as its exemplar is; width_px asks for another size",) if is_unasked else ()
    way = "enlarged by whole pixels" if art_px < drawn_px else "brought down"
    return (f"its exemplar is {art_px} px art, {way} before it was redrawn; width_px {art_px} draws it as it is",)


def ways_notes(
    request: SpriteRequest,
    model: ModelEntry,
    loras: Sequence[ModelEntry],
    understood: Understanding | None,
    has_reference: bool,
) -> tuple[str, ...]:
    """What a person should know of this way of drawing it."""
    notes = [*model.notes, *(note for lora in loras for note in lora.notes)]
    if understood is not None and understood.unmatched_words:
        notes.append(f"words that {model.name} has no picture of: {', '.join(understood.unmatched_words)}")
    if has_exemplars(model) and request.reference == "auto" and not has_reference:
        notes.append("no tile of the exemplar library fits these words: drawn from scratch")
        if request.strength is not None:
            notes.append("strength was not used: there was nothing to redraw")
    for lora in loras:
        if lora.trigger_words and not any(word.lower() in request.prompt.lower() for word in lora.trigger_words):
            notes.append(f"the LoRA {lora.name} listens to: {', '.join(lora.trigger_words[:5])}")
    return tuple(notes)


def scratch_notes(asked: str, spoken: str) -> tuple[str, ...]:
    """What the model was told beside the words of the request, where it drew from scratch."""
    if spoken == asked:
        return ()
    return (
        f'drawn from scratch as "{spoken}", as the model\'s captions say it; a color or a look that is asked holds',
    )
