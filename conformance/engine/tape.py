"""The HTTP client of a replay, which raises an exception for every request instead of sending it."""

from __future__ import annotations

from typing import Any, Self

from conformance.wire import Exchange, Limits, Request, WebSocket


class NotRecorded(Exception):
    """Raised in a replay: the recorded run has no response to the request, and a replay sends no requests."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"the recording has no answer to this request ({request.method} {request.url})")


class Tape:
    """Replaces `wire.HttpClient`.

    The engine of a replay looks up recorded exchanges itself, and calls a `Tape` only for a request that has no
    recorded exchange.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        pass

    async def send(self, request: Request, **_how: Any) -> Exchange:
        """Raises `NotRecorded`."""
        raise NotRecorded(request)

    def dial(self, request: Request) -> WebSocket:
        """Return a WebSocket that is never opened, because a replay reads its turns from the recorded exchanges."""
        return WebSocket(request, Limits())
