"""Tables as spreadsheets write them: commas, semicolons or tabs, a `sep=` line, empty columns, headers in any case."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pixels_mcp.errors import InvalidArgumentError

_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?[,;\t]*\s*', re.IGNORECASE)


@dataclass(frozen=True)
class TableRow:
    """One row that is not empty.

    Attributes:
        line: Where it begins, from 1.
        cells: Text by the name of its column; empty cells are left out.
        surplus: Text in cells beyond the header's.
    """

    line: int
    cells: dict[str, str]
    surplus: tuple[str, ...]


def read_table(text: str, known: Sequence[str]) -> list[TableRow]:
    """Read a table whose header names its columns.

    Args:
        text: The whole file, without control characters.
        known: Names that columns may have; case, and blanks or hyphens for `_`, do not matter.

    Raises:
        InvalidArgumentError: A quote that is not closed, an unknown, double or missing column; names the line.
    """
    lines = text.splitlines(keepends=True)
    skipped, delimiter = 0, ""
    if lines and (named := _SEPARATOR_LINE.fullmatch(lines[0])):
        skipped, delimiter = 1, named[1]
    body = "".join(lines[skipped:])
    delimiter = delimiter or _likeliest_delimiter(body, known)
    if (open_line := _open_quote_line(body, delimiter)) is not None:
        raise InvalidArgumentError(
            f"line {open_line + skipped}: a quote opens a cell and is not closed",
            hint='close it, and write a quote inside a cell twice: ""',
        )
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows: list[TableRow] = []
    columns: list[str] | None = None
    line = 1 + skipped
    try:
        for cells in reader:
            filled = [cell.strip() for cell in cells]
            if columns is None and any(filled):
                columns = _columns(filled, known)
            elif columns is not None and any(filled):
                rows.append(_row(line, filled, columns))
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        if "field larger" in str(error):
            message = f"line {line}: a cell has more than {csv.field_size_limit():,} characters"
            raise InvalidArgumentError(
                message, hint="a prompt has a thousand at most; check the quotes there"
            ) from error
        raise InvalidArgumentError(f"line {line}: {error}", hint="check the quotes from there on") from error
    if columns is None:
        raise InvalidArgumentError("no column 'prompt'", hint=f"columns may be: {', '.join(known)}")
    return rows


def _likeliest_delimiter(text: str, known: Sequence[str]) -> str:
    """The sign that cuts the first line into the most known columns."""
    header = next((line for line in text.splitlines() if line.strip(" \t,;|")), "")

    def known_columns(delimiter: str) -> int:
        return sum(_plain(cell) in known for cell in header.split(delimiter))

    return max(_DELIMITERS, key=known_columns)


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().strip('"').strip()).lower()


def _columns(cells: Sequence[str], known: Sequence[str]) -> list[str]:
    names = [_plain(cell) for cell in cells]
    named = [name for name in names if name]
    unknown = [cell for cell, name in zip(cells, names, strict=True) if name and name not in known]
    double = [name for name in named if named.count(name) > 1]
    if unknown or double or "prompt" not in named:
        what = f"unknown column {unknown[0]!r}" if unknown else f"two columns {double[0]!r}" if double else ""
        raise InvalidArgumentError(what or "no column 'prompt'", hint=f"columns may be: {', '.join(known)}")
    return names


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> TableRow:
    pairs = list(zip(columns, cells, strict=False))
    surplus = [cell for name, cell in pairs if not name and cell] + [cell for cell in cells[len(columns) :] if cell]
    return TableRow(line, {name: cell for name, cell in pairs if name and cell}, tuple(surplus))


def _open_quote_line(text: str, delimiter: str) -> int | None:
    """The line of a quote that opens a cell and is never closed, or is closed by another cell's opening quote."""
    line, opened = 1, 0
    at_start, inside = True, False
    at = 0
    while at < len(text):
        sign = text[at]
        if inside:
            if sign == '"' and text[at + 1 : at + 2] == '"':
                at += 1
            elif sign == '"':
                inside = False
                after = text[at + 1 :].lstrip(" ")[:1]
                if after not in {"", delimiter, "\n", "\r"} and line > opened:
                    return opened
        elif sign == '"' and at_start:
            inside, opened = True, line
        at_start = not inside and (sign in {delimiter, "\n", "\r"} or (at_start and sign == " "))
        line += sign == "\n"
        at += 1
    return opened if inside else None
