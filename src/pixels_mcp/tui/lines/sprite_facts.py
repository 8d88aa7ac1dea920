"""What is known of a sprite, in lines for a person."""

from __future__ import annotations

from pixels_mcp.events import SpriteInfo
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.standing import advise_on_doubt, describe_doubt
from pixels_mcp.tui.lines.printed import one_line


def short_lines(sprite: SpriteInfo) -> list[str]:
    """Size, colors, seed, and why it may not be what was asked."""
    colors = sprite.facts.get("colors")
    lines = [
        f"{sprite.sprite_id}  {sprite.width_px}x{sprite.height_px}"
        + (f", {colors} colors" if colors else "")
        + f", seed {sprite.seed}, {sprite.model}"
    ]
    doubt = describe_doubt(sprite)
    if doubt is not None:
        lines += [one_line(doubt), one_line(f"next: {advise_on_doubt(sprite)}")]
    return [*lines, *(one_line(note) for note in sprite.notes)]


def fact_lines(entry: LibraryEntry) -> list[str]:
    """Everything that a card shows."""
    facts = entry.facts
    stars = "*" * entry.rating + "." * (5 - entry.rating)
    told = [
        f"{entry.width_px}x{entry.height_px}, {facts.get('colors', '?')} colors"
        + (f", {entry.entry_kind}" if entry.entry_kind != "sprite" else ""),
        f"{stars}  {', '.join(entry.tags) or 'no tags'}",
        f"prompt: {one_line(entry.prompt)}",
        f"model: {entry.model}, seed {entry.seed}",
    ]
    if entry.palette:
        told.append(f"palette: {one_line(entry.palette, 60)}")
    if entry.reference:
        told.append(f"from: {entry.reference.kind} {entry.reference.name} at {entry.reference.strength:g}")
    if entry.parent:
        told.append(f"edit of: {entry.parent}")
    if entry.parts:
        told.append(f"made of: {', '.join(entry.parts[:4])}{' ...' if len(entry.parts) > 4 else ''}")
    doubt = describe_doubt(entry)
    if doubt is not None:
        told.append(one_line(doubt))
    shown = ("on_grid", "orphan_pixels_per_1000", "seam_error_x", "seam_error_y", "padded", "confidence")
    measured = [f"{word.replace('_', ' ')} {_short(facts[word])}" for word in shown if facts.get(word)]
    return [*told, *([", ".join(measured)] if measured else []), *(one_line(note) for note in entry.notes)]


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value).lower()
