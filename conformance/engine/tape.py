"""The transport of a replay: it sends nothing, so what the recording does not hold is not there."""

from __future__ import annotations

from typing import Any, Self

from conformance.wire import Exchange, Limits, Request, WebSocket


class NotRecorded(Exception):
    """The recording has no answer to a request, and a replay sends nothing."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"the recording has no answer to this request ({request.method} {request.url})")


class Tape:
    """Takes the place of a `wire.HttpClient`. The engine looks for a recorded exchange before it asks its transport."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        pass

    async def send(self, request: Request, **_how: Any) -> Exchange:
        """Raises `NotRecorded`."""
        raise NotRecorded(request)

    def dial(self, request: Request) -> WebSocket:
        """A connection that is never opened: its turns are recorded exchanges, too."""
        return WebSocket(request, Limits())
