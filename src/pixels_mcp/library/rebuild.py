"""Making the index again from the files, which are the truth."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pixels_mcp import png
from pixels_mcp.errors import PixelArtError, StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.library import index
from pixels_mcp.library.entries import Card, Entry, find_number, read_card
from pixels_mcp.library.recipe import CHUNK, Recipe
from pixels_mcp.requests import make_job_id, make_sprite_id

log = logging.getLogger(__name__)


def rebuild_index(root: Path, index_file: Path, sprites: Path) -> int:
    """Write a new index beside the old one, then put it in its place; a sprite without a card gets one.

    Returns:
        How many sprites it holds.

    Raises:
        OSError, StoreError: It cannot be written; the old one, if any, is as it was.
    """
    fresh = root / "index.sqlite.new"
    index.delete_index(fresh)
    index.create_index(fresh)
    carded: list[Entry] = []
    strays: list[tuple[Path, bytes]] = []
    for file, data in _whole_files(sprites):
        entries = _card_of(file).entries
        carded.extend(entry for entry in entries if entry.sha256 == file.stem)
        if not entries:
            strays.append((file, data))
    number = max((find_number(entry.sprite_id) for entry in carded), default=0)
    for file, data in strays:
        number += 1
        entry = _entry_for(file, data, number)
        write_whole(file.with_suffix(".json"), Card(entries=(entry,)).to_bytes())
        carded.append(entry)
    with closing(sqlite3.connect(fresh)) as connection, connection:
        for entry in sorted(carded, key=lambda known: known.added_s):
            insert(connection, entry)
    index.delete_index(index_file)
    fresh.replace(index_file)
    log.info("made the index of %s again: %d sprites", root, len(carded))
    return len({entry.sprite_id for entry in carded})


def insert(connection: sqlite3.Connection, entry: Entry) -> None:
    """Put an entry into the index; an id that stands already keeps what it has."""
    connection.execute(
        "INSERT OR IGNORE INTO sprites (sprite_id, sha256, added_s, entry, haystack) VALUES (?, ?, ?, ?, ?)",
        (entry.sprite_id, entry.sha256, entry.added_s, entry.model_dump_json(), entry.haystack),
    )
    connection.execute("UPDATE counter SET largest_number = max(largest_number, ?)", (find_number(entry.sprite_id),))


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
    known: dict[str, object] = {"prompt": "", "model": "unknown", "seed": 0}
    label = "sprite"
    try:
        recipe = Recipe.from_json(texts[CHUNK], label=file.name)
    except (KeyError, PixelArtError, StoreError):
        recipe = None
    if recipe is not None:
        words = {**recipe.request, **recipe.plan}
        known = {key: words.get(key) or default for key, default in known.items()}
        label = str(recipe.request.get("name") or known["prompt"])
    return Entry.make(
        make_sprite_id(make_job_id(label, number), 1),
        known,
        sha256=file.stem,
        added_s=file.stat().st_mtime,
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        facts={},
        notes=("its card was lost and made again from its file",),
    )
