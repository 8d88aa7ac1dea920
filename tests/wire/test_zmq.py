"""What only the ZeroMQ transport has: plain peers, bad bytes, faces that come and go."""

# That an answered call is forgotten shows in nothing else.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import zmq

from helpers.packing import pack
from helpers.waiting import PATIENCE_S, until
from pixels_mcp.errors import WireError
from pixels_mcp.events import ErrorInfo, Failed, Finished, Started, Update
from pixels_mcp.wire.answers import ErrorAnswer, Pong
from pixels_mcp.wire.codec import decode_reply, encode
from pixels_mcp.wire.in_process import InProcessServer
from pixels_mcp.wire.messages import PROTOCOL_VERSION, Ask, Call, Ping, Reply
from pixels_mcp.wire.transport import ALL_JOBS, SendAnswer
from pixels_mcp.wire.zmq_client import ZmqTransport
from pixels_mcp.wire.zmq_server import Endpoints, ZmqServer


class Echo:
    """Answers pings; holds the others back until it is told."""

    def __init__(self) -> None:
        self.heard_updates: list[Update] = []

    def answer(self, call: Call, send: SendAnswer) -> None:
        if call.type != "ping":
            raise ValueError("only pings")
        send(Pong())

    def heard(self, update: Update) -> None:
        self.heard_updates.append(update)

    def tick(self) -> float | None:
        return None


@pytest.fixture
def endpoints(home: Path) -> Endpoints:
    return Endpoints(f"ipc://{home}/c.sock", f"ipc://{home}/u.sock")


@pytest.fixture
def server(endpoints: Endpoints) -> Iterator[ZmqServer]:
    server = ZmqServer(endpoints)
    thread = threading.Thread(target=server.run, args=(Echo(),))
    thread.start()
    yield server
    server.stop()
    thread.join(PATIENCE_S)
    server.close()


@pytest.fixture
def plain(endpoints: Endpoints) -> Iterator[zmq.Socket[bytes]]:
    """A plain REQ socket, as anybody may open one."""
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, 10_000)
        socket.connect(endpoints.calls)
        yield socket


def test_a_plain_req_socket_is_answered(server: ZmqServer, plain: zmq.Socket[bytes]) -> None:
    plain.send(pack({"protocol": PROTOCOL_VERSION, "number": 9, "call": {"type": "ping"}}))

    assert decode_reply(plain.recv()) == Reply(number=9, answer=Pong())


@pytest.mark.parametrize(
    ("data", "number", "code"),
    [
        (b"", 0, "DecodeError"),
        (b"\xc1", 0, "DecodeError"),
        (pack({"protocol": PROTOCOL_VERSION, "number": 3, "call": {"type": "nosuch"}}), 3, "DecodeError"),
        (pack({"protocol": 99, "number": 4, "call": {"type": "ping"}}), 4, "OtherVersionError"),
        (pack({"protocol": PROTOCOL_VERSION, "number": 5, "call": {"type": "health"}}), 5, "PixelsError"),
    ],
)
def test_bad_bytes_are_answered_with_what_is_wrong_and_hurt_nobody(
    server: ZmqServer, endpoints: Endpoints, plain: zmq.Socket[bytes], data: bytes, number: int, code: str
) -> None:
    plain.send(data)

    reply = decode_reply(plain.recv())

    assert reply.number == number
    assert isinstance(reply.answer, ErrorAnswer)
    assert reply.answer.error.code == code
    transport = ZmqTransport(endpoints)
    assert transport.start(Ping()).wait(PATIENCE_S) == Pong()
    transport.close()


def test_a_face_that_is_killed_is_no_longer_counted(server: ZmqServer, endpoints: Endpoints) -> None:
    program = f"""
import sys
from pixels_mcp.wire.zmq_client import ZmqTransport
from pixels_mcp.wire.zmq_server import Endpoints
from pixels_mcp.wire.messages import Ping
transport = ZmqTransport(Endpoints({endpoints.calls!r}, {endpoints.updates!r}))
print(transport.start(Ping()).wait({PATIENCE_S}), flush=True)
sys.stdin.read()
"""
    face = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert face.stdout is not None
    face.stdout.readline()
    assert server.faces == 1

    face.kill()
    face.wait()

    until(lambda: server.faces == 0, "it is not counted any more")


def test_looking_whether_somebody_listens_counts_as_no_face(server: ZmqServer, endpoints: Endpoints) -> None:
    import socket

    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(endpoints.calls.removeprefix("ipc://"))
    transport = ZmqTransport(endpoints)
    transport.start(Ping()).wait(PATIENCE_S)

    until(lambda: server.faces == 1, "only the face is counted")
    transport.close()
    until(lambda: server.faces == 0, "nobody is counted")


@pytest.mark.parametrize("kind", ["zmq", "in process"])
def test_an_update_that_is_too_large_is_not_told_and_the_next_one_is(
    endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    served = ZmqServer(endpoints) if kind == "zmq" else InProcessServer()
    thread = threading.Thread(target=served.run, args=(Echo(),))
    thread.start()
    transport = ZmqTransport(endpoints) if isinstance(served, ZmqServer) else served.connect()
    heard = [transport.follow("a-0001"), transport.follow(ALL_JOBS)]
    until(lambda: served.is_followed("a-0001") and served.is_followed(ALL_JOBS), "both are followed")
    monkeypatch.setattr("pixels_mcp.wire.codec.MESSAGE_BYTES_MAX", 300)
    failed = Failed(job_id="a-0001", part_id="a-0001", error=ErrorInfo(code="X", message="x" * 400))
    started = Started(job_id="a-0001", part_id="a-0001")

    served.publish(failed)
    served.publish(started)

    assert [one.get(10) for one in heard] == [started, started]
    transport.close()
    served.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    served.close()


def test_updates_reach_those_who_follow_their_job_and_nobody_else(server: ZmqServer, endpoints: Endpoints) -> None:
    transport = ZmqTransport(endpoints)
    mine, other = transport.follow("a-0001"), transport.follow("a-00011")
    until(lambda: server.is_followed("a-0001") and server.is_followed("a-00011"), "both are followed")

    server.publish(Started(job_id="a-00011", part_id="a-00011"))
    server.publish(Finished(job_id="a-0001", part_id="a-0001", state="done"))

    assert mine.get(10) == Finished(job_id="a-0001", part_id="a-0001", state="done")
    assert other.get(10) == Started(job_id="a-00011", part_id="a-00011")
    assert mine.get(0) is None
    mine.close()
    until(lambda: not server.is_followed("a-0001"), "it is not followed any more")
    transport.close()


def test_a_client_finds_a_server_that_comes_back(endpoints: Endpoints) -> None:
    transport = ZmqTransport(endpoints)
    for _ in range(2):
        server = ZmqServer(endpoints)
        thread = threading.Thread(target=server.run, args=(Echo(),))
        thread.start()
        until(lambda: transport.start(Ping()).wait(0.5), "it answers")
        server.stop()
        thread.join(PATIENCE_S)
        server.close()
    transport.close()


def test_an_answer_that_comes_too_late_is_dropped(server: ZmqServer, endpoints: Endpoints) -> None:
    transport = ZmqTransport(endpoints)
    for _ in range(5):
        transport.start(Ping()).forget()

    assert transport.start(Ping()).wait(PATIENCE_S) == Pong()
    assert transport._pending == {}
    transport.close()


def test_an_endpoint_that_cannot_be_bound_is_named(home: Path) -> None:
    with pytest.raises(WireError, match="nosuch"):
        ZmqServer(Endpoints(f"ipc://{home}/nosuch/c.sock", f"ipc://{home}/nosuch/u.sock"))


def test_a_server_that_cannot_begin_leaves_no_file_open(home: Path) -> None:
    def open_files() -> int:
        return psutil.Process().num_fds()

    def try_once() -> None:
        with pytest.raises(WireError, match="nosuch"):
            ZmqServer(Endpoints(f"ipc://{home}/c.sock", f"ipc://{home}/nosuch/u.sock"))

    try_once()
    before = open_files()
    for _ in range(5):
        try_once()

    assert open_files() == before


def test_a_frame_above_the_cap_closes_only_its_senders_connection(
    home: Path, endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixels_mcp.wire.zmq_server.MESSAGE_BYTES_MAX", 10_000)
    server = ZmqServer(endpoints)
    thread = threading.Thread(target=server.run, args=(Echo(),))
    thread.start()
    with zmq.Context() as context, context.socket(zmq.REQ) as greedy:
        greedy.setsockopt(zmq.LINGER, 0)
        greedy.setsockopt(zmq.RCVTIMEO, 300)
        greedy.connect(endpoints.calls)
        greedy.send(os.urandom(20_000))
        with pytest.raises(zmq.Again):
            greedy.recv()
    transport = ZmqTransport(endpoints)
    assert transport.start(Ping()).wait(PATIENCE_S) == Pong()
    transport.close()
    server.stop()
    thread.join(PATIENCE_S)
    server.close()


def test_importing_the_client_imports_nothing_heavy() -> None:
    program = "import sys, pixels_mcp.client; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {"torch", "diffusers", "transformers", "scipy", "PIL"} & set(modules) == set()


def test_ask_numbers_are_the_clients_own(server: ZmqServer, plain: zmq.Socket[bytes]) -> None:
    for number in (0, 1, 2**63 - 1):
        plain.send(encode(Ask(number=number, call=Ping())))
        assert decode_reply(plain.recv()).number == number


_SERVES_WITH_A_DEAF_MAIN_THREAD = """
import signal, sys, threading
from pixels_mcp.wire.zmq_server import Endpoints, ZmqServer

class Quiet:
    def tick(self):
        print("serving", flush=True)

server = ZmqServer(Endpoints(*sys.argv[1:]))
server.stop_on(signal.SIGTERM)
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
server.run(Quiet())
server.close()
"""


def test_a_signal_that_does_not_interrupt_the_wait_stops_it_all_the_same(endpoints: Endpoints) -> None:
    # One that comes just before the wait begins, or that another thread takes, interrupts nothing.
    command = [sys.executable, "-c", _SERVES_WITH_A_DEAF_MAIN_THREAD, endpoints.calls, endpoints.updates]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert served.stdout.readline() == "serving\n"
        served.terminate()
        try:
            assert served.wait(PATIENCE_S) == 0
        finally:
            served.kill()
