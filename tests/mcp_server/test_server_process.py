"""The server as a process: quick to start, quiet on stdout, and gone when its client is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from helpers.mcp_faces import SERVE
from helpers.server_pipes import INITIALIZE, ask, call, pipe_of, running_server
from pixels_mcp.mcp_server.transports.json_lines import LINE_BYTES_MAX

pytestmark = pytest.mark.usefixtures("home")

ENDS_WITHIN_S = 10.0
BARE = "from mcp.server import MCPServer; MCPServer('bare').run()"


def test_it_starts_without_anything_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pixels_mcp", "serve"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}

    assert done.returncode == 0
    assert "mcp" in imported
    assert not imported & {"torch", "diffusers", "transformers", "peft", "numpy", "scipy", "numba", "PIL", "zmq"}


def test_it_uses_little_memory() -> None:
    with running_server() as process:
        ask(process, 2, "tools/list", {})
        assert psutil.Process(process.pid).memory_info().rss < 120 * 2**20


def test_initialize_costs_little_more_than_that_of_a_server_without_tools() -> None:
    """Processor time until the answer, the least of three in turn: a busy machine does not change it."""
    commands = {"ours": SERVE, "bare": (sys.executable, "-c", BARE)}
    cpu_s: dict[str, float] = dict.fromkeys(commands, 60.0)
    for _ in range(3):
        for name, command in commands.items():
            with running_server(command) as process:
                times = psutil.Process(process.pid).cpu_times()
            cpu_s[name] = min(cpu_s[name], times.user + times.system)

    assert cpu_s["ours"] <= 1.3 * cpu_s["bare"], cpu_s


def test_stdout_carries_the_protocol_alone(home: Path) -> None:
    """A library that prints while it is imported, while a tool runs and at exit does not reach the client."""
    noisy = home / "noisy"
    noisy.mkdir()
    (noisy / "sitecustomize.py").write_text(
        "import atexit, os, sys\n"
        "class Loud:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        first = name.rsplit('.')[-1] in ('transports', 'std_pipes')\n"
        "        if name.startswith('pixels_mcp.mcp_server.') and not first:\n"
        "            print('NOISE', name); os.write(1, b'RAW NOISE\\n'); os.system('echo CHILD NOISE')\n"
        "sys.meta_path.insert(0, Loud())\n"
        "atexit.register(print, 'LAST NOISE')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(noisy)}
    done = subprocess.run(
        SERVE,
        input=call(1, "initialize", INITIALIZE) + call(2, "tools/list", {}) + call(3, "nonsense", {}),
        capture_output=True,
        env=environment,
        timeout=60,
    )

    assert b"NOISE" in done.stderr
    assert {json.loads(line)["id"] for line in done.stdout.splitlines()} <= {1, 2, 3}
    assert b"NOISE" not in done.stdout


def test_every_broken_line_is_answered_and_the_next_call_works() -> None:
    broken = [
        (b"this is no JSON", None, -32700),
        (b"\xff\xfe", None, -32700),
        (b"{}", None, -32600),
        (b'{"id": 7, "method": 3}', 7, -32600),
        (b"[1, 2]", None, -32600),
        (b"[" * 100_000, None, -32700),
        (b'{"id": 8, "padding": "' + b"x" * (LINE_BYTES_MAX + 9) + b'"}', None, -32600),
    ]
    with running_server() as process:
        for line, number, code in broken:
            pipe_of(process.stdin).write(line + b"\n\n")
            pipe_of(process.stdin).flush()
            answer = json.loads(pipe_of(process.stdout).readline())
            assert (answer["id"], answer["error"]["code"]) == (number, code), line[:40]
        answer = ask(process, 2, "tools/call", {"name": "view_sprite", "arguments": {"sprite_ids": ["a-0001.1"]}})

    assert answer["id"] == 2
    assert answer["result"]["isError"]


def test_a_client_that_never_reads_holds_up_nothing_but_itself() -> None:
    """Its answers fill the pipe; the server still ends when it is told to."""
    with running_server() as process:
        for number in range(2, 40):
            pipe_of(process.stdin).write(call(number, "tools/list", {}))
        pipe_of(process.stdin).flush()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=ENDS_WITHIN_S) == 0


def end_of_input(process: subprocess.Popen[bytes]) -> None:
    pipe_of(process.stdin).close()


def send(number: int) -> Callable[[subprocess.Popen[bytes]], None]:
    def leave(process: subprocess.Popen[bytes]) -> None:
        process.send_signal(number)

    return leave


@pytest.mark.parametrize(
    ("leave", "code"),
    [(end_of_input, 0), (send(signal.SIGTERM), 0), (send(signal.SIGINT), 130), (send(signal.SIGKILL), -9)],
    ids=["end of input", "SIGTERM", "SIGINT", "SIGKILL"],
)
def test_it_ends_however_the_client_goes_away(leave: Any, code: int) -> None:
    with running_server() as process:
        began_s = time.monotonic()
        leave(process)
        assert process.wait(timeout=ENDS_WITHIN_S) == code
        assert time.monotonic() - began_s < ENDS_WITHIN_S


def test_it_ends_when_its_client_is_killed() -> None:
    """The client is a process that holds the pipes and is killed with SIGKILL: stdin ends with it."""
    client = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            f"server = subprocess.Popen({SERVE!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
            f"server.stdin.write({call(1, 'initialize', INITIALIZE)!r}); server.stdin.flush()\n"
            "server.stdout.readline()\n"
            "print(server.pid, flush=True)\n"
            "time.sleep(600)\n",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        server = psutil.Process(int(pipe_of(client.stdout).readline()))
    finally:
        client.kill()
        client.wait()
        pipe_of(client.stdout).close()

    gone, alive = psutil.wait_procs([server], timeout=ENDS_WITHIN_S)
    for process in alive:
        process.kill()
    assert gone
    assert not alive
