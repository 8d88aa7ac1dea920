"""Many clients at once over HTTP, and strangers that are kept out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from typer.testing import CliRunner

from helpers.http_servers import http_client, http_server, raw_connection
from helpers.mcp_faces import FACE_ASKED, run_async, server_here, text_of
from pixels_mcp.cli import app
from pixels_mcp.errors import InvalidArgumentError, SettingsError
from pixels_mcp.http_address import HttpAddress, open_socket
from pixels_mcp.mcp_server.transports.gate import Gate
from pixels_mcp.mcp_server.transports.http_server import known_hosts, reaches_others
from pixels_mcp.mcp_server.transports.rates import RateLimit
from pixels_mcp.mcp_server.transports.tokens import TokenShelf
from pixels_mcp.paths import find_paths

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(tmp_path_factory.mktemp("home")))
        with http_server() as url:
            yield url


def post(url: str, **changed: Any) -> httpx2.Response:
    headers = {**ACCEPT, **changed.pop("headers", {})}
    sent: dict[str, Any] = {"json": INITIALIZE} | changed
    return httpx2.post(url, headers=headers, timeout=30, **sent)


def test_fifty_clients_of_both_eras_are_served_at_once(url: str) -> None:
    answers: list[str] = []

    async def use(number: int) -> None:
        async with http_client(url, "legacy" if number % 2 else "auto") as client:
            answer = await client.call_tool("view_sprite", {"sprite_ids": [f"stone-{number:04}.1"]})
            answers.append(text_of(answer))

    @run_async
    async def all_at_once() -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(50):
                tasks.start_soon(use, number)

    all_at_once()
    assert sorted(answer.split("stone-")[1][:4] for answer in answers) == [f"{number:04}" for number in range(50)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8931"}, 200),
        ({"Origin": "http://localhost:6274"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
    ],
)
def test_a_page_of_another_site_cannot_call_it(url: str, headers: dict[str, str], status: int) -> None:
    answer = post(url, headers=headers)

    assert answer.status_code == status
    if status != 200:
        assert "--allow-host" in answer.json()["next"]


def test_a_body_of_100_megabytes_is_refused_whether_its_length_is_told_or_not(url: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 2**20

    told = raw_connection(url, head(url, f"Content-Length: {100 * 2**20}") + b"{" * 1_000)
    assert told.recv(64).startswith(b"HTTP/1.1 413")
    told.close()
    try:
        status = post(url, json=None, content=chunks(), headers={"Content-Type": "application/json"}).status_code
    except httpx2.NetworkError:
        status = 413  # it was told, and closed, while this side still sent
    assert status == 413
    assert post(url).status_code == 200


def head(url: str, *lines: str) -> bytes:
    parts = urlsplit(url)
    first = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    return (first + "Accept: application/json, text/event-stream\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


def test_half_a_body_and_a_client_that_never_reads_hold_up_nobody(url: str) -> None:
    body = json.dumps(INITIALIZE).encode()
    half = [raw_connection(url, head(url, f"Content-Length: {len(body)}") + body[:20]) for _ in range(5)]
    deaf = raw_connection(url, (head(url, f"Content-Length: {len(body)}") + body) * 40)

    began_s = time.monotonic()
    assert post(url).status_code == 200
    assert time.monotonic() - began_s < 20
    for connection in (*half, deaf):
        connection.close()
    assert post(url).status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"{", 400), (b"[1]", 400), (b'{"jsonrpc": "2.0"}', 400), (b"\xff\xfe", 400), (b"", 400)],
)
def test_a_body_that_is_no_message_is_answered(url: str, sent: bytes, status: int) -> None:
    answer = post(url, json=None, content=sent, headers={"Content-Type": "application/json"})

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@run_async
async def test_half_a_body_is_answered_when_its_time_is_over() -> None:
    sent: list[Any] = []

    async def swallow(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    async def receive() -> Any:
        if sent == []:
            sent.append("half")
            return {"type": "http.request", "body": b"{", "more_body": True}
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    gate = Gate(swallow, hosts=["127.0.0.1"], tokens=None, body_within_s=0.05)
    await gate({"type": "http", "method": "POST", "path": "/mcp", "headers": [(b"host", b"127.0.0.1")]}, receive, send)

    assert sent[1]["status"] == 408


def test_an_address_that_asks_too_much_is_told_when_to_come_again() -> None:
    now_s = 0.0
    limit = RateLimit(per_s=2, burst=3, clock=lambda: now_s)

    for _ in range(3):
        assert limit.wait_s("a") == 0
        limit.take("a")
    assert limit.wait_s("a") == 0.5
    assert limit.wait_s("b") == 0
    now_s = 0.5
    assert limit.wait_s("a") == 0


@run_async
async def test_requests_beyond_the_limit_get_a_retry_after() -> None:
    statuses: list[int] = []
    headers: dict[bytes, bytes] = {}

    async def fine(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
            headers.update(message["headers"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    gate = Gate(fine, hosts=["127.0.0.1"], tokens=None, requests=RateLimit(per_s=0.1, burst=2))
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": [(b"host", b"127.0.0.1")]}
    for _ in range(3):
        await gate(dict(scope, client=("10.0.0.7", 1)), receive, send)

    assert statuses == [200, 200, 429]
    assert 1 <= int(headers[b"retry-after"]) <= 10


@pytest.mark.usefixtures("home")
def test_a_token_is_told_once_kept_hashed_and_refused_from_its_revocation_on() -> None:
    shelf = TokenShelf(find_paths())
    token = shelf.new("laptop")
    kept = [file.read_text() for file in find_paths().config.rglob("*") if file.is_file()]
    with pytest.raises(InvalidArgumentError, match="already"):
        shelf.new("laptop")
    for name in ("", "../evil", "A B", "x" * 65, "nul\0"):
        with pytest.raises(InvalidArgumentError):
            shelf.new(name)

    assert all(token not in text for text in kept)
    assert find_paths().config.joinpath("tokens").stat().st_mode & 0o777 == 0o700
    with http_server("--allow-host", "sprites.example") as url:
        assert post(url).status_code == 401
        assert "pixels-mcp token new" in post(url).json()["next"]
        assert post(url, headers={"Authorization": f"Bearer {token}x"}).status_code == 401
        assert post(url, headers={"Authorization": f"Basic {token}"}).status_code == 401
        mine = {"Authorization": f"Bearer {token}"}
        opened = post(url, headers=mine)
        assert opened.status_code == 200
        other = {"Authorization": f"Bearer {shelf.new('desktop')}", "Mcp-Session-Id": opened.headers["mcp-session-id"]}
        assert post(url, headers=other).status_code == 404, "a session belongs to its token"
        assert post(url, headers={**mine, "Host": "sprites.example"}).status_code == 200
        shelf.revoke("laptop")
        assert post(url, headers=mine).status_code == 401
        statuses = [post(url, headers={"Authorization": "Bearer guess"}).status_code for _ in range(12)]
        assert statuses[0] == 401
        assert statuses[-1] == 429, "guessing is slowed down"


@pytest.mark.usefixtures("home")
def test_the_commands_make_show_and_revoke_tokens() -> None:
    run = CliRunner()
    token = run.invoke(app, ["token", "new", "laptop"]).stdout.strip()
    listed = run.invoke(app, ["token", "list", "--json"])
    revoked = run.invoke(app, ["token", "revoke", "laptop"])
    again = run.invoke(app, ["token", "revoke", "laptop"])

    assert token.startswith("pxm_")
    assert json.loads(listed.stdout)[0]["name"] == "laptop"
    assert token not in listed.stdout
    assert revoked.exit_code == 0
    assert again.exit_code != 0
    assert TokenShelf(find_paths()).list() == []


@pytest.mark.parametrize(
    "text", ["", "8931", "localhost", "host:", "a:b", "1.2.3.4:99999", "::1:80", "http://a:1", "a b:1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match="HOST:PORT"):
        HttpAddress.read(text)


def test_an_address_beyond_this_machine_needs_tokens_and_knows_its_names() -> None:
    with open_socket(HttpAddress.read("0.0.0.0:0")) as wide, open_socket(HttpAddress.read("127.0.0.1:0")) as narrow:
        assert reaches_others(wide, [])
        assert reaches_others(narrow, ["sprites.example"])
        assert not reaches_others(narrow, [])
        assert known_hosts(narrow, []) == ["127.0.0.1", "localhost", "[::1]"]
        assert len(known_hosts(wide, ["sprites.example"])) > 5
        with pytest.raises(SettingsError, match="cannot listen"):
            open_socket(HttpAddress("127.0.0.1", narrow.getsockname()[1]))


@pytest.mark.usefixtures("home")
def test_it_does_not_start_beyond_this_machine_without_a_token() -> None:
    refused = CliRunner().invoke(app, ["serve", "--http", "0.0.0.0:0"])

    assert refused.exit_code != 0
    assert isinstance(refused.exception, SettingsError | SystemExit)


@pytest.mark.usefixtures("home")
@run_async
async def test_a_server_that_only_reads_has_no_tool_that_changes_anything() -> None:
    async with server_here(read_only=True) as client:
        tools = (await client.list_tools()).tools
        refused = await client.call_tool("deploy_to_bevy", {"sprite_id": "ruby-potion-0001.1"})

    assert {"view_sprite", "get_status", "list_models"} <= {tool.name for tool in tools}
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
    assert refused.is_error
    assert "--read-only" in text_of(refused)


@pytest.mark.usefixtures("home")
@run_async
async def test_every_call_that_changes_things_is_in_the_audit_log() -> None:
    async with server_here() as client:
        await client.call_tool("view_sprite", {"sprite_ids": ["ruby-potion-0001.1"]})
        await client.call_tool("deploy_to_bevy", {"sprite_id": "ruby-potion-0001.1", "name": "ruby\nforged line"})
    file = find_paths().audit_file
    (line,) = [json.loads(line) for line in file.read_text("utf-8").splitlines()]

    assert (line["tool"], line["outcome"]) == ("deploy_to_bevy", "refused")
    assert line["over"] == ("http" if FACE_ASKED == "http" else "stdio")
    assert json.loads(line["arguments"])["sprite_id"] == "ruby-potion-0001.1"
    assert line["error"]
    assert line["time"].endswith("Z")
    assert file.stat().st_mode & 0o777 == 0o600
