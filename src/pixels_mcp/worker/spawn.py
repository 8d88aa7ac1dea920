"""Finding the worker, or starting it so that it outlives whoever started it. Imports nothing heavy."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from pixels_mcp.errors import NoWorkerError, PixelsError, WorkerRunningError, WorkerStartError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.files import take_lock
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import Paths
from pixels_mcp.setting_values import leaf_fields, show_value, value_of, variable_of
from pixels_mcp.settings import Settings
from pixels_mcp.worker.address import Address, find_address, unwritable

READY_FD_VARIABLE = "PIXELS_READY_FD"
"""Names the pipe into which a started worker says that it is ready, or why it is not."""

WORKER_COMMAND = (sys.executable, "-m", "pixels_mcp", "worker")

_LOG_TAIL_BYTES = 1_500


def find_or_start(
    paths: Paths, settings: Settings, *, timeout_s: float = 30.0, command: Sequence[str] = WORKER_COMMAND
) -> Address:
    """Find the running worker, or start it with these settings; of several faces at once, one starts it.

    Raises:
        WorkerStartError: It ended before it was ready, or was not ready in time.
        PixelsError: What the worker itself said, for example that the job store is damaged.
    """
    if address := find_address(paths):
        return address
    deadline_s = time.monotonic() + timeout_s
    with _one_at_a_time(paths, deadline_s):
        while time.monotonic() < deadline_s:
            if address := find_address(paths):
                return address
            with contextlib.suppress(WorkerRunningError):  # one is just beginning or ending: look again
                _start(paths, settings, command, deadline_s)
                continue
            time.sleep(0.05)
    raise WorkerStartError(
        f"the worker was not ready after {timeout_s:.0f} s", hint=f"see {paths.log_file}, then try again"
    )


def find_running(paths: Paths) -> Address:
    """Find the running worker.

    Raises:
        NoWorkerError: None runs.
    """
    address = find_address(paths)
    if address is None:
        raise NoWorkerError("no worker runs", steps=[NextStep("start_worker")])
    return address


def tell_ready(error: PixelsError | None = None) -> None:
    """In a started worker: tell whoever started it, if anybody did, that it is ready, or why it ends."""
    number = os.environ.pop(READY_FD_VARIABLE, None)
    if number is None:
        return
    said = "" if error is None else ErrorInfo.of(error).model_dump_json()
    with contextlib.suppress(OSError, ValueError), os.fdopen(int(number), "wb") as pipe:
        pipe.write((said or "{}").encode())


def _start(paths: Paths, settings: Settings, command: Sequence[str], deadline_s: float) -> None:
    paths.log_file.parent.mkdir(parents=True, exist_ok=True)
    heard, told = os.pipe()
    with os.fdopen(heard, "rb") as pipe:
        try:
            # The shell ends at once, so the worker is nobody's child: an editor that ends its server's whole process
            # tree does not reach it.
            subprocess.run(
                ["/bin/sh", "-c", '"$@" </dev/null >>"$0" 2>&1 &', str(paths.log_file), *command],
                env={**os.environ, **settings_as_environment(settings), READY_FD_VARIABLE: str(told)},
                pass_fds=(told,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise WorkerStartError(f"cannot run {command[0]}: {error}", hint=f"see {paths.log_file}") from error
        finally:
            os.close(told)
        left_s = max(0.0, deadline_s - time.monotonic())
        if not select.select([pipe], [], [], left_s)[0]:
            return
        said = pipe.read()
    if not said:
        raise WorkerStartError(
            f"the worker ended before it was ready; the end of {paths.log_file}:\n{_tail(paths.log_file)}",
            steps=[NextStep("check_installation")],
        )
    if said != b"{}":
        raise ErrorInfo.model_validate_json(said).as_error()


def settings_as_environment(settings: Settings) -> dict[str, str]:
    """Write settings as the variables that they are read from, so that a started worker has the same ones."""
    values = {key: value_of(settings, key) for key in leaf_fields(Settings)}
    return {variable_of(key): show_value(value) for key, value in values.items() if value is not None}


@contextlib.contextmanager
def _one_at_a_time(paths: Paths, deadline_s: float) -> Generator[None]:
    file = paths.data / "start.lock"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("ab")
    except OSError as error:
        raise unwritable(file, error) from error
    with stream:
        while True:
            try:
                take_lock(stream, file, wait=False)
                break
            except BlockingIOError:
                if time.monotonic() > deadline_s:
                    break
                time.sleep(0.02)
        yield


def _tail(file: Path) -> str:
    try:
        return file.read_bytes()[-_LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()
    except OSError:
        return "(it cannot be read)"
