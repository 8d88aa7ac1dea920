"""A line between a client and a server over HTTP that is cut, slow, held up or turns a bit over: the server stays,
others are served meanwhile, and what was asked for is drawn once. And ten thousand connections."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from helpers.http_servers import http_server
from helpers.plain_home import plain_home
from helpers.server_pipes import INITIALIZE
from helpers.spoilt_line import SpoiltLine
from helpers.waiting import PATIENCE_S, until
from helpers.workers import plain_settings, processes_of
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths

CONNECTIONS = 10_000
AT_ONCE = 200
GROWTH_MIB_MAX = 24


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server whose worker takes a twentieth of a second for a step."""
    with plain_home(step_s=0.05), http_server() as url:
        yield url


@pytest.fixture
def line(url: str) -> Iterator[SpoiltLine]:
    parts = urlsplit(url)
    with SpoiltLine(parts.hostname or "", parts.port or 0) as line:
        yield line


@pytest.fixture
def face(url: str) -> Iterator[Client]:
    """A face beside the server, which sees what was asked for."""
    assert url
    with Client.connect(find_paths(), plain_settings(), face="test") as client:
        yield client


def through(line: SpoiltLine) -> str:
    """The server's URL at the other end of the line."""
    return f"http://127.0.0.1:{line.port}/mcp"


def ask(url: str, method: str = "initialize", timeout_s: float = 30, **params: object) -> httpx2.Response:
    """Send one call on a connection of its own, in the era without a handshake."""
    said = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or INITIALIZE}
    headers = {"Accept": "application/json, text/event-stream"}
    return httpx2.post(url, json=said, headers=headers, timeout=timeout_s)


def draws(url: str, prompt: str, **words: object) -> httpx2.Response:
    """Ask for a sprite and wait for it."""
    with httpx2.Client(headers={"Accept": "application/json, text/event-stream"}, timeout=60) as client:
        greeting = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}
        session = client.post(url, json=greeting).headers["mcp-session-id"]
        client.headers |= {"mcp-session-id": session}
        client.post(url, json={"jsonrpc": "2.0", "method": "notifications/initialized"})
        call = {"name": "generate_sprite", "arguments": {"prompt": prompt, "wait_s": 45, **words}}
        return client.post(url, json={"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call})


def test_a_line_that_is_cut_while_a_sprite_is_drawn_loses_the_answer_and_not_the_job(
    url: str, line: SpoiltLine, face: Client
) -> None:
    lost: list[BaseException] = []

    def draw() -> None:
        try:
            draws(through(line), "a cut cable", steps=30)
        except httpx2.HTTPError as error:
            lost.append(error)

    drawing = threading.Thread(target=draw)
    drawing.start()
    until(lambda: [job for job in face.jobs() if job.prompt == "a cut cable"], "it is asked for")
    assert line.cut() == 1
    drawing.join(PATIENCE_S)

    assert len(lost) == 1, "the client heard that its line is gone"
    assert ask(url).status_code == 200
    (job,) = [job for job in face.jobs() if job.prompt == "a cut cable"]
    assert face.wait(job.job_id, PATIENCE_S).state == "done"
    line.mend()
    assert ask(through(line)).status_code == 200


def test_a_slow_line_is_waited_for_and_holds_up_nobody_else(url: str, line: SpoiltLine) -> None:
    line.bytes_per_s = 3_000
    answers: list[httpx2.Response] = []
    slow = threading.Thread(target=lambda: answers.append(draws(through(line), "a slow cable", steps=2)))
    slow.start()
    others_s: list[float] = []
    while slow.is_alive():
        begun_s = time.monotonic()
        assert ask(url).status_code == 200
        others_s.append(time.monotonic() - begun_s)

    assert answers[0].status_code == 200
    assert '\\"state\\":\\"done\\"' in answers[0].text.replace(" ", "")
    assert len(others_s) >= 3
    assert min(others_s) < 1


def test_a_line_that_carries_nothing_any_more_holds_up_nobody_else(url: str, line: SpoiltLine) -> None:
    assert ask(through(line)).status_code == 200
    line.hold()

    with pytest.raises(httpx2.TimeoutException):
        ask(through(line), timeout_s=0.5)
    assert ask(url).status_code == 200
    line.mend()
    assert ask(through(line)).status_code == 200


def test_a_bit_turned_over_on_the_way_ends_nothing_and_is_never_taken_for_two_jobs(
    url: str, line: SpoiltLine, face: Client
) -> None:
    outcomes = {"answered": 0, "refused": 0, "lost": 0}
    asked = len(face.jobs())
    for place, of_answers in itertools.product(range(0, 700, 47), (False, True)):
        line.flip(place, of_answers=of_answers)
        try:
            answer = ask(through(line), timeout_s=1)
            outcomes["answered" if answer.status_code == 200 else "refused"] += 1
        except (httpx2.HTTPError, UnicodeDecodeError):
            outcomes["lost"] += 1

    assert line.flipped > 20
    assert outcomes["refused"] > 2, outcomes
    assert ask(url).status_code == 200
    assert len(face.jobs()) == asked


def test_ten_thousand_connections_to_a_server_leave_it_as_it_was(url: str) -> None:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 0)
    (server,) = [one for one in processes_of(find_paths().data.parent) if "--http" in one.cmdline()]

    def connect(many: int) -> None:
        for _ in range(many // AT_ONCE):
            with contextlib.ExitStack() as open_ones:
                for number in range(AT_ONCE):
                    connection = open_ones.enter_context(socket.create_connection(address, 30))
                    if number % 4 == 0:
                        connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")

    memory_mib = []
    for _ in range(5):
        connect(CONNECTIONS // 5)
        until(lambda: server.num_fds() < 60, "its descriptors are closed")
        memory_mib.append(server.memory_info().rss / 2**20)

    assert memory_mib[-1] - memory_mib[1] < GROWTH_MIB_MAX, memory_mib
    assert ask(url).status_code == 200
