"""Putting our entry into a client's file and taking it out again; everything else in the file keeps its bytes."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from pixels_mcp.cli.assistants.host_clients import HostClient
from pixels_mcp.cli.assistants.jsonc import Json, NotJson, drop_member, put_member, read_jsonc
from pixels_mcp.errors import InvalidArgumentError, SettingsError
from pixels_mcp.files import write_whole
from pixels_mcp.told_apart import JsonObject

BACKUP_SUFFIX = ".before-pixels"


@dataclass(frozen=True)
class FileChange:
    """What would be written.

    Attributes:
        file: The client's file, links followed.
        before: Its text; None where there is none yet.
        after: Its text then; None where nothing would be left, and the file goes.
    """

    file: Path
    before: str | None
    after: str | None


def plan_install(client: HostClient, file: Path, name: str, entry: dict[str, Json]) -> FileChange:
    """Work out the file with our entry; the same text where it stands there already.

    Raises:
        InvalidArgumentError: Another entry has that name.
        SettingsError: The file cannot be read, or is not what the client writes.
    """
    file, before = _open(file)
    text = before or ""
    servers = _servers(client, file, text)
    if name in servers:
        if servers[name] == entry:
            return FileChange(file, before, before)
        raise InvalidArgumentError(
            f"{file} has another server called {name!r}",
            hint="take it out first with `--undo`, or give this one another name with `--name`",
        )
    after = _with_entry(client, file, text, name, entry)
    _check(client, file, after, {**servers, name: entry}, text)
    return FileChange(file, before, after)


def plan_undo(client: HostClient, file: Path, name: str) -> FileChange:
    """Work out the file without our entry; as it was before, byte for byte, where nothing else changed since.

    Raises:
        InvalidArgumentError: There is no such entry.
        SettingsError: As for `plan_install`.
    """
    file, before = _open(file)
    servers = _servers(client, file, before or "")
    if before is None or name not in servers:
        raise InvalidArgumentError(f"{file} has no server called {name!r}", hint="there is nothing to undo")
    rest = {key: one for key, one in servers.items() if key != name}
    after = _without_entry(client, before, name)
    _check(client, file, after, rest, before)
    kept = _backup_of(file)
    if kept.is_file():
        earlier = kept.read_bytes().decode("utf-8")
        return FileChange(
            file, before, earlier if _read(client, file, earlier) in _alike(client, file, after) else after
        )
    return FileChange(file, before, None if _read(client, file, after) in ({}, {client.key: {}}) else after)


def write_change(change: FileChange) -> Path | None:
    """Write it, whole or not at all, with the rights that the file had.

    Returns:
        Where the text from before lies; None where there was none, or an undo made it needless.

    Raises:
        SettingsError: It cannot be written; it is as it was.
    """
    file, kept = change.file, _backup_of(change.file)
    try:
        if change.after is None:
            file.unlink()
            return None
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(file.stat().st_mode) if change.before is not None else None
        undone = kept.is_file() and kept.read_bytes().decode("utf-8") == change.after
        if change.before is not None and not undone and not kept.exists():
            _write(kept, change.before, mode)
        _write(file, change.after, mode)
        if undone:
            kept.unlink()
    except OSError as error:
        raise SettingsError(
            f"cannot write {file}: {error.strerror}", hint="check the folder's rights and its disk"
        ) from error
    return kept if kept.is_file() else None


def _write(file: Path, text: str, mode: int | None) -> None:
    write_whole(file, text.encode("utf-8"))
    if mode is not None:
        file.chmod(mode)


def _backup_of(file: Path) -> Path:
    return file.with_name(file.name + BACKUP_SUFFIX)


def _open(file: Path) -> tuple[Path, str | None]:
    try:
        file = file.resolve()
        return file, file.read_bytes().decode("utf-8") if file.exists() else None
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(f"cannot read {file}: {error}", hint="add the entry by hand") from error


def _read(client: HostClient, file: Path, text: str) -> JsonObject:
    try:
        document = (
            tomlkit.parse(text).unwrap() if client.kind == "toml" else read_jsonc(text.removeprefix("\ufeff")).value
        )
    except (NotJson, TOMLKitError) as error:
        raise SettingsError(
            f"{file} cannot be read: {error}", hint="mend it there, or add the entry by hand"
        ) from error
    if not isinstance(document, dict):
        raise SettingsError(f"{file} holds no table of settings", hint="add the entry by hand")
    return cast("JsonObject", document)


def _servers(client: HostClient, file: Path, text: str) -> JsonObject:
    servers = _read(client, file, text).get(client.key, {})
    if not isinstance(servers, dict):
        raise SettingsError(f"{client.key} in {file} is no table", hint="add the entry by hand")
    return cast("JsonObject", servers)


def _alike(client: HostClient, file: Path, text: str) -> list[JsonObject]:
    """A document, and the same without an empty table of servers."""
    document = _read(client, file, text)
    bare = {key: value for key, value in document.items() if key != client.key or value}
    return [document, bare]


def _with_entry(client: HostClient, file: Path, text: str, name: str, entry: dict[str, Json]) -> str:
    if client.kind == "json":
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        try:
            return mark + put_member(text.removeprefix("\ufeff"), (client.key, name), entry)
        except NotJson as error:
            raise SettingsError(f"{file}: {error}", hint="add the entry by hand") from error
    document = tomlkit.parse(text)
    if client.key not in document:
        document.append(client.key, tomlkit.table(is_super_table=True))
    table = tomlkit.table()
    for key, value in entry.items():
        table.append(key, value)
    cast("Table", document[client.key]).append(name, table)
    return tomlkit.dumps(document)


def _without_entry(client: HostClient, text: str, name: str) -> str:
    if client.kind == "json":
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        return mark + drop_member(text.removeprefix("\ufeff"), (client.key, name))
    document = tomlkit.parse(text)
    servers = cast("Table", document[client.key])
    servers.remove(name)
    if not servers:
        document.remove(client.key)
    return tomlkit.dumps(document)


def _check(client: HostClient, file: Path, after: str, servers: JsonObject, before: str) -> None:
    """What is about to be written says what was meant, and nothing else than before beside it."""
    wanted = {**_read(client, file, before), client.key: servers}
    if _read(client, file, after) not in (
        wanted,
        {key: one for key, one in wanted.items() if key != client.key or one},
    ):
        raise SettingsError(f"{file} is written in a way that cannot be kept", hint="add the entry by hand")
