"""Captions that lie beside pictures: NAME.txt (kohya), metadata.jsonl (the datasets library), CSV tables."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pixels_mcp.datasets.dataset import CAPTION_CHARACTERS_MAX
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import DatasetError
from pixels_mcp.told_apart import is_table

SIDECAR_BYTES_MAX = 32 * 2**20
_FILE_WORDS = ("file_name", "filename", "file", "image", "path", "name")
_TEXT_WORDS = ("text", "caption", "prompt", "description", "tags")


@dataclass
class SidecarCaptions:
    """Captions by the picture that they name.

    Attributes:
        by_name: Picture's path in the folder, with `/`, without its ending, in lower case -> caption.
        sources: Which file each came from.
        used: Names that a picture was found for.
    """

    by_name: dict[str, str] = field(default_factory=dict[str, str])
    sources: dict[str, str] = field(default_factory=dict[str, str])
    used: set[str] = field(default_factory=set[str])

    def caption_of(self, name: str) -> str | None:
        """The caption of a picture by its path, else by its name alone where a table names no folders."""
        for key in (_key(name), _key(PurePosixPath(name).name)):
            if key in self.by_name:
                self.used.add(key)
                return self.by_name[key]
        return None

    def unused(self) -> list[str]:
        """Names that no picture has."""
        return sorted(set(self.by_name) - self.used)

    def add(self, name: str, text: str, source: str) -> None:
        """Keep a caption, in one line and no longer than a caption may be; an empty one is left out."""
        caption = " ".join(text.split())[:CAPTION_CHARACTERS_MAX]
        if caption:
            self.by_name[_key(name)] = caption
            self.sources[_key(name)] = source


def read_sidecars(folder: Path) -> SidecarCaptions:
    """Read all captions below a folder; a picture's own .txt wins over a table.

    Raises:
        DatasetError: A table is damaged; names file and line.
    """
    captions = SidecarCaptions()
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        where = file.parent.relative_to(folder).as_posix()
        prefix = "" if where == "." else f"{where}/"
        if file.suffix.lower() == ".jsonl":
            _read_jsonl(file, prefix, captions)
        elif file.suffix.lower() == ".csv":
            _read_csv(file, prefix, captions)
    for file in files:
        if file.suffix.lower() in (".txt", ".caption"):
            captions.add(file.relative_to(folder).as_posix(), _text(file), file.name)
    return captions


def _read_jsonl(file: Path, prefix: str, captions: SidecarCaptions) -> None:
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            told = parse_json(line)
        except ValueError as error:
            raise DatasetError(
                f"{file.name}, line {number} is no JSON: {error}", hint="mend it, or move it away"
            ) from error
        if not is_table(told):
            raise DatasetError(f"{file.name}, line {number} is no JSON object", hint="mend it, or move it away")
        _add_row(told, prefix, captions, file.name)


def _read_csv(file: Path, prefix: str, captions: SidecarCaptions) -> None:
    text = _text(file)
    try:
        dialect = csv.Sniffer().sniff(text[:4_096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = csv.DictReader(io.StringIO(text), dialect=dialect)
        for row in rows:
            _add_row({str(key).strip().lower(): value for key, value in row.items()}, prefix, captions, file.name)
    except csv.Error as error:
        raise DatasetError(f"{file.name} is no table: {error}", hint="mend it, or move it away") from error


def _add_row(row: dict[str, object], prefix: str, captions: SidecarCaptions, source: str) -> None:
    name = next((row[word] for word in _FILE_WORDS if isinstance(row.get(word), str)), None)
    text = next((row[word] for word in _TEXT_WORDS if isinstance(row.get(word), str)), None)
    if isinstance(name, str) and isinstance(text, str):
        captions.add(prefix + name.replace("\\", "/").removeprefix("./"), text, source)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > SIDECAR_BYTES_MAX:
            raise DatasetError(
                f"{file.name} has {file.stat().st_size:,} bytes", hint="captions are short; move it away"
            )
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{file.name} is no UTF-8 text", hint="save it as UTF-8, or move it away") from error
    except OSError as error:
        raise DatasetError(f"cannot read {file.name}: {error.strerror}", hint="make it readable") from error


def _key(name: str) -> str:
    pure = PurePosixPath(name)
    stem = pure.name.rsplit(".", 1)[0] if "." in pure.name else pure.name
    return (pure.parent / stem).as_posix().lower()
