"""Making the index again from the files, which are the truth."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from pixels_mcp import png
from pixels_mcp.database import delete_database
from pixels_mcp.errors import PixelArtError, StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.library import index
from pixels_mcp.library.cards import Card, find_number, read_card
from pixels_mcp.library.entries import ENTRY_KINDS, Entry, EntryKind, NewEntry, make_entry
from pixels_mcp.library.recipe import CHUNK, Recipe
from pixels_mcp.requests import make_job_id, make_sprite_id

log = logging.getLogger(__name__)


def rebuild_index(
    root: Path, index_file: Path, sprites: Path, trashed_ids: Iterable[str], *, keeps_cards: bool = True
) -> int:
    """Write a new index beside the old one, then put it in its place; a sprite without a card gets one.

    Args:
        root: Where the new index is written first.
        index_file: Where it goes then.
        sprites: The files.
        trashed_ids: Ids in the trash, whose numbers are not given again.
        keeps_cards: False where nothing can be written beside the files: cards are made for the index alone.

    Returns:
        How many sprites it holds.

    Raises:
        OSError, StoreError: It cannot be written; the old one, if any, is as it was.
    """
    carded: dict[str, Entry] = {}
    strays: list[tuple[Path, bytes]] = []
    for file, data in _whole_files(sprites):
        entries = _card_of(file).entries
        for entry in entries:
            standing = carded.get(entry.sprite_id)
            if entry.sha256 == file.stem and (standing is None or entry.added_s < standing.added_s):
                carded[entry.sprite_id] = entry
        if not entries:
            strays.append((file, data))
    number = max(map(find_number, (*carded, *trashed_ids)), default=0)
    for file, data in strays:
        number += 1
        entry = _entry_for(file, data, number)
        if keeps_cards:
            write_whole(file.with_suffix(".json"), Card(entries=(entry,)).to_bytes())
        carded[entry.sprite_id] = entry
    fresh = root / "index.sqlite.new"
    delete_database(fresh)
    with index.create_index(fresh) as database, database.transaction() as connection:
        for entry in carded.values():
            index.put(connection, entry)
        index.count_up_to(connection, number)
    delete_database(index_file)
    fresh.replace(index_file)
    log.info("made the index of %s again: %d sprites", root, len(carded))
    return len(carded)


def _whole_files(sprites: Path) -> Iterator[tuple[Path, bytes]]:
    """The files whose bytes are those that their names promise."""
    for file in sorted(sprites.glob("[0-9a-f][0-9a-f]/*.png")):
        data = file.read_bytes()
        if hashlib.sha256(data).hexdigest() == file.stem:
            yield file, data
        else:
            log.warning("%s was changed or damaged since it was kept; it is left out of the index", file)


def _card_of(file: Path) -> Card:
    try:
        return read_card(file)
    except StoreError as error:
        log.warning("%s; its sprite gets a new id", error.message)
        return Card()


def _entry_for(file: Path, data: bytes, number: int) -> Entry:
    """Say what can be said of a file whose card is lost."""
    pixels, texts = png.decode_png(data, label=file.name)
    try:
        recipe = Recipe.from_json(texts[CHUNK], label=file.name)
    except (KeyError, PixelArtError, StoreError):
        words, label = {}, "sprite"
    else:
        # A plan's prompt is what the text encoder read, which may say more than was typed.
        words = {**recipe.request, **recipe.plan, "prompt": recipe.request.get("prompt") or recipe.plan.get("prompt")}
        label = str(recipe.request.get("name") or words.get("prompt") or "")
    seed, kind = words.get("seed"), words.get("entry_kind")
    kinds: dict[str, EntryKind] = {known: known for known in ENTRY_KINDS}
    new = NewEntry(
        prompt=str(words.get("prompt") or ""),
        model=str(words.get("model") or "unknown"),
        seed=seed if isinstance(seed, int) else 0,
        facts={},
        notes=("its card was lost and made again from its file",),
        entry_kind=kinds.get(kind, "sprite") if isinstance(kind, str) else "sprite",
    )
    return make_entry(
        make_sprite_id(make_job_id(label, number), 1),
        new,
        sha256=file.stem,
        added_s=file.stat().st_mtime,
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
    )
