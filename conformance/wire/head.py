"""Sends HEAD requests and keeps all bytes after the response head, which httpx would discard."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import h11
import httpx

from conformance.wire.attempt import build, text_headers
from conformance.wire.exchange import Exchange, Failure, FailureKind, Request, Timing, UnsendableRequestError
from conformance.wire.failures import failure_of
from conformance.wire.limits import Limits
from conformance.wire.proxy import tunnel
from conformance.wire.route import Route

QUIET_S = 1.0
"""Seconds without data after which reading ends, if the server keeps the connection open."""

KEPT = 64 * 1024
"""Bytes read after the head; the first of them is already a violation."""

_READ = 16 * 1024


@dataclass(slots=True)
class _Answer:
    """What has been received so far."""

    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    after: bytes = b""
    headers_ms: float | None = None
    last_ms: float | None = None


async def ask_head(
    request: Request,
    limits: Limits,
    *,
    exchange_id: str,
    probe: str = "",
    tls: ssl.SSLContext | None = None,
    route: Route | None = None,
) -> Exchange:
    """Send a HEAD request on a new connection and read until the server closes the connection or stops sending.

    The exchange's `body` has the bytes that the target sent after the head of its response to HEAD; a correct server
    sends none. If the request has a `connection: close` header, the server closes the connection, which reliably marks
    the end of its response. `tls` is the TLS context for an https URL; `route` may specify a proxy.

    Raises `UnsendableRequestError` if HTTP cannot carry the request, and `asyncio.CancelledError` when cancelled.
    """
    built = build(request)
    got = _Answer()
    failure: Failure | None = None
    began = time.perf_counter()

    def now_ms() -> float:
        return round((time.perf_counter() - began) * 1000, 3)

    try:
        async with asyncio.timeout(limits.total_s):
            reader, writer = await _connect(built.url, limits, tls, route or Route())
            began = time.perf_counter()
            try:
                await _converse(built, reader, writer, limits, got, now_ms)
            finally:
                writer.close()
    except h11.LocalProtocolError as error:
        raise UnsendableRequestError(f"the request to {request.url!r} cannot be sent: {error}") from error
    except TimeoutError:
        failure = Failure(FailureKind.TIMEOUT_TOTAL, f"not complete after {limits.total_s:g} s")
    except httpx.TransportError as error:
        failure = failure_of(error, "", limits)
    return Exchange(
        id=exchange_id,
        request=replace(request, headers=text_headers(built.headers.raw)),
        probe=probe,
        status=got.status,
        http_version=got.http_version,
        headers=got.headers,
        body=got.after,
        timing=Timing(got.headers_ms, got.last_ms if got.after else None, got.last_ms),
        failure=failure,
    )


async def _connect(
    url: httpx.URL, limits: Limits, tls: ssl.SSLContext | None, route: Route
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    proxy = route.through()
    try:
        async with asyncio.timeout(limits.connect_s):
            if proxy is not None:
                return await tunnel(proxy, url.host, port, tls if secure else None, route.proxy_tls())
            return await asyncio.open_connection(url.host, port, ssl=tls if secure else None)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except OSError as error:  # a TLS failure and an unknown name are OSErrors, too
        raise httpx.ConnectError(str(error)) from error


async def _converse(
    built: httpx.Request,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    limits: Limits,
    got: _Answer,
    now_ms: Callable[[], float],
) -> None:
    talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.max_header_bytes)
    asked = h11.Request(method=built.method, target=built.url.raw_path, headers=built.headers.raw)
    try:
        writer.write(b"".join(talk.send(event) or b"" for event in (asked, h11.EndOfMessage())))
        await writer.drain()
        await _head(talk, reader, limits, got, now_ms)
    except OSError as error:
        raise httpx.ReadError(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    got.after = talk.trailing_data[0]
    got.last_ms = now_ms()
    try:
        while len(got.after) < KEPT:
            async with asyncio.timeout(QUIET_S):
                more = await reader.read(_READ)
            if not more:
                return
            got.after += more
            got.last_ms = now_ms()
    except (TimeoutError, OSError):
        return  # silent, or closed in a hurry: the answer was whole before


async def _head(
    talk: h11.Connection, reader: asyncio.StreamReader, limits: Limits, got: _Answer, now_ms: Callable[[], float]
) -> None:
    """Read until the response is complete, which for HEAD is the end of its head."""
    while True:
        event = talk.next_event()
        if isinstance(event, h11.Response):
            got.headers_ms = now_ms()
            got.status = event.status_code
            got.http_version = f"HTTP/{event.http_version.decode('ascii')}"
            got.headers = text_headers(list(event.headers))
        elif isinstance(event, h11.EndOfMessage):
            return
        elif event is h11.NEED_DATA:
            try:
                async with asyncio.timeout(limits.read_s):
                    data = await reader.read(_READ)
            except TimeoutError as error:
                raise httpx.ReadTimeout(str(error)) from error
            if not data and got.status is None:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            talk.receive_data(data)
