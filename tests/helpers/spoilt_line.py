"""A proxy between a client and a server that does what a bad line does: cut, held up, slow, a bit turned over."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self


class SpoiltLine:
    """A line to a TCP port of this machine, as good as new until it is told otherwise; for a `with` block."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._held = threading.Event()
        self._flips_after = {True: -1, False: -1}
        self._is_open = True
        self.bytes_per_s = 0
        self.flipped = 0
        self.carried = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def cut(self) -> int:
        """End all connections, and take no new one until `mend`; returns how many there were."""
        self._is_open = False
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def hold(self) -> None:
        """Carry nothing more, and tell nobody: a cable that was pulled."""
        self._held.set()

    def mend(self) -> None:
        """As new; what was held up is lost."""
        if self._held.is_set():
            self.cut()
        self._held.clear()
        self._is_open, self.bytes_per_s = True, 0

    def flip(self, after: int, *, of_answers: bool = True) -> None:
        """Turn over one bit of what the server, or the client, sends after so many further bytes."""
        self._flips_after[of_answers] = after

    def close(self) -> None:
        """End it."""
        self.cut()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                if not self._is_open:
                    raise ConnectionRefusedError
                far = socket.create_connection(self._target, 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._pairs.append((near, far))
            for source, sink, is_answer in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, sink, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if self._held.is_set():
                    continue  # swallowed
                if self.bytes_per_s:
                    time.sleep(len(data) / self.bytes_per_s)
                sink.sendall(self._spoilt(data, is_answer))
                self.carried += data
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.close()

    def _spoilt(self, data: bytes, is_answer: bool) -> bytes:
        place = self._flips_after[is_answer]
        self._flips_after[is_answer] = -1 if place < len(data) else place - len(data)
        if not 0 <= place < len(data):
            return data
        self.flipped += 1
        return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
