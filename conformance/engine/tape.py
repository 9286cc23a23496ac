"""The HTTP client of a replay: it sends nothing, so requests without a recorded answer raise."""

from __future__ import annotations

from typing import Any, Self

from conformance.wire import Exchange, Limits, Request, WebSocket


class NotRecorded(Exception):
    """The recording has no answer to a request, and a replay sends nothing."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"the recording has no answer to this request ({request.method} {request.url})")


class Tape:
    """Replaces `wire.HttpClient`. The engine searches the recorded exchanges before it calls its client."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        pass

    async def send(self, request: Request, **_how: Any) -> Exchange:
        """Raises `NotRecorded`."""
        raise NotRecorded(request)

    def dial(self, request: Request) -> WebSocket:
        """Return a connection that is never opened, because its turns are recorded exchanges."""
        return WebSocket(request, Limits())
