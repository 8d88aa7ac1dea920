"""The life of the one worker: found or started, shared, outliving its faces, and ending when nobody needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.waiting import PATIENCE_S, until
from helpers.workers import end_worker, is_alive, plain_settings, worker_pid, worker_process
from pixels_mcp import __version__
from pixels_mcp.client import Client
from pixels_mcp.errors import (
    DamagedStoreError,
    NewerStoreError,
    NoWorkerError,
    OtherVersionError,
    SettingsError,
    WorkerStartError,
)
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.wire.answers import Welcome
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.transport import SendAnswer
from pixels_mcp.wire.zmq_server import Endpoints, ZmqServer
from pixels_mcp.worker.address import find_address, hold_lock

RUBY = SpriteRequest(prompt="a ruby potion", seed=7)


def test_faces_that_come_at_once_start_one_worker(home: Path) -> None:
    with worker_process() as connect:
        clients: list[Client] = []
        threads = [threading.Thread(target=lambda: clients.append(connect())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)

        assert len({client.health().pid for client in clients}) == 1
        assert len(clients) == 4


def test_a_second_worker_refuses_to_start_and_says_whom_to_end(home: Path) -> None:
    with worker_process() as connect:
        connect()
        pid = worker_pid(find_paths())

        second = subprocess.run(plain_worker_command(), capture_output=True, text=True, timeout=60)

        assert second.returncode == 1
        assert f"process {pid}" in second.stderr
        assert "a person has one" in second.stderr
        assert second.stdout == ""
        assert worker_pid(find_paths()) == pid


def test_the_worker_outlives_the_face_that_started_it_and_all_of_its_processes(home: Path) -> None:
    install_plain_model(find_paths())
    face = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from helpers.plain_worker import plain_worker_command
from helpers.workers import plain_settings
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
client = Client.connect(find_paths(), plain_settings(), face="face", worker_command=plain_worker_command(step_s=0.05))
print(client.submit(SpriteRequest(prompt="a ruby potion")).job_id, client.health().pid, flush=True)
sys.stdin.read()
"""
    started = subprocess.Popen(
        [sys.executable, "-c", face], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert started.stdout is not None
        job_id, pid = started.stdout.readline().split()
        group, session = os.getpgid(int(pid)), os.getsid(int(pid))
        assert started.pid not in (group, session), "the worker is in a session of its own"
        assert _parent(int(pid)) != started.pid, "the worker is nobody's child"
        assert Path(f"/proc/{pid}/fd/1").readlink() == find_paths().log_file

        os.killpg(started.pid, signal.SIGKILL)
        started.wait(PATIENCE_S)

        with worker_process() as connect:
            client = connect()
            assert client.health().pid == int(pid)
            assert client.wait(job_id, PATIENCE_S).state == "done"
    finally:
        started.kill()
        started.wait()
        end_worker(find_paths())


def test_an_idle_worker_ends_itself_but_not_while_a_face_is_connected(home: Path) -> None:
    with worker_process(plain_settings(idle_exit_s=1.0)) as connect:
        client, other = connect(), connect()
        pid = worker_pid(find_paths())
        client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        other.close()
        threading.Event().wait(1.5)  # longer than idle_exit_s: the connected face keeps it
        assert is_alive(pid)

        client.close()

        until(lambda: not is_alive(pid), "the idle worker ends")


def test_an_idle_worker_finishes_the_queue_before_it_ends(home: Path) -> None:
    paths = find_paths()
    with worker_process(plain_settings(idle_exit_s=1.0), step_s=0.2) as connect:
        client = connect()
        job = client.submit(RUBY)
        pid = worker_pid(paths)
        client.close()

        until(lambda: not is_alive(pid), "the worker ends")

    store = JobStore(paths.jobs_db)
    assert store.job(job.job_id).state == "done"
    store.close()


def test_sigterm_ends_it_within_a_step_and_keeps_the_queue(home: Path) -> None:
    paths = find_paths()
    with worker_process(step_s=0.2) as connect:
        client = connect()
        running, waiting = client.submit(RUBY), client.submit(SpriteRequest(prompt="a sword", steps=1))
        until(lambda: client.job(running.job_id).parts[0].step >= 1, "it is denoised")
        pid = worker_pid(paths)

        os.kill(pid, signal.SIGTERM)
        until(lambda: not is_alive(pid), "the worker ends")

        store = JobStore(paths.jobs_db)
        assert (store.queued, store.running) == (2, 0)
        store.close()
        # The next call of the very same client finds the worker gone and starts the next one.
        assert client.wait(running.job_id, PATIENCE_S).state == "done"
        assert client.wait(waiting.job_id, PATIENCE_S).state == "done"
        assert worker_pid(paths) != pid


def test_sigterm_ends_a_worker_whose_engine_is_loading(home: Path) -> None:
    with worker_process(load_s=300.0) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].stage == "loading", "the model is loaded")
        pid = worker_pid(find_paths())

        assert client.ping() < 2.0, "a loading model does not keep the worker from answering"
        os.kill(pid, signal.SIGTERM)

        until(lambda: not is_alive(pid), "the worker ends")


def test_no_worker_is_started_for_a_face_that_only_looks(home: Path) -> None:
    with pytest.raises(NoWorkerError, match="no worker runs") as caught:
        Client.connect(find_paths(), plain_settings(), face="test", start_worker=False)

    assert [step.do for step in caught.value.steps] == ["start_worker"]


def test_a_worker_of_another_version_is_named_with_the_next_step(home: Path) -> None:
    """An older worker, played by this version's own wire with another version number."""
    paths = find_paths()
    endpoints = Endpoints(f"ipc://{home}/c.sock", f"ipc://{home}/u.sock")
    says = rf"0\.0\.1, this is {__version__}"
    with (
        hold_lock(paths, endpoints),
        _OldWorker(endpoints, "0.0.1"),
        pytest.raises(OtherVersionError, match=says) as caught,
    ):
        Client.connect(paths, plain_settings(), face="test")

    assert [step.do for step in caught.value.steps] == ["stop_worker"]


def test_a_worker_of_another_protocol_is_named_with_the_next_step(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with worker_process() as connect:
        connect()
        monkeypatch.setattr("pixels_mcp.wire.codec.PROTOCOL_VERSION", 99)

        with pytest.raises(OtherVersionError, match=r"protocol 1") as caught:
            Client.connect(find_paths(), plain_settings(), face="test")

        assert [step.do for step in caught.value.steps] == ["stop_worker"]


def test_a_worker_that_cannot_start_tells_the_face_why(home: Path) -> None:
    command = (sys.executable, "-c", "import sys; sys.exit('no such luck')")

    with pytest.raises(WorkerStartError, match="no such luck"):
        Client.connect(find_paths(), plain_settings(), face="test", worker_command=command)


def test_a_damaged_job_store_is_named_and_left_alone(home: Path) -> None:
    paths = find_paths()
    paths.data.mkdir(parents=True)
    paths.jobs_db.write_bytes(b"this is no database, but it may be all that somebody has" * 100)
    before = paths.jobs_db.read_bytes()

    with pytest.raises(DamagedStoreError, match=r"mv .*jobs\.sqlite") as caught, worker_process() as connect:
        connect()

    assert "library" in caught.value.hint
    assert paths.jobs_db.read_bytes() == before
    assert find_address(paths) is None


def test_a_job_store_of_a_newer_version_is_named(home: Path) -> None:
    paths = find_paths()
    JobStore(paths.jobs_db).close()
    import sqlite3

    with sqlite3.connect(paths.jobs_db) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(NewerStoreError, match="99"), worker_process() as connect:
        connect()


def test_settings_of_the_face_reach_the_worker_that_it_starts(home: Path) -> None:
    with worker_process(plain_settings(queue_limit=123)) as connect:
        assert connect().health().queue_limit == 123


def test_sockets_are_private_and_found_also_when_their_folder_has_a_long_path(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = home / ("deep" * 12) / ("deeper" * 10)
    monkeypatch.setenv("PIXELS_HOME", str(deep))
    with worker_process() as connect:
        connect()
        address = find_address(find_paths())
        assert address is not None
        folder = Path(address.calls.removeprefix("ipc://")).parent

        assert len(address.updates.removeprefix("ipc://").encode()) <= 103
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not folder.is_relative_to(deep)


def test_a_socket_folder_that_belongs_to_somebody_else_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = find_paths().runtime
    runtime.mkdir(parents=True)
    if os.getuid() != 0:
        pytest.skip("giving a folder away needs root")
    os.chown(runtime, 12345, 12345)

    with pytest.raises(SettingsError, match="12345"), worker_process() as connect:
        connect()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])


class _OldWorker:
    """Greets with another version number."""

    def __init__(self, endpoints: Endpoints, version: str) -> None:
        self._server, self._version = ZmqServer(endpoints), version
        self._thread = threading.Thread(target=self._server.run, args=(self,))

    def answer(self, call: Call, send: SendAnswer) -> None:
        assert call.type == "hello"
        send(Welcome(version=self._version, pid=os.getpid()))

    def heard(self, update: object) -> None:
        """Publishes nothing."""

    def tick(self) -> None:
        """Has nothing to do."""

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join()
        self._server.close()
