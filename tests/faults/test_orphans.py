"""However a face ends (its input, a signal, its terminal) no process of it stays, its jobs go on, and the worker ends
by itself when nobody needs it any more."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest

from helpers.bevy_games import make_game, picture
from helpers.commands import PIXELS
from helpers.plain_home import plain_home
from helpers.server_pipes import INITIALIZE, call
from helpers.waiting import PATIENCE_S, until
from helpers.workers import is_alive, plain_settings, processes_of, worker_pid
from pixels_mcp.client import Client
from pixels_mcp.files import write_whole
from pixels_mcp.paths import find_paths
from pixels_mcp.png import encode_png
from pixels_mcp.worker.address import find_address

FOUR_STEPPING = ("--count", "4", "--steps", "120")
ENDS = ("end of input", "TERM", "INT", "HUP", "KILL")


@dataclass(frozen=True)
class Face:
    """A command, what it is sent first, and what it says (on stdout or stderr) when it is in the middle of its work."""

    words: tuple[str, ...]
    is_ready: bytes
    first_input: bytes = b""
    reads_input: bool = False


def _faces(folder: Path) -> dict[str, Face]:
    (folder / "items.txt").write_text("a key\na sword\n", "utf-8")
    game = make_game(folder / "game")
    asks = call(1, "initialize", INITIALIZE) + call(
        2, "tools/call", {"name": "generate_sprite", "arguments": {"prompt": "a key", "count": 4, "steps": 120}}
    )
    drawn = rb"-\d{4}: "
    return {
        "serve": Face(("serve",), rb'"serverInfo"', asks, reads_input=True),
        "serve --http": Face(("serve", "--http", "127.0.0.1:0"), rb"serving http://"),
        "generate": Face(("generate", "a key", *FOUR_STEPPING), drawn),
        "batch": Face(("batch", str(folder / "items.txt"), *FOUR_STEPPING), drawn),
        "watch": Face(("watch", str(game)), rb"watching "),
    }


@pytest.fixture(scope="module")
def drawing_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Face]]]:
    """A home whose worker ends itself one second after the last face and the last sprite, and the faces."""
    inherited = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # tests run under `nohup` would hand on that it is ignored
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_IDLE_EXIT_S", "1")
        with plain_home(step_s=0.01) as home, _kept_alive():
            yield home, _faces(tmp_path_factory.mktemp("faces"))
    signal.signal(signal.SIGHUP, inherited)


@contextlib.contextmanager
def _kept_alive() -> Generator[None]:
    """A face of these tests, which the worker stays for until all of them are done; then it must end."""
    with Client.connect(find_paths(), plain_settings(), face="test"):
        pid = worker_pid(find_paths())
        yield
    home = Path(os.environ["PIXELS_HOME"])
    until(lambda: not is_alive(pid), "the worker ends by itself")
    until(lambda: not processes_of(home), f"nothing is left: {processes_of(home)}")


@pytest.mark.parametrize("name", ["serve", "serve --http", "generate", "batch", "watch"])
def test_a_face_leaves_nothing_behind_however_it_ends(drawing_home: tuple[Path, dict[str, Face]], name: str) -> None:
    home, face = drawing_home[0], drawing_home[1][name]
    worker = worker_pid(find_paths())
    started = {end: _started(face) for end in ENDS}
    for end, process in started.items():
        _read_until(process, face)
        assert process.stdin is not None
        if end == "end of input":
            process.stdin.close()
            if not face.reads_input:  # it goes on, as under `nohup`
                process.send_signal(signal.SIGTERM)
        else:
            process.send_signal(getattr(signal, f"SIG{end}"))
    for process in started.values():
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.read()
        process.wait(PATIENCE_S)
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()

    servants = {worker, *(one.pid for one in psutil.Process(worker).children(recursive=True))}
    until(lambda: {one.pid for one in processes_of(home)} <= servants, f"only the worker is left of {name}")
    assert worker_pid(find_paths()) == worker, "the worker lives, and draws what was asked for"


def test_pixelizing_in_several_processes_leaves_none_behind_when_it_is_killed(home: Path, tmp_path: Path) -> None:
    for number in range(8):
        write_whole(tmp_path / f"{number}.png", encode_png(np.kron(picture(number), np.ones((64, 64, 1), np.uint8))))
    command = subprocess.Popen(
        [*PIXELS, "pixelize", str(tmp_path), "--jobs", "2", "--output-dir", str(home / "out")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: list((home / "out").glob("*.png")), "both are at work")

    command.kill()
    command.wait()
    until(lambda: not processes_of(home), f"nothing is left: {processes_of(home)}")
    assert len(list((home / "out").glob("*.png"))) < 8, "it was ended in the middle"


@pytest.mark.parametrize("end", ["the terminal is gone", "TERM", "INT", "KILL", "HUP"])
def test_the_screens_leave_nothing_behind_however_they_end(
    drawing_home: tuple[Path, dict[str, Face]], end: str
) -> None:
    terminal, screens = pty.openpty()
    # A session of its own without a terminal of its own, as in a container: no signal tells that it is gone.
    process = subprocess.Popen(
        [*PIXELS, "tui"], stdin=screens, stdout=screens, stderr=screens, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
    )  # fmt: skip
    os.close(screens)
    shown = b""
    while b"Draw" not in shown:
        shown += os.read(terminal, 65_536)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    if end != "the terminal is gone":
        process.send_signal(getattr(signal, f"SIG{end}"))
        _read_to_its_end(terminal)
    os.close(terminal)

    process.wait(PATIENCE_S)
    _, left = psutil.wait_procs([one for one in family if is_alive(one.pid)], timeout=PATIENCE_S)
    assert left == []


def test_what_the_ended_faces_had_asked_for_is_drawn(drawing_home: tuple[Path, dict[str, Face]]) -> None:
    assert find_address(find_paths()) is not None
    with Client.connect(find_paths(), plain_settings(), face="test") as client:
        jobs = client.jobs()
        assert len(jobs) > len(ENDS), "of generate and batch at least: a server may end before its call is sent"
        assert {client.wait(job.job_id, PATIENCE_S).state for job in jobs} == {"done"}


def _started(face: Face) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*PIXELS, *face.words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdin is not None
    process.stdin.write(face.first_input)
    process.stdin.flush()
    return process


def _read_until(process: subprocess.Popen[bytes], face: Face) -> None:
    """Read what it says until it is in the middle of its work."""
    assert process.stdout is not None
    said = b""
    while not re.search(face.is_ready, said):
        more = os.read(process.stdout.fileno(), 65_536)
        assert more, f"it ended: {said!r}"
        said += more


def _read_to_its_end(terminal: int) -> None:
    """Take what the screens still write, so that they do not wait for a reader."""
    with contextlib.suppress(OSError):  # how a terminal tells that nobody has it open any more
        while os.read(terminal, 65_536):
            pass
