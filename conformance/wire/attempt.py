"""Sends one request once with httpx and reads the response within limits.

No behaviour of the target raises an exception in the caller.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from conformance.wire.decoding import BodyDecoder, BodyTooLargeError, CodingCutOffError, DecodingError
from conformance.wire.exchange import (
    Event,
    Exchange,
    Failure,
    FailureKind,
    Request,
    Timing,
    UnsendableRequestError,
)
from conformance.wire.failures import failure_of
from conformance.wire.limits import Limits
from conformance.wire.sse import SSEDecoder


class _TooManyEventsError(ValueError):
    """The response has more events than the limits allow."""


KEPT_OF_TOO_LARGE = 128 * 1024
"""Bytes kept of a body that exceeds the limits."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_BREAK = re.compile(r"[\0\r\n]")


def build(request: Request) -> httpx.Request:
    """Convert `request` to an httpx request.

    No headers are added to the request except `host` and, if the request has a body, `content-length`.

    If the request has a `transfer-encoding: chunked` header, its body is sent in two chunks, without `content-length`.
    Raises `UnsendableRequestError` if the URL or a header cannot be sent.
    """
    chunked = False
    for name, value in request.headers:
        chunked = chunked or (name.lower(), value.lower()) == ("transfer-encoding", "chunked")
        if not _TOKEN.fullmatch(name) or _BREAK.search(value):
            raise UnsendableRequestError(f"the request to {request.url!r} cannot be sent: bad header {name!r}")
        if name.lower() == "content-length" and value != str(len(request.body)):
            raise UnsendableRequestError(f"the request to {request.url!r} cannot be sent: false content-length {value}")
    try:
        built = httpx.Request(
            request.method,
            request.url,
            headers=[(name.encode("ascii"), value.encode()) for name, value in request.headers],
            content=_halves(request.body) if chunked else request.body,
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise UnsendableRequestError(f"the request to {request.url!r} cannot be sent: {error}") from error
    if built.url.scheme not in ("http", "https") or not built.url.host or (built.url.port or 0) > 65535:
        raise UnsendableRequestError(f"the URL {request.url!r} needs http:// or https://, a host and a possible port")
    return built


@dataclass(slots=True)
class _Received:
    """What has been received so far; it is kept even if reading is interrupted."""

    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytearray = field(default_factory=bytearray)
    events: list[Event] = field(default_factory=list)
    sse: SSEDecoder | None = None
    headers_ms: float | None = None
    first_byte_ms: float | None = None
    last_byte_ms: float | None = None
    stopped: bool = False


class OneTry:
    """Sends a request once and records the complete response as an exchange.

    Times are measured from the moment when the first byte of the request is sent. The measured times exclude the wait
    for a free connection, the TCP connection setup, and the TLS handshake.
    """

    def __init__(self, request: Request, limits: Limits, stop_after_events: int | None) -> None:
        self._http = build(request)
        self._request = replace(request, headers=text_headers(self._http.headers.raw))
        self._limits = limits
        self._stop_after = stop_after_events
        self._got = _Received()
        self._phase = ""
        self._sent_at = time.perf_counter()
        self._http.extensions = {
            "timeout": {
                "connect": limits.connect_s,
                "read": limits.read_s,
                "write": limits.read_s,
                "pool": limits.total_s,
            },
            "trace": self._trace,
        }

    async def run(self, transport: httpx.AsyncBaseTransport, exchange_id: str, probe: str) -> Exchange:
        """Send the request and return the exchange.

        The exchange has a `failure` if the response did not end as HTTP requires.

        Raises `UnsendableRequestError` if HTTP cannot carry the request, and `asyncio.CancelledError` when cancelled.
        """
        failure: Failure | None = None
        try:
            async with asyncio.timeout(self._limits.total_s):
                await self._exchange(transport)
        except httpx.LocalProtocolError as error:
            raise UnsendableRequestError(f"the request to {self._request.url!r} cannot be sent: {error}") from error
        except TimeoutError:
            failure = Failure(FailureKind.TIMEOUT_TOTAL, f"not complete after {self._limits.total_s:g} s")
        except (BodyTooLargeError, _TooManyEventsError) as error:
            failure = Failure(FailureKind.TOO_LARGE, str(error))
        except CodingCutOffError as error:
            failure = Failure(FailureKind.CUT_OFF, str(error))
        except DecodingError as error:
            failure = Failure(FailureKind.PROTOCOL, str(error))
        except (httpx.TransportError, OSError, ssl.SSLError) as error:
            failure = failure_of(error, self._phase, self._limits)
        got = self._got
        if got.sse is not None:
            got.events += got.sse.close(got.last_byte_ms or 0.0)
        if failure is not None and failure.kind is FailureKind.TOO_LARGE:
            _keep_beginning(got)
        # This try and its request's `trace` hold each other: what came back must not wait for a collection of garbage.
        self._got = _Received()
        return Exchange(
            id=exchange_id,
            request=self._request,
            probe=probe,
            status=got.status,
            http_version=got.http_version,
            headers=got.headers,
            body=bytes(got.body),
            timing=Timing(got.headers_ms, got.first_byte_ms, got.last_byte_ms),
            events=tuple(got.events),
            failure=failure,
            stopped=got.stopped,
        )

    async def _exchange(self, transport: httpx.AsyncBaseTransport) -> None:
        self._sent_at = time.perf_counter()  # a transport without a trace (an application in this process)
        # The transport, not a client: a client follows `Location` to build a next request (and raises for a bad
        # one), keeps cookies, and takes credentials from the URL.
        response = await transport.handle_async_request(self._http)
        try:
            self._take_head(response)
            await self._read_body(response)
        finally:
            await response.aclose()

    def _take_head(self, response: httpx.Response) -> None:
        got = self._got
        got.headers_ms = self._now_ms()
        got.status = response.status_code
        got.http_version = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii", "replace")
        raw = response.headers.raw
        size = sum(len(name) + len(value) + 4 for name, value in raw)
        if size > self._limits.max_header_bytes:
            raise BodyTooLargeError(f"the response head has {size} bytes, more than {self._limits.max_header_bytes}")
        got.headers = text_headers(raw)

    async def _read_body(self, response: httpx.Response) -> None:
        got = self._got
        head = Exchange("", self._request, headers=got.headers)
        decoder = BodyDecoder(head.header("content-encoding") or "", self._limits.max_bytes)
        if head.is_sse:
            got.sse = SSEDecoder(max_event_bytes=self._limits.max_bytes)
        async with aclosing(_raw(response)) as reads:
            async for raw in reads:
                got.last_byte_ms = self._now_ms()
                if got.first_byte_ms is None:
                    got.first_byte_ms = got.last_byte_ms
                for piece in decoder.add(raw):
                    got.body += piece
                    self._take_events(piece, got.last_byte_ms)
                if self._stop_after is not None and len(got.events) >= self._stop_after:
                    got.stopped = True
                    return
        got.last_byte_ms = self._now_ms()
        decoder.end()

    def _take_events(self, piece: bytes, at_ms: float) -> None:
        got = self._got
        if got.sse is None:
            return
        got.events += got.sse.feed(piece, at_ms)
        if len(got.events) > self._limits.max_events:
            raise _TooManyEventsError(f"the stream has more than {self._limits.max_events} events")

    async def _trace(self, event: str, _info: dict[str, Any]) -> None:
        """Called by httpcore at each step; the last step tells what a failure interrupted."""
        if event.endswith(".started"):
            self._phase = event.removesuffix(".started")
            if self._phase.endswith("send_request_headers"):
                self._sent_at = time.perf_counter()

    def _now_ms(self) -> float:
        return round((time.perf_counter() - self._sent_at) * 1000, 3)


async def _halves(body: bytes) -> AsyncGenerator[bytes]:
    """Yield the body in two pieces, so that a server that reads only the first lacks the rest."""
    middle = len(body) // 2
    for piece in (body[:middle], body[middle:]):
        if piece:
            yield piece


async def _raw(response: httpx.Response) -> AsyncGenerator[bytes]:
    """Yield the body as received, read by read, before content decoding."""
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what an async transport promises
    async for chunk in response.stream:
        if chunk:
            yield chunk


def _keep_beginning(got: _Received) -> None:
    """Keep only the beginning of an endless body, because a run may hold hundreds of them."""
    del got.body[KEPT_OF_TOO_LARGE:]
    left = KEPT_OF_TOO_LARGE
    for at, event in enumerate(got.events):
        left -= len(event.data) + 64
        if left < 0:
            del got.events[at:]
            return


def text_headers(raw: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Decode the headers as ISO-8859-1, so that an exchange preserves every byte."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw)
