"""Noise on the worker's sockets, and readers that never read: nothing breaks, memory stays, others are served.

`PIXELS_FRAMES=100000` sends more of it than the quick run does (`make noise`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
import time
from pathlib import Path

import psutil
import zmq

from helpers.bad_frames import bad_frames
from helpers.waiting import PATIENCE_S, until
from helpers.workers import worker_pid, worker_process
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.wire.codec import decode_reply
from pixels_mcp.worker.address import find_address

FRAMES = int(os.environ.get("PIXELS_FRAMES", "5000"))
SEED = int(os.environ.get("SEED", "11"))
AT_ONCE = 200
CONNECTIONS = 10_000
GROWTH_MIB_MAX = 24
BUFFERS_MIB_MAX = 96
"""What ZeroMQ keeps for connections to come: 70 MiB after the first ten thousand, and no more after sixty thousand."""


def test_malformed_frames_are_answered_and_leave_nothing_behind(home: Path) -> None:
    with worker_process() as connect, zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        client = connect()
        pid, address = worker_pid(find_paths()), find_address(find_paths())
        assert address is not None
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.setsockopt(zmq.RCVTIMEO, 30_000)
        stranger.connect(address.calls)
        # What is loaded once is loaded now.
        client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S)
        slowest_s, sent, memory_mib = 0.0, 0, 0.0
        frames = bad_frames(FRAMES, SEED)
        while batch := list(itertools.islice(frames, AT_ONCE)):
            for frame in batch:
                stranger.send(frame)
            slowest_s = max(slowest_s, client.ping())
            for _ in batch:
                decode_reply(stranger.recv())
            sent += len(batch)
            if not memory_mib and sent >= FRAMES // 5:
                memory_mib = _memory_mib(pid)
        grown_mib = _memory_mib(pid) - memory_mib

        assert sent == FRAMES
        assert worker_pid(find_paths()) == pid, "the worker lives"
        assert grown_mib < GROWTH_MIB_MAX
        assert slowest_s < 5
        assert client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S).state == "done"


def test_a_reader_that_never_reads_costs_no_memory_and_no_time(home: Path) -> None:
    with worker_process(step_s=0.0) as connect, zmq.Context() as context, context.socket(zmq.SUB) as deaf:
        client = connect()
        pid, address = worker_pid(find_paths()), find_address(find_paths())
        assert address is not None
        deaf.setsockopt(zmq.LINGER, 0)
        deaf.setsockopt(zmq.RCVHWM, 1)
        deaf.setsockopt(zmq.SUBSCRIBE, b"")
        deaf.connect(address.updates)
        client.wait(client.submit(SpriteRequest(prompt="warm", steps=150)).job_id, PATIENCE_S)
        memory_mib = _memory_mib(pid)

        heard = threading.Event()

        def follow() -> None:
            for update in client.follow_all(timeout_s=PATIENCE_S):
                if update.type == "finished":
                    heard.set()
                    return

        threading.Thread(target=follow, daemon=True).start()
        jobs = [client.submit(SpriteRequest(prompt=f"thing {n}", count=16, steps=150)) for n in range(6)]
        begun_s = time.monotonic()
        pings: list[float] = []
        for job in jobs:
            assert client.wait(job.job_id, PATIENCE_S).state == "done"
            pings.append(client.ping())

        assert heard.wait(PATIENCE_S), "who reads hears"
        assert _memory_mib(pid) - memory_mib < GROWTH_MIB_MAX
        assert max(pings) < 5
        assert time.monotonic() - begun_s < 120


def test_ten_thousand_connections_leave_memory_and_descriptors_as_they_were(home: Path) -> None:
    with worker_process() as connect:
        client = connect()
        address = find_address(find_paths())
        assert address is not None
        worker = psutil.Process(address.pid)
        descriptors, memory_mib = worker.num_fds(), _memory_mib(worker.pid)
        for _ in range(5):
            for _ in range(CONNECTIONS // 5 // AT_ONCE):
                with contextlib.ExitStack() as open_ones:
                    for number in range(AT_ONCE):
                        stranger = open_ones.enter_context(socket.socket(socket.AF_UNIX))
                        stranger.connect(address.calls.removeprefix("ipc://"))
                        if number % 4 == 0:
                            stranger.sendall(b"\xff\0\0\0\0\0\0\0\1\x7f half a greeting")
                    assert client.ping() < 5
            until(lambda: worker.num_fds() <= descriptors, "their descriptors are closed")

        assert _memory_mib(worker.pid) - memory_mib < BUFFERS_MIB_MAX
        assert client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S).state == "done"


def _memory_mib(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 2**20
