"""What a request over HTTP passes before the protocol sees it: Host, Origin, rates, a token, and a body in time."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import anyio
import anyio.to_thread
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.mcp_server.transports.rates import RateLimit
from pixels_mcp.mcp_server.transports.tokens import TokenShelf
from pixels_mcp.next_steps import NextStep, in_words

log = logging.getLogger(__name__)

REQUESTS_PER_S, REQUESTS_AT_ONCE = 100.0, 500.0
"""Of one address."""
WRONG_TOKENS_PER_S, WRONG_TOKENS_AT_ONCE = 1 / 6, 10.0
"""Of one address; 256 bits are not guessed, but nobody shall fill the log trying."""
BODY_WITHIN_S = 30.0


class BodyTooSlow(Exception):
    """The rest of a request's body did not come in time."""


class Gate:
    """The first thing that a request meets.

    Args:
        app: The protocol.
        hosts: Names under which this server may be called, without a port; a page of any other site is refused.
        tokens: Who may come; None lets everybody in that reaches the address.
        requests: How much one address may ask.
        body_within_s: Seconds for a request's whole body.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Sequence[str],
        tokens: TokenShelf | None,
        requests: RateLimit | None = None,
        body_within_s: float = BODY_WITHIN_S,
    ) -> None:
        self._app = app
        self._security = TransportSecurityMiddleware(security_settings(hosts))
        self._tokens = tokens
        self._requests = requests or RateLimit(REQUESTS_PER_S, REQUESTS_AT_ONCE)
        self._wrong_tokens = RateLimit(WRONG_TOKENS_PER_S, WRONG_TOKENS_AT_ONCE)
        self._body_within_s = body_within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._refuse(Request(scope))
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        answered = False

        async def watch(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, self._in_time(receive), watch)
        except BodyTooSlow:
            log.info("a request's body did not come within %.0f s", self._body_within_s)
            if not answered:
                words = f"the rest of the body did not come within {self._body_within_s:.0f} s"
                await _refusal(408, words, "send it whole", {"Connection": "close"})(scope, receive, send)

    async def _refuse(self, request: Request) -> Response | None:
        address = request.client.host if request.client else ""
        if wait_s := self._requests.wait_s(address):
            return _too_many("requests", wait_s)
        self._requests.take(address)
        foreign = await self._security.validate_request(request)
        if foreign is not None:
            return _refusal(
                foreign.status_code,
                "this server is not called by that name, or from that page",
                in_words("call it by its address", [NextStep("allow_host")], TOOL_PHRASES),
            )
        return None if self._tokens is None else await self._refuse_stranger(request, address, self._tokens)

    async def _refuse_stranger(self, request: Request, address: str, tokens: TokenShelf) -> Response | None:
        if wait_s := self._wrong_tokens.wait_s(address):
            return _too_many("wrong tokens", wait_s)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        owner = await anyio.to_thread.run_sync(tokens.find, token.strip()) if scheme.lower() == "bearer" else None
        if owner is None:
            if token:
                self._wrong_tokens.take(address)
                log.warning("%s came with a wrong token", address)
            return _refusal(
                401,
                "this token is not known" if token else "a token is needed",
                in_words("", [NextStep("make_token")], TOOL_PHRASES),
                {"WWW-Authenticate": 'Bearer realm="pixels-mcp"'},
            )
        request.scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=owner.name, scopes=[]))
        return None

    def _in_time(self, receive: Receive) -> Receive:
        """Wait for the body as long as is allowed, and for a disconnect for ever."""
        deadline_s, whole = anyio.current_time() + self._body_within_s, False

        async def next_message() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            with anyio.move_on_at(deadline_s) as scope:
                message = await receive()
                whole = not message.get("more_body", False)
                return message
            raise BodyTooSlow(scope.cancelled_caught)

        return next_message


def security_settings(hosts: Sequence[str]) -> TransportSecuritySettings:
    """The SDK's Host and Origin rules: these names, with any port."""
    return TransportSecuritySettings(
        allowed_hosts=[spelling for host in hosts for spelling in (host, f"{host}:*")],
        allowed_origins=[
            spelling
            for host in hosts
            for scheme in ("http", "https")
            for spelling in (f"{scheme}://{host}", f"{scheme}://{host}:*")
        ],
    )


def _too_many(what: str, wait_s: float) -> Response:
    wait = str(math.ceil(wait_s))
    return _refusal(429, f"too many {what}", f"wait {wait} s", {"Retry-After": wait})


def _refusal(status: int, words: str, hint: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": words, "next": hint}, status_code=status, headers=headers)
