"""Small TOML files that only their owner may read (0600, in a folder of 0700), written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
import uuid
from collections.abc import Mapping
from pathlib import Path

from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import Paths, ensure_private


def private_folder(paths: Paths) -> Path:
    """Where keys and what is paired lie, on either machine."""
    return paths.data / "far"


def read_private(file: Path) -> dict[str, str]:
    """Read a flat table of texts; a missing file is an empty one.

    Raises:
        SettingsError: It cannot be read, or is none.
    """
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read {file}: {error}", hint="remove it and pair again") from error
    if not all(isinstance(value, str) for value in table.values()):
        raise SettingsError(f"{file} is not as it was written", hint="remove it and pair again")
    return table


def write_private(file: Path, table: Mapping[str, str]) -> None:
    """Write such a table.

    Raises:
        SettingsError: It cannot be written; what stood there stands.
    """
    data = "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in table.items()).encode()
    unfinished = ensure_private(file.parent) / f".{file.name}.{uuid.uuid4().hex[:12]}.new"
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise SettingsError(
            f"cannot write {file}: {error.strerror}", hint="check the folder's rights and its disk"
        ) from error
