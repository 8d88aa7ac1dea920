"""A far machine for tests: a home of its own, a real worker that listens on TCP, and a line that can be spoilt."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpers.plain_worker import MODEL, install_plain_model, plain_worker_command
from pixels_mcp.client import Client
from pixels_mcp.client.far.pairing import connect_far
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import Paths, find_paths
from pixels_mcp.settings import load_settings
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.paired_machines import PairedMachines
from pixels_mcp.wire.far.pairing_line import PairingLine

_READY_S = 30.0


def paths_of(home: Path) -> Paths:
    """The folders of a home, as `PIXELS_HOME` names them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(home))
        return find_paths()


@dataclass
class FarMachine:
    """A home with a worker that draws with the plain engine and listens for others."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
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

    def start(self, *, pair: bool = True, **engine: object) -> str:
        """Start the worker, at the port that it had; returns what it prints, the pairing line first."""
        install_plain_model(self.paths)
        command = plain_worker_command(listen=f"tcp://{self.address}", pair=pair, **engine)
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
            self.process.wait(20)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def log(self) -> str:
        """What the worker said."""
        return (self.home / "log").read_text("utf-8")

    def _first_line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], _READY_S)[0], self.log()
        return self.process.stdout.readline().strip()

    def _await_port(self) -> None:
        assert self.process is not None
        for _ in range(int(_READY_S * 50)):
            with contextlib.suppress(OSError), socket.create_connection((self.address.host, self.address.port), 1):
                return
            assert self.process.poll() is None, self.log()
            threading.Event().wait(0.02)
        raise AssertionError("the far worker does not listen")


@contextlib.contextmanager
def far_machine(**settings: str) -> Iterator[FarMachine]:
    """A far machine; `settings` are variables of its worker."""
    with tempfile.TemporaryDirectory(prefix="pxf-", dir="/tmp") as folder:
        machine = FarMachine(Path(folder), settings)
        try:
            yield machine
        finally:
            machine.end()


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def near_client() -> Client:
    """A face of this machine (`PIXELS_HOME`)."""
    paths = find_paths()
    return Client.connect(paths, load_settings(paths), face="test")


def pair_through(line: str, address: FarAddress) -> None:
    """Pair this machine through another address: a tunnel, or a line that is spoilt later."""
    read = PairingLine.read(line)
    connect_far(find_paths(), PairingLine(address, read.server_key, read.token))


def machines_of(machine: FarMachine) -> PairedMachines:
    """Its book."""
    return PairedMachines(machine.paths)


class SpoiltLine:
    """A TCP proxy that can be cut, held up, and made to turn over a bit."""

    def __init__(self, target: FarAddress) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = FarAddress("127.0.0.1", self._listening.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._held = threading.Event()
        self._flip_after = -1
        self.flipped = 0
        self.carried = bytearray()
        self.bytes_per_s = 0
        self._is_open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections, and take no new one until `mend`."""
        self._is_open = False
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def hold(self) -> None:
        """Carry nothing more, and tell nobody: a cable that was pulled."""
        self._held.set()

    def mend(self) -> None:
        """As new."""
        was_held, self._is_open = self._held.is_set(), True
        if was_held:
            self.cut()
            self._is_open = True
        self._held.clear()

    def flip(self, after: int) -> None:
        """Turn over one bit of what the far machine sends, after so many further bytes."""
        self._flip_after = after

    def close(self) -> None:
        """End it."""
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if not self._is_open:
                near.close()
                continue
            try:
                far = socket.create_connection((self._target.host, self._target.port), 5)
            except OSError:
                near.close()
                continue
            self._pairs.append((near, far))
            for source, sink, is_answer in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, sink, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if self._held.is_set():
                    continue  # swallowed
                if self.bytes_per_s:
                    threading.Event().wait(len(data) / self.bytes_per_s)
                sink.sendall(self._spoilt(data) if is_answer else data)
                self.carried += data
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.close()

    def _spoilt(self, data: bytes) -> bytes:
        if self._flip_after < 0:
            return data
        if self._flip_after >= len(data):
            self._flip_after -= len(data)
            return data
        place, self._flip_after = self._flip_after, -1
        self.flipped += 1
        return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
