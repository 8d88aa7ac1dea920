"""The models as lines and cards. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from pixels_mcp.events import ModelInfo
from pixels_mcp.tui.lines.printed import one_line
from pixels_mcp.tui.widgets.line_list import ListLine, Tone


def size_words(mib: float) -> str:
    """`38 MB`, `6.6 GB`."""
    return f"{mib:.0f} MB" if mib < 1_000 else f"{mib / 1_024:.1f} GB"


def state_of(model: ModelInfo, models: Sequence[ModelInfo]) -> tuple[str, Tone]:
    """Whether a model can be used, in words, and how its line looks."""
    if model.problem:
        return f"! {one_line(model.problem)}", "bad"
    if model.loaded:
        return "o loaded", "good"
    if model.kind == "lora":
        bases = {other.base for other in models if other.kind == "checkpoint" and not other.problem}
        if model.base not in bases:
            return f"needs a {model.base} model", "muted"
    return "ready", "plain"


def model_lines(models: Sequence[ModelInfo]) -> list[ListLine]:
    """A heading and a line for each."""
    head = f"  {'name':<28} {'kind':<10} {'base':<8} {'size':>8}  {'state':<20} license"
    lines = [ListLine("heading", head, "title")]
    for model in models:
        state, tone = state_of(model, models)
        default = " * default" if model.default else ""
        told = f"{state}{default}"
        license_words = "" if model.problem else one_line(model.license or "not stated", 34)
        text = (
            f"{one_line(model.name, 28):<28} {model.kind:<10} {model.base:<8} {size_words(model.size_mib):>8}  "
            f"{told:<20} {license_words}"
        ).rstrip()
        lines.append(ListLine(model_key(model), text, tone))
    return lines


def model_key(model: ModelInfo) -> str:
    """What tells one apart from others of its name."""
    return f"{model.kind}:{model.name}"


def model_card(model: ModelInfo) -> list[str]:
    """Everything that is known of it."""
    sizes = ", ".join(f"{width}x{height}" for width, height in model.native_sizes_px)
    told = [
        ("draws", f"{sizes} px, pixel by pixel" if sizes else "any size" if model.kind == "checkpoint" else ""),
        ("steps", "" if model.steps is None else str(model.steps)),
        ("guidance", "" if model.guidance_scale is None else f"{model.guidance_scale:g}"),
        ("trigger words", ", ".join(map(one_line, model.trigger_words))),
        ("license", one_line(model.license or "not stated in the file")),
        ("sha256", model.sha256 or "computed when it is first used"),
        ("path", model.path or ""),
        ("problem", one_line(model.problem or "")),
    ]
    return [f"{word:<14}{value}" for word, value in told if value]
