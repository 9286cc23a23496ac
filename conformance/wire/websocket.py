"""A WebSocket connection to the target that records each turn as an exchange."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from conformance.wire.exchange import Event, Exchange, Failure, FailureKind, Request, Timing, UnsendableRequestError
from conformance.wire.limits import Limits
from conformance.wire.messages import body_of
from conformance.wire.route import Route
from conformance.wire.tokens import Tokens

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.datastructures import Headers
    from websockets.exceptions import ConnectionClosed
    from websockets.http11 import Response

CLOSE_S = 1.0
"""Seconds that the target has for its close frame."""


class WebSocket:
    """One WebSocket connection, opened at its first turn.

    Failures and invalid data of the target are recorded in exchanges; they never raise an exception.

    The exchange of a turn has the headers of the upgrade request and of its response. `status` is 101 if the target
    accepted the upgrade; otherwise `status` and `body` come from the rejection. The request body of a turn has the sent
    messages, one per line; the events of its exchange are the received messages. If the connection breaks during a
    turn, the exchange has a `failure`, and all later turns fail at once. The WebSocket client follows no redirects,
    ignores proxies in the environment, and uses no compression. A WebSocket supports one turn at a time, in one event
    loop.
    """

    def __init__(
        self,
        request: Request,
        limits: Limits,
        context: ssl.SSLContext | None = None,
        route: Route | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        """`request` is the upgrade, with a `ws` URL and the headers to send in addition to the protocol's.

        `context` is for `wss`; `route` may name a proxy; `tokens` replace their placeholder, and an upgrade that was
        rejected with an expired token is tried again.
        """
        if not request.on_socket:
            raise UnsendableRequestError(f"the URL {request.url!r} needs ws:// or wss://")
        self._request = request
        self._limits = limits
        self._context = context
        self._route = route or Route()
        self._asked = request
        self._tokens = tokens
        self._connection: ClientConnection | None = None
        self._head: tuple[int | None, tuple[tuple[str, str], ...], bytes] = (None, (), b"")
        self._failure: Failure | None = None

    async def turn(
        self, messages: Sequence[bytes], ends: Callable[[str], bool], *, exchange_id: str, probe: str = ""
    ) -> Exchange:
        """Send messages (UTF-8 without line breaks), and receive the target's messages.

        `ends` is called with each received message, and returns whether the message ends a turn. Receiving stops when
        `ends` has returned true once for each sent message. Raises `NoTokenError` if the connection must be opened and
        no access token is available.
        """
        token = await self._fill()
        exchange = await self._turn(messages, ends, exchange_id=exchange_id, probe=probe)
        if token and self._tokens is not None:
            self._tokens.answered(token, 200 if exchange.status == 101 else exchange.status)
            if exchange.status == 401 and await self._tokens.renewed(token, self._asked):
                self._head = (None, (), b"")
                await self._fill()
                exchange = await self._turn(messages, ends, exchange_id=exchange_id, probe=probe)
                if exchange.status == 401:
                    self._tokens.rejected_again(self._asked)
        return exchange

    @property
    def _is_new(self) -> bool:
        """Whether the next turn opens the connection."""
        return self._connection is None and self._failure is None and self._head[0] is None

    async def _fill(self) -> str:
        """Insert a token into the next upgrade; return it, or "" if none is needed."""
        if self._tokens is None or not self._is_new:
            return ""
        self._request, token = await self._tokens.fill(self._asked)
        return token

    async def _turn(
        self, messages: Sequence[bytes], ends: Callable[[str], bool], *, exchange_id: str, probe: str
    ) -> Exchange:
        began = time.perf_counter()

        def now_ms() -> float:
            return round((time.perf_counter() - began) * 1000, 3)

        events: list[Event] = []
        headers_ms: float | None = None
        try:
            async with asyncio.timeout(self._limits.total_s):
                if self._is_new:
                    await self._open()
                headers_ms = now_ms()
                if self._connection is not None and self._failure is None:
                    await self._talk(self._connection, messages, ends, events, now_ms)
        except TimeoutError:
            self._failure = Failure(FailureKind.TIMEOUT_TOTAL, f"not complete after {self._limits.total_s:g} s")
        status, headers, body = self._head
        return Exchange(
            id=exchange_id,
            request=Request("GET", self._request.url, self._request.headers, b"\n".join(messages)),
            probe=probe,
            status=status,
            http_version="HTTP/1.1" if status is not None else "",
            headers=headers,
            body=body_of(event.data for event in events) if status == 101 else body,
            timing=Timing(
                headers_ms if status is not None else None,
                events[0].at_ms if events else None,
                events[-1].at_ms if events else None,
            ),
            events=tuple(events),
            failure=self._failure,
        )

    async def close(self) -> None:
        """Close the connection with a close frame, or without a close frame after a failure."""
        connection, self._connection = self._connection, None
        if connection is not None and self._failure is not None:
            connection.transport.abort()
        elif connection is not None:
            await connection.close()

    async def _open(self) -> None:
        from websockets.exceptions import InvalidStatus

        try:
            self._connection = await _connect(self._request, self._limits, self._context, self._route)
        except InvalidStatus as refused:
            self._take_head(refused.response)
        except Exception as error:  # noqa: BLE001 - websockets lets through what the network and asyncio raise
            self._failure = _not_opened(error, self._limits)
        else:
            if self._connection.request is not None:
                self._request = Request("GET", self._request.url, _pairs(self._connection.request.headers))
            if self._connection.response is not None:
                self._take_head(self._connection.response)

    def _take_head(self, response: Response) -> None:
        self._head = (response.status_code, _pairs(response.headers), bytes(response.body or b""))

    async def _talk(
        self,
        connection: ClientConnection,
        messages: Sequence[bytes],
        ends: Callable[[str], bool],
        events: list[Event],
        now_ms: Callable[[], float],
    ) -> None:
        from websockets.exceptions import ConnectionClosed

        limits, ended, size = self._limits, 0, 0
        try:
            for message in messages:
                await connection.send(message.decode())
            while ended < len(messages):
                try:
                    got = await asyncio.wait_for(connection.recv(), limits.read_s)
                except TimeoutError:
                    self._failure = Failure(
                        FailureKind.TIMEOUT_READ, f"no message from the server for {limits.read_s:g} s"
                    )
                    return
                text = got if isinstance(got, str) else got.decode("utf-8", "replace")
                size += len(text.encode("utf-8", "replace"))
                if size > limits.max_bytes or len(events) >= limits.max_events:
                    self._failure = Failure(
                        FailureKind.TOO_LARGE,
                        f"more than {limits.max_bytes} bytes or {limits.max_events} messages in one turn",
                    )
                    return
                events.append(Event(text, at_ms=now_ms()))
                ended += ends(text)
        except ConnectionClosed as closed:
            self._failure = _closed(closed)


def _connect(request: Request, limits: Limits, context: ssl.SSLContext | None, route: Route) -> Any:
    """Return the opening of a connection, to be awaited."""
    from websockets.asyncio.client import connect

    class Direct(connect):
        """Follows no redirect, so the key reaches only the named host."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    secured: dict[str, Any] = {"ssl": context} if request.url.startswith("wss:") else {}
    proxy_tls = route.proxy_tls()
    if proxy_tls is not None:
        secured["proxy_ssl"] = proxy_tls
    own = {name: value for name, value in request.headers if name != "user-agent"}
    return Direct(
        request.url,
        additional_headers=own,
        user_agent_header=dict(request.headers).get("user-agent"),
        compression=None,
        proxy=route.proxy,
        open_timeout=limits.connect_s + limits.read_s,
        ping_interval=None,  # a target that answers no ping may still answer what it was asked
        close_timeout=CLOSE_S,
        max_size=limits.max_bytes,
        **secured,
    )


def _not_opened(error: Exception, limits: Limits) -> Failure:
    """Return the failure of an upgrade that got no status."""
    from websockets.exceptions import ProxyError

    causes = [error, *(cause for cause in (error.__cause__, error.__context__) if cause is not None)]
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Failure(FailureKind.DNS, f"the host name was not found: {error}")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Failure(FailureKind.TLS, f"no TLS connection: {error}")
    if isinstance(error, TimeoutError):
        return Failure(FailureKind.TIMEOUT_READ, f"no answer to the upgrade in {limits.connect_s + limits.read_s:g} s")
    if any(isinstance(cause, EOFError | ConnectionResetError) for cause in causes):
        return Failure(FailureKind.CUT_OFF, "the connection was closed instead of being upgraded")
    if isinstance(error, OSError | ProxyError):
        return Failure(FailureKind.CONNECT, f"no connection: {error}")
    return Failure(FailureKind.PROTOCOL, f"not the upgrade to a WebSocket: {error}")


def _closed(closed: ConnectionClosed) -> Failure:
    """Return the failure of a turn whose connection was closed, by the target or because of what it sent."""
    ours = closed.sent if not closed.rcvd_then_sent else None
    if ours is not None and ours.code == 1009:  # RFC 6455, 7.4.1: a message that is too big to process
        return Failure(FailureKind.TOO_LARGE, f"one message is larger than this suite reads: {closed}")
    if ours is not None and ours.code in (1002, 1007):  # a protocol error; text that is not UTF-8
        return Failure(FailureKind.PROTOCOL, f"not RFC 6455: {closed}")
    return Failure(FailureKind.CUT_OFF, f"the connection was closed: {closed}")


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in headers.raw_items())
