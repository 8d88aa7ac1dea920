"""What a ComfyUI server is asked and told over HTTP, and what its refusals mean."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import httpx2

from pixels_mcp.documents import parse_json
from pixels_mcp.engines.comfyui.server_url import ServerUrl
from pixels_mcp.errors import (
    GraphRefusedError,
    NotComfyError,
    OldServerError,
    ServerGoneError,
    ServerLoginError,
)
from pixels_mcp.next_steps import NextStep
from pixels_mcp.told_apart import JsonObject, is_table

logging.getLogger("httpx2").setLevel(logging.WARNING)  # it tells every call

Json: TypeAlias = Any
Graph: TypeAlias = dict[str, JsonObject]
"""A workflow in API form: node id -> `class_type`, `inputs`, `_meta`."""

OLDEST = (0, 3, 57)
"""From here on one drawing can be stopped without stopping those of others."""

CONNECT_S, ANSWER_S = 5.0, 20.0
_SAID_MAX = 300
UPLOAD_FOLDER = "pixels-mcp"


@dataclass(frozen=True)
class ServerFacts:
    """A server as it is now; memory in bytes."""

    version: str
    device_kind: str
    device_name: str
    memory_free: int
    memory_total: int


class StatusError(Exception):
    """The server answered with a status that the caller knows a way around, or passes on."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status, self.body = status, body


class ComfyHttp:
    """One server; used from one thread at a time.

    Args:
        url: Where it is.
        headers: For a server behind a login, such as `{"Authorization": "Bearer ..."}`; ComfyUI itself knows none.
        answer_s: How long an answer may take.
    """

    def __init__(self, url: ServerUrl, headers: Mapping[str, str], *, answer_s: float = ANSWER_S) -> None:
        self.url = url
        self.headers = ({"Authorization": url.login} if url.login else {}) | dict(headers)
        self._client = httpx2.Client(
            headers=self.headers,
            timeout=httpx2.Timeout(answer_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=not url.is_near,  # a proxy of the environment is not for this machine
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def facts(self) -> ServerFacts:
        """Ask what the server is.

        Raises:
            ServerGoneError, NotComfyError, ServerLoginError: Nobody answers, somebody else does, a login is missing.
            OldServerError: It is older than what can be worked with.
        """
        path = "/system_stats"
        try:
            said = self.get(path)
        except StatusError as error:
            raise self._stranger(f"GET {path} gave {error.status}") from error
        system = said.get("system") if is_table(said) else None
        if not is_table(said) or not is_table(system):
            raise self._stranger(f"its {path} tells of no system")
        version = str(system.get("comfyui_version") or "")
        if not version and "python_version" not in system:
            raise self._stranger(f"its {path} tells of no comfyui_version")
        if numbers_of(version) < OLDEST:
            raise OldServerError(
                f"the ComfyUI at {self.url.http} is {version or 'so old that it tells no version'}, "
                f"{'.'.join(map(str, OLDEST))} is needed: older ones cannot stop one drawing alone",
                hint="update ComfyUI and start it again",
            )
        devices: list[JsonObject] = said.get("devices") or [{}]
        return ServerFacts(
            version=version,
            device_kind=str(devices[0].get("type", "")),
            device_name=str(devices[0].get("name", "")),
            memory_free=int(devices[0].get("vram_free") or 0),
            memory_total=int(devices[0].get("vram_total") or 0),
        )

    def get(self, path: str, **query: str) -> Json:
        """Ask for JSON.

        Raises:
            StatusError: Another status than 200.
            ServerGoneError, NotComfyError, ServerLoginError: As `facts`.
        """
        return self._json(path, self._call("GET", path, params=query))

    def post(self, path: str, body: Json) -> Json:
        """Tell JSON; the answer is None where it is empty. Raises as `get`."""
        answer = self._call("POST", path, json=body)
        return self._json(path, answer) if answer else None

    def picture(self, place: Mapping[str, str]) -> bytes | None:
        """The bytes of a drawn file; None where somebody removed it."""
        try:
            query = {key: str(place.get(key, "")) for key in ("filename", "subfolder", "type")}
            return self._call("GET", "/view", params=query)
        except StatusError as error:
            if error.status == 404:
                return None
            raise self._stranger(f"GET /view gave {error.status}") from error

    def upload(self, png: bytes) -> str:
        """Put a picture where `LoadImage` takes it; returns the name to give that node.

        It goes to the server's temp folder under the hash of its bytes: nothing piles up among the person's inputs,
        the server empties that folder itself, and its cache knows the same picture again.
        """
        name = f"{hashlib.sha256(png).hexdigest()[:32]}.png"
        words = {"type": "temp", "subfolder": UPLOAD_FOLDER, "overwrite": "true"}
        try:
            answer = self._call("POST", "/upload/image", data=words, files={"image": (name, png, "image/png")})
        except StatusError as error:
            raise GraphRefusedError(
                f"ComfyUI at {self.url.http} does not take a picture of {len(png)} bytes: status {error.status}",
                hint="a proxy in between may limit uploads; see ComfyUI's log",
            ) from error
        kept = self._json("/upload/image", answer)
        return f"{kept['subfolder']}/{kept['name']} [{kept['type']}]"

    def _call(self, method: str, path: str, **content: Any) -> bytes:
        try:
            answer = self._client.request(method, self.url.http + path, **content)
        except httpx2.HTTPError as error:
            raise gone(self.url, error) from error
        if answer.status_code in (401, 403, 407):
            raise ServerLoginError(
                f"{self.url.http} wants a login: status {answer.status_code}",
                hint="give it in the setting comfyui_headers, for example { Authorization = 'Bearer ...' }",
            )
        if answer.is_redirect:
            raise self._stranger(f"it sends on to {answer.headers.get('location', 'nowhere')}")
        if answer.status_code in (502, 503, 504):  # a proxy whose ComfyUI is away
            raise gone(self.url, f"status {answer.status_code}")
        if answer.status_code != 200:
            raise StatusError(answer.status_code, answer.content)
        return answer.content

    def _json(self, path: str, body: bytes) -> Json:
        try:
            return parse_json(body)
        except ValueError as error:
            raise self._stranger(f"{path} gave no JSON") from error

    def _stranger(self, what: str) -> NotComfyError:
        return NotComfyError(
            f"what answers at {self.url.http} is no ComfyUI: {what}",
            hint="set comfyui_url to the address that ComfyUI prints at its start",
            steps=[NextStep("list_settings")],
        )


def gone(url: ServerUrl, why: object) -> ServerGoneError:
    """The error of a server that does not answer."""
    return ServerGoneError(
        f"no ComfyUI answers at {url.http}: {_cut(str(why)) or type(why).__name__}",
        hint="start ComfyUI, or set comfyui_url to where it is",
        steps=[NextStep("check_installation")],
    )


def numbers_of(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 0.30.0 is newer than 0.3.75."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def refusal_of(body: bytes) -> str:
    """Why a graph was refused, in a sentence: which nodes, and what is wrong with them."""
    try:
        said = parse_json(body)
    except ValueError:
        return "it gives no reason; see its log"
    said = cast("JsonObject", said if isinstance(said, dict) else {})
    problems = node_problems(said.get("node_errors") or {})
    error: Any = said.get("error") or {}
    words = error if isinstance(error, str) else f"{error.get('message', '')} {error.get('details', '')}".strip()
    return problems or _cut(words) or "it gives no reason; see its log"


def node_problems(nodes: Mapping[str, Any]) -> str:
    """What is wrong with the nodes of a graph; lists of files that the server prints along are cut."""
    return "; ".join(
        f"node {number} ({node.get('class_type', '?')}): {problem.get('message', '')}: "
        f"{_cut(problem.get('details', ''))}"
        for number, node in nodes.items()
        for problem in node.get("errors", ())
    )


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SAID_MAX else f"{text[:_SAID_MAX]}..."
