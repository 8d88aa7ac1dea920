"""The page that Prometheus reads: `http://HOST:PORT/metrics`, on a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry, make_asgi_app  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from pixels_mcp.errors import InvalidArgumentError, SettingsError
from pixels_mcp.http_address import HttpAddress, open_socket

PATH = "/metrics"
_CONNECTIONS_MAX = 32
_ENDS_WITHIN_S = 2


def listen_for_metrics(address: str) -> socket.socket:
    """Take the address that the setting `metrics_listen` names, before anything else starts.

    Raises:
        AddressTakenError: Another program listens there.
        SettingsError: It is no address, or not one of this machine.
    """
    try:
        where = HttpAddress.read(address)
    except InvalidArgumentError as error:
        raise SettingsError(f"metrics_listen: {error.message}", hint=error.hint) from error
    try:
        return open_socket(where)
    except SettingsError as error:
        raise type(error)(
            f"metrics_listen: {error.message}", hint=f"{error.hint}; or take the setting out: nothing is lost"
        ) from error


class Exporter:
    """Serves a registry until it is closed.

    Args:
        listening: See `listen_for_metrics`; closed at the end.
    """

    def __init__(self, registry: CollectorRegistry, listening: socket.socket) -> None:
        self._listening = listening
        # Numbers alone are told, and no request changes anything: a body is not read, long headers are refused.
        self._server = uvicorn.Server(
            uvicorn.Config(
                _only_metrics(make_asgi_app(registry)),
                log_config=None,
                access_log=False,
                lifespan="off",
                limit_concurrency=_CONNECTIONS_MAX,
                timeout_graceful_shutdown=_ENDS_WITHIN_S,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="metrics", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._listening.getsockname()[:2]
        return f"http://[{host}]:{port}{PATH}" if ":" in host else f"http://{host}:{port}{PATH}"

    def close(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._thread.join(_ENDS_WITHIN_S * 2)
        self._listening.close()


def _only_metrics(metrics: Any) -> Any:
    """Every other path is told where the numbers are."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == PATH:
            await metrics(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": f"the numbers are at {PATH}\n".encode()})

    return app
