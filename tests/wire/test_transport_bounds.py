"""The transport's bounds are exact, its times count from the right moment, and of too much it keeps the beginning."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from answers import CHUNKED, SSE, ask, chunk, failed, post, response, saying, send_to

from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Limits, UnsendableRequestError, attempt

KEPT = 131_072


def answered(made: httpx.Response | Exception, **options: Any) -> Exchange:
    """One request to an httpx transport that gives this answer."""

    def answer(_: httpx.Request) -> httpx.Response:
        if isinstance(made, Exception):
            raise made
        return made

    return send_to("http://mock/v1", http=httpx.MockTransport(answer), **options)


def streaming(body: bytes, **more: Any) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(body), **more)


def test_of_a_body_beyond_the_limit_128_kib_are_kept() -> None:
    """A run may hold hundreds of them."""
    exchange = answered(streaming(bytes(400_000)), limits=Limits(max_bytes=300_000))
    assert failed(exchange) is FailureKind.TOO_LARGE
    assert len(exchange.body) == KEPT


def test_of_a_stream_beyond_the_limit_as_many_events_are_kept() -> None:
    """Each counts its data and 64 bytes: 128 of a KiB fill what is kept exactly."""
    body = b"data: " + b"x" * 960 + b"\n\n"
    headers = {"content-type": "text/event-stream"}
    exchange = answered(streaming(body * 400, headers=headers), limits=Limits(max_bytes=300_000))
    assert failed(exchange) is FailureKind.TOO_LARGE
    assert (len(exchange.body), len(exchange.events)) == (KEPT, 128)


def test_what_broke_within_the_limits_is_kept_whole() -> None:
    """Only of what is too large the end is left out."""

    class Lost(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield bytes(200_000)
            raise httpx.ReadError("reset")

    exchange = answered(httpx.Response(200, stream=Lost()))
    assert (failed(exchange), len(exchange.body)) == (FailureKind.CUT_OFF, 200_000)


@pytest.mark.parametrize(("limit", "fits"), [(3, True), (2, False)])
def test_the_number_of_events_is_exact(limit: int, fits: bool) -> None:
    """As many as allowed are no failure."""
    body = response(b"data: a\n\n" * 3, SSE)
    exchange, _ = ask(saying(body), limits=Limits(max_events=limit))
    assert (exchange.failure is None) == fits


@pytest.mark.parametrize(("limit", "fits"), [(35, True), (34, False)])
def test_the_size_of_a_head_is_exact(limit: int, fits: bool) -> None:
    """Each field counts its name, its value, and four bytes for what stands between and after."""
    made = streaming(b"ok", headers=[("x-a", "b" * 10), ("x-abc", "d" * 9)])
    exchange = answered(made, limits=Limits(max_header_bytes=limit))
    assert (exchange.failure is None, bool(exchange.headers)) == (fits, fits)
    assert exchange.status == 200


@pytest.mark.parametrize(("port", "possible"), [(1, True), (65_535, True), (65_536, False)])
def test_a_port_is_one(port: int, possible: bool) -> None:
    """Up to 65535."""
    made = httpx.MockTransport(lambda _: streaming(b"ok"))
    if possible:
        assert send_to(f"http://mock:{port}/v1", http=made).status == 200
    else:
        with pytest.raises(UnsendableRequestError):
            send_to(f"http://mock:{port}/v1", http=made)


def test_without_an_answer_there_is_no_version() -> None:
    """What was not said is empty; who answers without HTTP is taken for HTTP/1.1."""
    assert answered(httpx.ConnectError("refused")).http_version == ""
    assert answered(streaming(b"ok")).http_version == "HTTP/1.1"
    assert answered(streaming(b"ok", extensions={"http_version": b"HTTP/\xff"})).http_version == "HTTP/\ufffd"


def test_an_event_that_was_cut_came_with_the_last_byte() -> None:
    """Its time is that of the read that brought its beginning."""
    exchange, _ = ask(saying(CHUNKED + SSE + b"\r\n", chunk(b'data: {"x'), hang_up=True))
    assert exchange.events[-1].at_ms == exchange.timing.last_byte_ms
    assert exchange.events[-1].at_ms > 0


def test_a_server_that_takes_no_byte_is_a_read_timeout() -> None:
    """A body that nobody reads fills what lies between, and then it is silence."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        async def run() -> Exchange:
            async with HttpClient(Limits(read_s=0.3, total_s=20), retry=NO_RETRY) as transport:
                request = post(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", bytes(16_000_000))
                return await transport.send(request, exchange_id="x1")

        exchange = asyncio.run(run())
    assert failed(exchange) is FailureKind.TIMEOUT_READ
    assert exchange.failure is not None
    assert exchange.failure.message == "the server took no byte of the request for 0.3 s"


def ticks(*seconds: float) -> SimpleNamespace:
    """A clock that shows these times, one after the other, and then the last for ever."""
    shown: Iterator[float] = iter(seconds)
    return SimpleNamespace(perf_counter=lambda: next(shown, seconds[-1]))


def test_times_are_milliseconds_to_the_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made, sent, head, first byte, last byte: rounded to three places."""
    monkeypatch.setattr(attempt, "time", ticks(5.0, 10.0, 10.0012344, 10.5, 11.0))
    timing = answered(streaming(b"ok")).timing
    assert (timing.headers_ms, timing.first_byte_ms, timing.last_byte_ms) == (1.234, 500.0, 1000.0)


class Slow(httpx.AsyncBaseTransport):
    """Tells its steps as httpcore does, and takes its time before the request is on its way."""

    def __init__(self, *steps: str) -> None:
        self.steps = steps

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for step in self.steps:
            await request.extensions["trace"](step, {})
        return streaming(b"ok")


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        ("http11.send_request_headers.started", True),
        ("http11.send_request_headers.complete", False),
        ("connection.connect_tcp.started", False),
    ],
)
def test_times_count_from_the_head_of_the_request(monkeypatch: pytest.MonkeyPatch, step: str, counts: bool) -> None:
    """Connecting is no time of the server's."""
    monkeypatch.setattr(attempt, "time", ticks(5.0, 10.0, 20.0, 21.0) if counts else ticks(5.0, 10.0, 21.0))
    exchange = send_to("http://mock/v1", http=Slow(step))
    assert exchange.timing.headers_ms == (1000.0 if counts else 11_000.0)
