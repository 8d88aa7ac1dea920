"""Beside what is deployed: the other formats that a game's `pixels.toml` names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.errors import InvalidArgumentError, StoreError, StyleFileError
from pixels_mcp.game_style.style_file import GameStyle, find_style_file, read_game_style
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.deliveries import EXPORTS_FOLDER
from pixels_mcp.operations.exports.export import FORMATS_OF, export_entries


def export_deployed(results: Sequence[DeployResult], library: Library) -> list[DeployResult]:
    """Write each deployed entry into `exports/` beside the game's `pixels.toml`, in the formats that it names and that
    fit the entry; what stands there and holds something else, such as a map that was edited, stays.

    Args:
        results: Of one game; nothing is written where it has no such file, or one that names `bevy` alone.
        library: Where the entries stand.

    Returns:
        The results, what was written and what was not among their notes. The deploy stands either way.
    """
    file = find_style_file(Path(results[0].project))
    if file is None:
        return list(results)
    try:
        style = read_game_style(file, library.path_of)
        return [_beside(result, library, style) for result in results]
    except (StyleFileError, StoreError) as error:
        first, *others = results
        return [first.model_copy(update={"notes": (*first.notes, f"not exported: {error.message}")}), *others]


def _beside(result: DeployResult, library: Library, style: GameStyle) -> DeployResult:
    if len(result.sprite_ids) != 1 or result.state in ("dry_run", "removed"):
        return result
    (sprite_id,) = result.sprite_ids
    fitting = FORMATS_OF[library.get(sprite_id).entry_kind]
    notes: list[str] = []
    for one in style.export_formats:
        if one == "bevy" or one not in fitting:
            continue
        try:
            written = export_entries([sprite_id], library, [one], style.file.parent / EXPORTS_FOLDER, names=result.name)
            notes.append(f"exported as {one}: {', '.join(f'{EXPORTS_FOLDER}/{file.name}' for file in written)}")
        except InvalidArgumentError as error:
            notes.append(f"not exported as {one}: {error.message}")
    return result.model_copy(update={"notes": (*result.notes, *notes)})
