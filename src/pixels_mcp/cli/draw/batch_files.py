"""Reading a batch file: a line, a row or an object for each sprite.

.txt         one prompt per line; empty lines are skipped, lines beginning with # too, which is told
.csv, .tsv   a header of words (prompt, seed, width_px, ...), a row for each sprite; an empty cell leaves the word out
.json, .yaml, .toml
             a list of prompts or of objects of words, or one object with `items` and the words they share; an item
             with `workflow`, and perhaps `inputs` and `seed`, runs that workflow

A file that is damaged is refused as a whole; an item whose words are wrong fails by itself, and the others are drawn.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.asked_words.loose_words import read_loosely
from pixels_mcp.cli.draw.batch_tables import read_table
from pixels_mcp.cli.draw.draw_options import place_files
from pixels_mcp.documents import parse_json, parse_toml
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.game_style.apply_style import apply_style, square_again
from pixels_mcp.game_style.style_file import GameStyle
from pixels_mcp.requests import BATCH_ITEMS_MAX, SEED_MAX, BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.told_apart import JsonObject, Words, is_list, is_table

_TOLD_LINES_MAX = 5
_VALUES_MAX = 2_000_000


class WorkflowItem(BaseModel):
    """An item that runs a workflow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workflow: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    inputs: Words = {}
    seed: int = Field(default=0, ge=0, le=SEED_MAX)

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"workflow {self.workflow}"


@dataclass(frozen=True)
class BadItem:
    """An item that cannot be drawn as it is written."""

    label: str
    error: ErrorInfo


@dataclass(frozen=True)
class BatchFile:
    """What a batch file asks for.

    Attributes:
        items: In the file's order: what to draw, or why it cannot be.
        remarks: What was read in another way than one might think.
        game_style: What the game's style gave the items, and its file.
    """

    items: tuple[SpriteRequest | WorkflowItem | BadItem, ...]
    remarks: tuple[str, ...] = ()
    game_style: JsonObject | None = None

    @property
    def requests(self) -> list[SpriteRequest]:
        """The items that can be drawn."""
        return [item for item in self.items if isinstance(item, SpriteRequest)]


@dataclass
class _Written:
    """What stands in a file: the words of each item or why it is none, what the items share, and remarks."""

    items: list[Words | WorkflowItem | BadItem]
    shared: Words = field(default_factory=dict[str, Any])
    remarks: list[str] = field(default_factory=list[str])


def read_batch(file: Path, shared: Words, style: GameStyle | None = None) -> BatchFile:
    """Read what shall be drawn, every item with all its words.

    Args:
        file: A .txt, .csv, .tsv, .json, .yaml or .toml file.
        shared: Words of the command line, which win over those that a .json file shares; an item's own words win
            over both.
        style: Of the game, for what neither says.

    Raises:
        InvalidArgumentError: The file cannot be read, or the words that the items share are wrong; names file and line.
    """
    written = _read(file)
    styled = apply_style({**written.shared, **shared}, style)
    words = styled.words
    if not written.items:
        raise InvalidArgumentError(f"{file}: nothing to draw", hint="write one prompt per line")
    try:
        parse_request(BatchRequest, {**words, "items": [{"prompt": "x"}]})
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{file}: {error.message}", hint=error.hint) from error
    own = [square_again(item) for item in written.items] if "width_px" in styled.given else written.items
    items = [_checked(item, words, file.parent) for item in own]
    good = [item for item in items if isinstance(item, dict)]
    requests: list[SpriteRequest] = []
    for start in range(0, len(good), BATCH_ITEMS_MAX):
        requests += parse_request(BatchRequest, {**words, "items": good[start : start + BATCH_ITEMS_MAX]}).expand()
    drawn = iter(requests)
    told = tuple(next(drawn) if isinstance(item, dict) else item for item in items)
    return BatchFile(told, tuple(filter(None, (*written.remarks, styled.in_words()))), styled.to_dict())


def _checked(item: Words | WorkflowItem | BadItem, words: Words, folder: Path) -> Words | WorkflowItem | BadItem:
    """The words of an item with its files in place, or why it cannot be drawn."""
    if not isinstance(item, dict):
        return item
    try:
        placed = place_files(item, beside=folder)
        parse_request(BatchItem, placed)
        parse_request(BatchRequest, {**words, "items": [placed]}).expand()
    except PixelsError as error:
        return _bad(str(item.get("prompt", "")), error)
    return placed


def _bad(label: str, error: PixelsError) -> BadItem:
    message = error.message.removeprefix(f"item 1 ({label!r}): ")
    return BadItem(label, ErrorInfo(code=error.code, message=message, hint=error.hint))


def _read(file: Path) -> _Written:
    readers = {
        ".txt": _read_lines,
        ".csv": _read_rows,
        ".tsv": _read_rows,
        ".json": _read_json,
        ".yaml": _read_yaml,
        ".yml": _read_yaml,
        ".toml": _read_toml,
    }
    reader = readers.get(file.suffix.lower())
    if reader is None:
        *endings, last = readers
        message = f"{file}: batch files end in {', '.join(endings)} or {last}"
        raise InvalidArgumentError(message, hint="rename or convert it")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InvalidArgumentError(f"cannot read {file}: {error.strerror}", hint="check the path") from error
    try:
        text = _decode(data)
        _refuse_controls(text)
        return reader(text)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{file}: {error.message}", hint=error.hint) from error


def _decode(data: bytes) -> str:
    """UTF-8, or UTF-16 or UTF-32 where the file begins with its mark, as spreadsheets write it."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        encoding, hint = "utf-32", "save it again, as UTF-8"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, hint = "utf-16", "save it again, as UTF-8"
    else:
        encoding, hint = "utf-8-sig", "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8'), and try again"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        name = encoding.removesuffix("-sig").upper()
        raise InvalidArgumentError(f"line {line}: byte 0x{data[error.start]:02x} is not {name}", hint=hint) from error


def _refuse_controls(text: str) -> None:
    if text.count("\0") > len(text) // 4:  # every second byte: UTF-16 that does not begin with its mark
        raise InvalidArgumentError("it is UTF-16 without its mark", hint="save it as UTF-8, and try again")
    for number, line in enumerate(text.split("\n"), start=1):
        for sign in line:
            if (ord(sign) < 32 and sign not in "\t\r") or ord(sign) == 127:
                name = "a NUL" if sign == "\0" else f"the control character U+{ord(sign):04X}"
                raise InvalidArgumentError(f"line {number}: {name} stands in it", hint="take it out, and try again")


def _read_lines(text: str) -> _Written:
    items: list[Words | WorkflowItem | BadItem] = []
    left_out: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip().startswith("#"):
            left_out.append(f"line {number} {line.strip()[:40]!r}")
        elif line.strip():
            items.append({"prompt": line.strip()})
    more = f", and {len(left_out) - _TOLD_LINES_MAX} more" if len(left_out) > _TOLD_LINES_MAX else ""
    told = f"left out as comments: {', '.join(left_out[:_TOLD_LINES_MAX])}{more}"
    return _Written(items, remarks=[told] if left_out else [])


def _read_rows(text: str) -> _Written:
    items: list[Words | WorkflowItem | BadItem] = []
    for row in read_table(text, list(BatchItem.model_fields)):
        if row.surplus:
            message = f"line {row.line}: more cells than the header has ({row.surplus[0][:40]!r})"
            error = InvalidArgumentError(message, hint='put a prompt with commas into "')
            items.append(_bad(row.cells.get("prompt", ""), error))
        else:
            items.append(read_loosely(BatchItem, row.cells))
    return _Written(items)


def _read_json(text: str) -> _Written:
    try:
        document = parse_json(text)
    except ValueError as error:
        raise InvalidArgumentError(f"it is not JSON: {error}", hint="correct it, or use a .txt file") from error
    return _written(document)


def _read_yaml(text: str) -> _Written:
    import yaml

    try:
        document = yaml.safe_load(text)
    except RecursionError as error:
        raise _too_deep() from error
    except (yaml.YAMLError, ValueError) as error:
        told = " ".join(str(error).split())[:300]
        raise InvalidArgumentError(f"it is not plain YAML: {told}", hint="correct it, or use a .txt file") from error
    _refuse_endless(document)
    return _written(document)


def _read_toml(text: str) -> _Written:
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise InvalidArgumentError(f"it is not TOML: {error}", hint="correct it, or use a .txt file") from error
    return _written(document)


def _refuse_endless(document: object) -> None:
    """By references (`&a`, `*a`) a few lines of YAML can hold more values than any machine has room to tell of."""
    waiting, values = [document], 0
    while waiting:
        value = waiting.pop()
        values += 1
        if values > _VALUES_MAX:
            raise _too_deep()
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _too_deep() -> InvalidArgumentError:
    return InvalidArgumentError(
        "its lists and objects stand in each other without end", hint="a list of prompts or of objects is enough"
    )


def _written(document: Any) -> _Written:
    """A document of any of the three kinds."""
    document = {"items": document} if is_list(document) else document
    items = document.get("items") if is_table(document) else None
    if not is_table(document) or not is_list(items):
        raise InvalidArgumentError(
            "expected a list of prompts or objects, or an object with `items`",
            hint='for example ["a ruby potion", {"prompt": "an iron sword", "seed": 7}]',
        )
    shared = read_loosely(BatchRequest, {key: value for key, value in document.items() if key != "items"})
    return _Written(list(_json_items(items)), shared)


def _json_items(items: Sequence[object]) -> Iterator[Words | WorkflowItem | BadItem]:
    for item in items:
        if is_table(item) and "workflow" in item:
            yield _workflow_item(item)
        elif is_table(item):
            yield read_loosely(BatchItem, item)
        elif isinstance(item, str):
            yield {"prompt": item}
        else:
            error = InvalidArgumentError(
                "it is neither a prompt nor an object", hint='write {"prompt": "an iron sword"}'
            )
            yield _bad(str(item)[:40], error)


def _workflow_item(item: Words) -> WorkflowItem | BadItem:
    try:
        return parse_request(WorkflowItem, item)
    except InvalidArgumentError as error:
        return _bad(f"workflow {item['workflow']}", error)
