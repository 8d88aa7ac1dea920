"""A real ComfyUI server in a process of its own, drawing with tiny models on the CPU; and ways to get in its way."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2

from helpers.tiny_comfy import write_models
from helpers.toolchains import REPOSITORY

READY_S = 240.0
"""Importing takes a minute on a crowded machine."""


class ComfyServer:
    """One server with a home of its own; the address stays when it is started again."""

    def __init__(self, installed: Path, home: Path) -> None:
        self.installed, self.home = installed, home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        for folder in (
            "models/checkpoints",
            "models/loras",
            "models/vae",
            "input",
            "output",
            "temp",
            "user",
            "custom_nodes",
        ):
            (home / folder).mkdir(parents=True)

    @property
    def log(self) -> str:
        """What it said."""
        return (self.home / "log.txt").read_text("utf-8", errors="replace")

    def launch(self) -> None:
        """Start it; `wait` waits for it."""
        command = [
            str(self.installed / "venv" / "bin" / "python"), "-s", str(self.installed / "server" / "main.py"),
            "--cpu", "--listen", "127.0.0.1", "--port", str(self.port),
            "--base-directory", str(self.home), "--front-end-root", str(self.installed / "web"),
            "--database-url", "sqlite:///:memory:", "--disable-all-custom-nodes", "--disable-api-nodes",
            "--use-pytorch-cross-attention",
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(self.installed / "stand_in"), "OMP_WAIT_POLICY": "PASSIVE"}
        with (self.home / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home
            )

    def wait(self) -> None:
        """Wait until it answers."""
        assert self._process is not None
        until_s = time.monotonic() + READY_S
        while time.monotonic() < until_s:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.url}/system_stats", trust_env=False).status_code == 200:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.2)
        raise AssertionError(f"ComfyUI does not answer at {self.url}:\n{self.log[-3000:]}")

    def kill(self) -> None:
        """End it at once, as a crash or an impatient person does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def get(self, path: str) -> Any:
        """Ask it something."""
        return httpx2.get(self.url + path, trust_env=False).json()

    def post(self, path: str, body: object) -> Any:
        """Tell it something, as another program would."""
        answer = httpx2.post(self.url + path, json=body, trust_env=False)
        return answer.json() if answer.content else None

    def send(self, graph: dict[str, Any]) -> str:
        """Queue a graph as another client."""
        job = str(uuid.uuid4())
        answer = self.post("/prompt", {"prompt": graph, "client_id": "another client", "prompt_id": job})
        assert answer.get("prompt_id") == job, answer
        return job

    def queued(self, kind: str = "queue_running") -> list[str]:
        """The ids of what it draws, or of what waits (`queue_pending`)."""
        return [job[1] for job in self.get("/queue")[kind]]

    def end_of(self, job: str) -> str:
        """Wait until a job is in the history; how it ended: `success` or `error`."""
        until_s = time.monotonic() + READY_S
        while time.monotonic() < until_s:
            if entry := self.get(f"/history/{job}").get(job):
                return entry["status"]["status_str"]
            time.sleep(0.1)
        raise AssertionError(f"{job} did not end")


@cache
def shared_comfy_server(*, old: bool = False, with_sdxl: bool = False) -> ComfyServer:
    """The server of this test session, installed and started when first asked for."""
    command = [sys.executable, str(REPOSITORY / "ops" / "comfyui" / "install.py"), *(["--old"] if old else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"ComfyUI cannot be installed: {done.stderr}"
    home = tempfile.TemporaryDirectory(prefix="comfy-")
    server = ComfyServer(Path(done.stdout.strip()), Path(home.name))
    write_models(server.home / "models", with_sdxl=with_sdxl)
    server.launch()
    atexit.register(home.cleanup)
    atexit.register(server.kill)
    server.wait()
    return server


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def cable_to(port: int) -> Generator[Cable]:
    """A way to a server that can be cut and joined again."""
    cable = Cable(port)
    threading.Thread(target=cable.carry, daemon=True).start()
    try:
        yield cable
    finally:
        cable.end()


class Cable:
    """Hands bytes on between its own port and another; `cut` ends every connection that stands."""

    def __init__(self, far_port: int) -> None:
        self._far_port = far_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.connections = 0

    def carry(self) -> None:
        """Take connections until the end."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._far_port))
                self._pairs.append((near, far))
                self.connections += 1
                threading.Thread(target=self._hand_on, args=(near, far), daemon=True).start()

    def cut(self) -> None:
        """End what stands; new connections are carried again."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Carry nothing any more."""
        self._listener.close()
        self.cut()

    @staticmethod
    def _hand_on(near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), near, far:
            while True:
                for end in select.select([near, far], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    (far if end is near else near).sendall(data)


@contextlib.contextmanager
def small_server(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Generator[str]:
    """A real HTTP server that is no ComfyUI: its answers by path; yields its address."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers.get(self.path.split("?")[0], (404, {}, b"not found"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the name is not ours
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def as_json(said: object) -> tuple[int, dict[str, str], bytes]:
    """An answer of `small_server` in JSON."""
    return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()
