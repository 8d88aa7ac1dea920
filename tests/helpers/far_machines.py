"""A far machine for tests: a home of its own, a real worker that listens on TCP, and the faces of this one."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpers.plain_worker import MODEL, install_plain_model, plain_worker_command
from helpers.waiting import PATIENCE_S
from pixels_mcp.client import Client
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import Paths, find_paths
from pixels_mcp.settings import load_settings
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.paired_machines import PairedMachines
from pixels_mcp.wire.far.pairing_line import PairingLine


def paths_of(home: Path) -> Paths:
    """The folders of a home, as `PIXELS_HOME` names them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(home))
        return find_paths()


@dataclass
class FarMachine:
    """A home with a worker that draws with the plain engine and listens for others."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict[str, str])
    process: subprocess.Popen[str] | None = None
    address: FarAddress = field(default_factory=lambda: FarAddress("127.0.0.1", 0))
    line: str = ""

    @property
    def paths(self) -> Paths:
        """Its folders."""
        return paths_of(self.home)

    @property
    def library(self) -> Library:
        """Its library."""
        return Library(self.paths.library)

    def start(self, *, pair: bool = True, before: Sequence[str] = (), **engine: object) -> str:
        """Start the worker, at the port that it had; returns what it prints, the pairing line first.

        Args:
            pair: With keys.
            before: Words in front of its command, such as those that run it on a network stack of its own.
            engine: Of `PlainEngine`.
        """
        install_plain_model(self.paths)
        command = (*before, *plain_worker_command(listen=f"tcp://{self.address}", pair=pair, **engine))
        environment = {**os.environ, "PIXELS_HOME": str(self.home), "PIXELS_DEFAULT_MODEL": MODEL, **self.settings}
        log = (self.home / "log").open("a")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True, env=environment
        )
        log.close()
        self.line = self._first_line() if pair else ""
        if not pair:
            self._await_port()
        elif self.line:
            self.address = PairingLine.read(self.line).address
        return self.line

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it and wait."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_S)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def log(self) -> str:
        """What the worker said."""
        return (self.home / "log").read_text("utf-8")

    def _first_line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], PATIENCE_S)[0], self.log()
        return self.process.stdout.readline().strip()

    def _await_port(self) -> None:
        assert self.process is not None
        for _ in range(int(PATIENCE_S * 50)):
            with contextlib.suppress(OSError), socket.create_connection((self.address.host, self.address.port), 1):
                return
            assert self.process.poll() is None, self.log()
            threading.Event().wait(0.02)
        raise AssertionError("the far worker does not listen")


@contextlib.contextmanager
def far_machine(**settings: str) -> Generator[FarMachine]:
    """A far machine; `settings` are variables of its worker."""
    with tempfile.TemporaryDirectory(prefix="pxf-", dir="/tmp") as folder:
        machine = FarMachine(Path(folder), settings)
        try:
            yield machine
        finally:
            machine.end()


def near_client() -> Client:
    """A face of this machine (`PIXELS_HOME`)."""
    paths = find_paths()
    return Client.connect(paths, load_settings(paths), face="test")


def machines_of(machine: FarMachine) -> PairedMachines:
    """Its book."""
    return PairedMachines(machine.paths)
