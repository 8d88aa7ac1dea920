"""Reading a batch file: a line, a row or an object for each sprite.

.txt    one prompt per line; empty lines and lines beginning with # are skipped
.csv    a header of words (prompt, seed, width_px, ...), a row for each sprite; an empty cell leaves the word out
.json   a list of prompts or of objects of words, or one object with `items` and the words they share
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from pixels_mcp.cli.draw.draw_options import place_files
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest, parse_request


def read_batch(file: Path, shared: dict[str, Any]) -> tuple[SpriteRequest, ...]:
    """Read what shall be drawn, every item with all its words.

    Args:
        file: A .txt, .csv or .json file.
        shared: Words of the command line, which win over those that a .json file shares; an item's own words win
            over both.

    Raises:
        InvalidArgumentError: Names the file, the item and the word that is wrong.
    """
    words = {**_read(file), **shared}
    items = words.pop("items")
    if not items:
        raise InvalidArgumentError(f"{file}: nothing to draw", hint="write one prompt per line")
    for number, item in enumerate(items, start=1):
        try:
            parse_request(BatchItem, place_files(item, beside=file.parent))
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"{file}: item {number}: {error.message}", hint=error.hint) from error
    placed = [place_files(item, beside=file.parent) for item in items]
    requests: list[SpriteRequest] = []
    for start in range(0, len(placed), 1000):
        try:
            batch = parse_request(BatchRequest, {**words, "items": placed[start : start + 1000]})
            requests.extend(batch.expand())
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"{file}: {error.message}", hint=error.hint) from error
    return tuple(requests)


def _read(file: Path) -> dict[str, Any]:
    reader = {".txt": _read_lines, ".csv": _read_rows, ".json": _read_json}.get(file.suffix.lower())
    if reader is None:
        raise InvalidArgumentError(f"{file}: batch files end in .txt, .csv or .json", hint="rename or convert it")
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidArgumentError(f"cannot read {file}: {why}", hint="check the path") from error
    return reader(file, text)


def _read_lines(file: Path, text: str) -> dict[str, Any]:  # noqa: ARG001  # all readers are called alike
    lines = (line.strip() for line in text.splitlines())
    return {"items": [{"prompt": line} for line in lines if line and not line.startswith("#")]}


def _read_rows(file: Path, text: str) -> dict[str, Any]:
    rows = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    known = [word for word in BatchItem.model_fields if word != "loras"]
    unknown = [name for name in rows.fieldnames or [] if name not in known]
    if unknown or "prompt" not in (rows.fieldnames or []):
        what = f"unknown column {unknown[0]!r}" if unknown else "no column 'prompt'"
        raise InvalidArgumentError(f"{file}: {what}", hint=f"columns may be: {', '.join(known)}")
    items = []
    for row in rows:
        if None in row:
            raise InvalidArgumentError(
                f"{file}, line {rows.line_num}: more cells than the header has", hint='put a prompt with commas into "'
            )
        items.append({name: cell.strip() for name, cell in row.items() if cell and cell.strip()})
    return {"items": [item for item in items if item]}


def _read_json(file: Path, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidArgumentError(f"{file} is not JSON: {error}", hint="correct it, or use a .txt file") from error
    document = {"items": document} if isinstance(document, list) else document
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, str | dict) for item in items):
        raise InvalidArgumentError(
            f"{file}: expected a list of prompts or objects, or an object with `items`",
            hint='for example ["a ruby potion", {"prompt": "an iron sword", "seed": 7}]',
        )
    return {**document, "items": [{"prompt": item} if isinstance(item, str) else item for item in items]}
