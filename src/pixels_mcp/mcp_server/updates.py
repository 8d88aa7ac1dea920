"""Telling clients that a resource changed, in both eras of the protocol."""

from __future__ import annotations

import logging
from typing import Any

import anyio
from mcp.server import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated
from mcp.types import EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

log = logging.getLogger(__name__)

SUBSCRIPTIONS_MAX = 1_024
"""Of clients with a handshake, over all of them; the oldest is dropped for one more, and its client has to ask."""
_PATIENCE_S = 5.0


class ResourceUpdates:
    """Who wants to hear of which resource.

    Clients without a handshake listen on `bus` (`subscriptions/listen`); those with one name each address
    (`resources/subscribe`) and are told over their session.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._sessions: dict[tuple[str, object], ServerSession] = {}

    async def publish(self, uri: str) -> None:
        """Tell everybody who subscribed to an address; a client that is gone or does not read is dropped."""
        await self.bus.publish(ResourceUpdated(uri=uri))
        for key, session in [one for one in self._sessions.items() if one[0][0] == uri]:
            try:
                with anyio.fail_after(_PATIENCE_S):
                    await session.send_resource_updated(uri)
            except Exception as error:
                log.info("a subscriber of %s is dropped: %r", uri, error)
                self._sessions.pop(key, None)

    def subscribed_uris(self) -> set[str]:
        """Addresses that clients with a handshake named."""
        return {uri for uri, _ in self._sessions}

    async def subscribe(self, context: ServerRequestContext[Any, Any], params: SubscribeRequestParams) -> EmptyResult:
        """Answer `resources/subscribe`."""
        while len(self._sessions) >= SUBSCRIPTIONS_MAX:
            self._sessions.pop(next(iter(self._sessions)))
        self._sessions[str(params.uri), _client_of(context)] = context.session
        return EmptyResult()

    async def unsubscribe(
        self, context: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams
    ) -> EmptyResult:
        """Answer `resources/unsubscribe`; one that never subscribed is left as it is."""
        self._sessions.pop((str(params.uri), _client_of(context)), None)
        return EmptyResult()


def _client_of(context: ServerRequestContext[Any, Any]) -> object:
    """What stays the same over one client's session, whatever carries it."""
    headers = getattr(context.request, "headers", {})
    return headers.get("mcp-session-id") or id(context.session.client_params)
