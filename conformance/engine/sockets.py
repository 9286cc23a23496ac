"""The client for the Responses API over WebSockets: it sends `response.create` messages on one connection at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from conformance.engine.clients import encode
from conformance.engine.responses import Input, Responses
from conformance.reply import ResponseReply
from conformance.reply.responses import ends_turn
from conformance.wire import Exchange, Request, WebSocket

Speak = Callable[[WebSocket, Request, Callable[[str], bool]], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class Sockets:
    """Opens WebSocket connections to the Responses API.

    A response is stored only if a probe requests it, and every request body has an output limit.
    """

    responses: Responses
    dial: Callable[[Request], WebSocket]
    speak: Speak

    def connection(self, *, key: bool = True) -> Connection:
        """Return a WebSocket connection for `async with`, with or without the target's API key.

        The first turn on the WebSocket opens the connection. Raises `NoSuchOperation` if the profile has no WebSocket
        operation.
        """
        upgrade = self.responses.http.request("GET", "responses_socket", headers={"accept": ""}, key=key)
        upgrade = Request("GET", upgrade.url.replace("http", "ws", 1), upgrade.headers)
        return Connection(self, upgrade, self.dial(upgrade))


class Connection:
    """One WebSocket connection.

    Each turn (messages sent, and the messages that answer them) is recorded as an exchange; see
    `conformance.wire.websocket`.
    """

    def __init__(self, sockets: Sockets, upgrade: Request, socket: WebSocket) -> None:
        self._sockets = sockets
        self._upgrade = upgrade
        self._socket = socket

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._socket.close()

    async def create(self, input: Input, **params: Any) -> ResponseReply:
        """Send a `response.create` message for `input`, with the parameters and defaults of `Responses` except `stream`."""
        return ResponseReply(await self._say(self._message(input, **params)))

    async def create_all(self, *inputs: Input, **params: Any) -> Exchange:
        """Send several messages at once and return all messages that answer them."""
        return await self._say(*(self._message(input, **params) for input in inputs))

    def _message(self, input: Input, **params: Any) -> bytes:
        body = self._sockets.responses.body(input, **params)
        return encode({"type": "response.create", **{name: body[name] for name in body if name != "stream"}})

    async def _say(self, *messages: bytes) -> Exchange:
        said = Request("GET", self._upgrade.url, self._upgrade.headers, b"\n".join(messages))
        return await self._sockets.speak(self._socket, said, ends_turn)
