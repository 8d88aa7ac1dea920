"""Where the worker is: one lock file beside the job store, which names its sockets, so there is one worker per store.

The sockets stand in the private runtime folder, which may differ between a desktop and a remote login; the lock file
does not, so every face finds the same worker.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

from pixels_mcp import __version__
from pixels_mcp.errors import SettingsError, StoreError, WorkerRunningError, WorkerStuckError
from pixels_mcp.files import is_locked, refused_by_disk, take_lock
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import Paths, ensure_private
from pixels_mcp.wire.messages import PROTOCOL_VERSION
from pixels_mcp.wire.zmq_server import Endpoints

_SOCKET_PATH_BYTES_MAX = 103
"""macOS takes 103 bytes, Linux 107."""

_PROBE_S = 1.0
_LOOK_S = 0.05


@dataclass(frozen=True)
class Address:
    """A running worker, as its lock file tells; `started_s` in seconds since 1970."""

    pid: int
    version: str
    protocol: int
    started_s: float
    calls: str
    updates: str

    @property
    def endpoints(self) -> Endpoints:
        """Its two sockets."""
        return Endpoints(self.calls, self.updates)


def lock_file(paths: Paths) -> Path:
    """The file that a running worker holds locked."""
    return paths.data / "worker.lock"


def choose_endpoints(paths: Paths) -> Endpoints:
    """Name the two sockets: in the runtime folder or, where its path is too long for a socket, in a short private one.

    Raises:
        SettingsError: The folder cannot be made, or belongs to somebody else.
    """
    name = f"pixels-mcp-{os.getuid()}-{hashlib.sha256(os.fsencode(paths.runtime)).hexdigest()[:16]}"
    # TMPDIR may be what is too long, so /tmp is tried too.
    folders = [paths.runtime, Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108  # made private
    short = [folder for folder in folders if len(os.fsencode(folder / "updates.sock")) <= _SOCKET_PATH_BYTES_MAX]
    for number, folder in enumerate(short, 1):
        try:
            ensure_private(folder)
        except SettingsError:
            if number == len(short) or folder == paths.runtime:
                raise
        else:
            return Endpoints(f"ipc://{folder / 'calls.sock'}", f"ipc://{folder / 'updates.sock'}")
    raise AssertionError("the last folder is always short")


def find_address(paths: Paths) -> Address | None:
    """Find the running worker, None where none answers."""
    address = read_address(paths)
    return address if address is not None and _listens(address) else None


def read_address(paths: Paths) -> Address | None:
    """Read what the latest worker wrote, which may be gone by now."""
    try:
        return Address(**json.loads(lock_file(paths).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _listens(address: Address) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(address.calls.removeprefix("ipc://"))
        except OSError:
            return False
        return True


def end_running(paths: Paths, *, timeout_s: float) -> Address | None:
    """End the running worker, of whatever version it is, and wait until it is gone; its queue is kept.

    Every version holds the lock file and ends on SIGTERM, giving back what it was drawing.

    Returns:
        The worker that ended; None where none ran.

    Raises:
        WorkerStuckError: It does not end.
        SettingsError: It belongs to somebody else.
    """
    address = read_address(paths)
    if address is None or is_locked(lock_file(paths)) is False:
        return None
    try:
        os.kill(address.pid, signal.SIGTERM)
    except ProcessLookupError:
        return None
    except PermissionError as error:
        raise SettingsError(
            f"the worker, process {address.pid}, belongs to somebody else", hint="ask them, or set PIXELS_HOME"
        ) from error
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if is_locked(lock_file(paths)) is False or read_address(paths) != address:
            return address
        time.sleep(_LOOK_S)
    raise WorkerStuckError(
        f"the worker, process {address.pid}, was told to end and is there after {timeout_s:.0f} s",
        hint=f"end it at once: kill -9 {address.pid}; its queue is kept all the same",
    )


@contextlib.contextmanager
def hold_lock(paths: Paths, endpoints: Endpoints) -> Generator[Address]:
    """Be the one worker, as long as the block runs and however the process ends.

    Raises:
        WorkerRunningError: Another process is.
        NoLocksError: The file system gives no locks.
        StoreError: The lock file cannot be written.
    """
    file = lock_file(paths)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: what does not fit on a full disk fails where it is written, not once more where it is closed.
        stream = file.open("r+b" if file.exists() else "w+b", buffering=0)
    except OSError as error:
        raise unwritable(file, error) from error
    with stream:
        try:
            take_lock(stream, file, wait=False)
        except BlockingIOError as error:
            known = read_address(paths)
            raise WorkerRunningError(
                f"a worker runs already{f', process {known.pid}' if known else ''}; a person has one",
                hint="just use it: every face finds it",
                steps=[NextStep("stop_worker")],
            ) from error
        address = Address(os.getpid(), __version__, PROTOCOL_VERSION, time.time(), endpoints.calls, endpoints.updates)
        try:
            stream.write(json.dumps(asdict(address)).encode())
            stream.truncate()
        except OSError as error:
            raise unwritable(file, error) from error
        yield address


def unwritable(file: Path, error: OSError) -> StoreError:
    """Name why a file of the worker's cannot be written."""
    return refused_by_disk(error, file.parent, file.name) or StoreError(
        f"cannot write {file}: {error.strerror}", hint="check the folder's rights, or set PIXELS_HOME"
    )
