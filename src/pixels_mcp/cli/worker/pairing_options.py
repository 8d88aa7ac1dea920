"""What `pixels-mcp worker` does for other machines: listen, pair, list, unpair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixels_mcp.cli.output import note, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import find_paths

if TYPE_CHECKING:
    from pixels_mcp.paths import Paths
    from pixels_mcp.wire.far.far_address import FarAddress
    from pixels_mcp.wire.far.far_door import FarListening


def listen_at(paths: Paths, text: str, *, pair: bool) -> FarListening:
    """How the worker shall listen: with keys, or on loopback without where no machine is paired and none shall be.

    Raises:
        InvalidArgumentError: It is no address, or one that others reach, and no machine is paired.
        SettingsError: Keys or the list of machines cannot be read or written.
    """
    from pixels_mcp.wire.far.far_address import FarAddress
    from pixels_mcp.wire.far.far_door import FarListening
    from pixels_mcp.wire.far.key_pair import own_keys
    from pixels_mcp.wire.far.paired_machines import PairedMachines
    from pixels_mcp.wire.far.private_files import private_folder

    address, machines = FarAddress.read(text), PairedMachines(paths)
    with_keys = pair or bool(machines.by_name())
    if not with_keys and not address.is_loopback:
        raise InvalidArgumentError(
            f"{address} can be reached from other machines, and none is paired",
            hint="add --pair, or listen on 127.0.0.1 and come through a tunnel",
        )
    return FarListening(address, own_keys(private_folder(paths) / "worker_key.toml") if with_keys else None, machines)


def tell_how_to_connect(paths: Paths, address: FarAddress, listening: FarListening | None, *, pair: bool) -> None:
    """Print the line that pairs, on stdout, or say how to come here."""
    from pixels_mcp.wire.far.pairing_line import PairingLine

    if pair:
        _print_line(paths, address)
    elif listening is not None and listening.keys is None:
        line = PairingLine(address)
        note(f"through a tunnel to {address} other machines connect with: pixels-mcp connect {line}")
    else:
        note(f"paired machines find this worker at {address}")


def pair_with_running() -> None:
    """Open the pairing of the worker that runs, and print its line.

    Raises:
        NoWorkerError: None runs.
        InvalidArgumentError: It does not listen for other machines, or without keys.
    """
    from pixels_mcp.client import Client
    from pixels_mcp.settings import load_settings
    from pixels_mcp.wire.far.far_address import FarAddress

    paths = find_paths()
    with Client.connect(paths, load_settings(paths), face="worker", start_worker=False, near=True) as client:
        health = client.health()
    if health.listens_at is None or not health.listens_with_keys:
        raise InvalidArgumentError(
            f"the running worker (process {health.pid}) "
            + ("listens without keys" if health.listens_at else "does not listen for other machines"),
            hint="end it, and start it with --listen tcp://HOST:PORT --pair",
        )
    _print_line(paths, FarAddress.read(f"tcp://{health.listens_at}"))


def show_paired(*, as_json: bool) -> None:
    """List the paired machines and their public keys."""
    from pixels_mcp.wire.far.paired_machines import PairedMachines

    machines = PairedMachines(find_paths())
    known = machines.by_name()
    if as_json:
        print_json({"machines": [{"name": name, "key": key} for name, key in known.items()], "open": machines.is_open})
        return
    for name, key in known.items():
        print_result(f"{name}  {key}")
    if not known:
        note("no machine is paired")
    if machines.is_open:
        note("a printed line is still good")


def unpair_machine(name: str) -> None:
    """Forget one."""
    from pixels_mcp.wire.far.paired_machines import PairedMachines

    PairedMachines(find_paths()).unpair(name)
    note(f"{name} is forgotten; the worker answers it no more. What it drew stays")


def _print_line(paths: Paths, address: FarAddress) -> None:
    from pixels_mcp.wire.far.key_pair import own_keys
    from pixels_mcp.wire.far.paired_machines import PairedMachines
    from pixels_mcp.wire.far.pairing_line import PairingLine
    from pixels_mcp.wire.far.private_files import private_folder

    key = own_keys(private_folder(paths) / "worker_key.toml").public
    note("give this line to `pixels-mcp connect` on the other machine, in quotes; it is good once, for 10 minutes:")
    print_result(str(PairingLine(address.as_told(), key, PairedMachines(paths).offer())))
