"""The far worker that every face of this machine uses, where one was connected."""

from __future__ import annotations

from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError, SettingsError
from pixels_mcp.paths import Paths
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.far_way import FarWay
from pixels_mcp.wire.far.key_pair import KeyPair, own_keys
from pixels_mcp.wire.far.private_files import private_folder, read_private, write_private


def keys_of_this_machine(paths: Paths) -> KeyPair:
    """The key pair by which far machines know this one.

    Raises:
        SettingsError: It cannot be read or written.
    """
    return own_keys(private_folder(paths) / "own_key.toml")


def find_far_worker(paths: Paths) -> FarWay | None:
    """The way to the connected far worker; None where faces use this machine's own.

    Raises:
        SettingsError: The file cannot be read, or is damaged.
    """
    known = read_private(_file(paths))
    if not known:
        return None
    try:
        address = FarAddress(known["host"], int(known["port"]))
        key = known.get("server_key")
        return FarWay(known["name"], address, key, keys_of_this_machine(paths) if key else None)
    except (KeyError, ValueError) as error:
        raise SettingsError(f"{_file(paths)} is damaged", hint="remove it and connect again") from error


def remember_far_worker(paths: Paths, way: FarWay) -> None:
    """Let every face use it from now on.

    Raises:
        SettingsError: It cannot be written.
    """
    table = {"name": way.name, "host": way.address.host, "port": str(way.address.port)}
    write_private(_file(paths), table | ({"server_key": way.server_key} if way.server_key else {}))


def forget_far_worker(paths: Paths, name: str) -> FarWay:
    """Go back to this machine's own worker; returns the forgotten one.

    Raises:
        InvalidArgumentError: None of that name is connected.
    """
    known = find_far_worker(paths)
    if known is None or known.name != name:
        raise InvalidArgumentError(
            f"no far worker {name[:80]!r} is connected", hint=f"it is {known.name}" if known else "none is"
        )
    _file(paths).unlink(missing_ok=True)
    return known


def _file(paths: Paths) -> Path:
    return private_folder(paths) / "worker.toml"
