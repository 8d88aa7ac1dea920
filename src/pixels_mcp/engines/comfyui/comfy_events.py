"""What a ComfyUI server tells over its WebSocket: whose job stands where, and small pictures on the way."""

from __future__ import annotations

import contextlib
import json
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pixels_mcp.documents import parse_json
from pixels_mcp.engines.comfyui.comfy_http import gone
from pixels_mcp.engines.comfyui.server_url import ServerUrl
from pixels_mcp.errors import EngineError, ServerGoneError
from pixels_mcp.told_apart import is_table

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

CONNECT_S = 10.0
ENDS = ("execution_success", "execution_error", "execution_interrupted")


@dataclass(frozen=True)
class NodeBegun:
    """A node of a job is worked on."""

    job: str
    node: str


@dataclass(frozen=True)
class NodeStep:
    """A node of a job did step `step` of `steps`."""

    job: str
    node: str
    step: int
    steps: int


@dataclass(frozen=True)
class NodePreview:
    """What a job looks like: JPEG or PNG. `job` is None where the server does not say whose it is."""

    job: str | None
    picture: bytes


@dataclass(frozen=True)
class JobEnded:
    """A job ended, in whatever way; the history tells how, a moment later."""

    job: str


ComfyEvent = NodeBegun | NodeStep | NodePreview | JobEnded


class EventSocket:
    """The socket, opened when it is first listened to and again after it was cut.

    The server tells a job's events to the one id that sent it. Two sockets of one id make both fall silent, so ours is
    closed before another is opened, and the id is used by nobody else.
    """

    def __init__(self, url: ServerUrl, headers: Mapping[str, str]) -> None:
        self._url, self._headers = url, dict(headers)
        self.client_id = uuid.uuid4().hex
        self._socket: ClientConnection | None = None
        self._held = contextlib.ExitStack()

    def open(self) -> ClientConnection:
        """Open it where it is not; what happens before is told to nobody.

        Raises:
            ServerGoneError: Nobody answers.
            EngineError: The library for it is not installed.
        """
        if self._socket is not None:
            return self._socket
        try:
            from websockets.exceptions import InvalidHandshake
            from websockets.sync.client import connect
        except ImportError as error:
            raise EngineError(
                "drawing through ComfyUI needs the package websockets", hint="pip install 'pixels-mcp[comfyui]'"
            ) from error
        try:
            # No limit: pictures pass here. No Origin: with one that differs from the host ComfyUI answers 403.
            self._socket = self._held.enter_context(
                connect(
                    f"{self._url.websocket}?clientId={self.client_id}",
                    additional_headers=self._headers,
                    max_size=None,
                    origin=None,
                    open_timeout=CONNECT_S,
                    close_timeout=1,
                    proxy=None if self._url.is_near else True,
                )
            )
            # Must be the first message; asks for previews that say whose they are.
            self._socket.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
        except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
            self.close()
            raise gone(self._url, error) from error
        return self._socket

    def hear(self, wait_s: float) -> ComfyEvent | None:
        """The next event that matters; None where nothing came in time, or nothing that matters.

        Raises:
            ServerGoneError: The connection was cut, or cannot be made.
        """
        socket = self.open()
        from websockets.exceptions import ConnectionClosed

        try:
            message = socket.recv(wait_s)
        except TimeoutError:
            return None
        except (ConnectionClosed, OSError, EOFError) as error:
            self.close()
            raise gone(self._url, error) from error
        return read_picture(message) if isinstance(message, bytes) else read_event(message)

    def close(self) -> None:
        """Close it; the next `hear` opens another."""
        self._socket = None
        held, self._held = self._held, contextlib.ExitStack()
        with contextlib.suppress(OSError, ServerGoneError):
            held.close()


def read_event(text: str) -> ComfyEvent | None:
    """Read a message of text; what is of no use here, or not as it should be, is None."""
    try:
        said = parse_json(text)
    except ValueError:
        return None
    data: Any = said.get("data") if is_table(said) else None
    if not is_table(said) or not is_table(data) or not isinstance(job := data.get("prompt_id"), str):
        return None
    kind, node = said.get("type"), data.get("node")
    if kind in ENDS or (kind == "executing" and node is None):
        return JobEnded(job)
    if not isinstance(node, str):
        return None
    if kind == "executing":
        return NodeBegun(job, node)
    if kind == "progress" and isinstance(data.get("value"), int | float) and isinstance(data.get("max"), int | float):
        return NodeStep(job, node, int(data["value"]), int(data["max"]))
    return None


def read_picture(message: bytes) -> NodePreview | None:
    """Read a binary message: event 1 is a kind and a picture, event 4 JSON (whose it is) and a picture."""
    if len(message) < 8:
        return None
    event, number = struct.unpack_from(">II", message)
    if event == 1:
        return NodePreview(None, message[8:])
    if event != 4 or len(message) < 8 + number:
        return None
    try:
        about = parse_json(message[8 : 8 + number])
    except ValueError:
        return None
    job = about.get("prompt_id") if is_table(about) else None
    return NodePreview(job, message[8 + number :]) if isinstance(job, str) else None
