"""The HTTP client of a replay, which sends nothing and raises an exception for requests without a recorded response."""

from __future__ import annotations

from typing import Any, Self

from conformance.wire import Exchange, Limits, Request, WebSocket


class NotRecorded(Exception):
    """The recording has no response to a request, and a replay sends nothing."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"the recording has no answer to this request ({request.method} {request.url})")


class Tape:
    """Replaces `wire.HttpClient`.

    The engine looks up recorded exchanges itself and calls this client only if there is none.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        pass

    async def send(self, request: Request, **_how: Any) -> Exchange:
        """Raises `NotRecorded`."""
        raise NotRecorded(request)

    def dial(self, request: Request) -> WebSocket:
        """Return a WebSocket that is never opened, because its turns are recorded exchanges."""
        return WebSocket(request, Limits())
