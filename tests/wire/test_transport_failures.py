"""A server that does it badly, slowly or not at all is a failure that names the fault, with what came."""

from __future__ import annotations

import asyncio
import gzip
import socket

import pytest
from answers import CHUNKED, QUICK, SSE, ask, chunk, failed, response, saying, send_to, then_silent
from raw_server import Talk

from conformance.wire import FailureKind, Limits, decode

BROKEN: dict[str, tuple[list[bytes], FailureKind, int | None, bytes]] = {
    "no response": ([], FailureKind.CUT_OFF, None, b""),
    "half a head": ([b"HTTP/1.1 200 OK\r\ncontent-"], FailureKind.CUT_OFF, None, b""),
    "body too short": (
        [b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", b"abc"],
        FailureKind.CUT_OFF,
        200,
        b"abc",
    ),
    "no last chunk": ([CHUNKED + b"\r\n", chunk(b"abc")], FailureKind.CUT_OFF, 200, b"abc"),
    "half a chunk": ([CHUNKED + b"\r\n", b"5\r\nab"], FailureKind.CUT_OFF, 200, b"ab"),
    "not HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n\r\n"], FailureKind.PROTOCOL, None, b""),
    "bad chunk length": ([CHUNKED + b"\r\n", chunk(b"abc"), b"zz\r\n"], FailureKind.PROTOCOL, 200, b"abc"),
    "two lengths": (
        [b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
        FailureKind.PROTOCOL,
        None,
        b"",
    ),
    "status 99": ([b"HTTP/1.1 099 No\r\n\r\n"], FailureKind.PROTOCOL, None, b""),
    "endless head": ([b"HTTP/1.1 200 OK\r\nx: " + b"a" * 300_000], FailureKind.TOO_LARGE, None, b""),
    "large head": (
        [b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: " + b"a" * 70_000 + b"\r\n\r\n"],
        FailureKind.TOO_LARGE,
        200,
        b"",
    ),
    "cut gzip": (
        [response(gzip.compress(b"a")[:-4], b"content-encoding: gzip\r\n")],
        FailureKind.CUT_OFF,
        200,
        b"a",
    ),
    "false gzip": ([response(b"{}", b"content-encoding: gzip\r\n")], FailureKind.PROTOCOL, 200, b""),
    "unasked coding": ([response(b"xy", b"content-encoding: br\r\n")], FailureKind.PROTOCOL, 200, b"xy"),
}


@pytest.mark.parametrize(("pieces", "kind", "status", "body"), BROKEN.values(), ids=BROKEN)
def test_a_broken_response_is_a_failure_with_what_came(
    pieces: list[bytes], kind: FailureKind, status: int | None, body: bytes
) -> None:
    """Every way to break HTTP ends in an exchange that names the fault and keeps status and bytes."""
    exchange, _ = ask(saying(*pieces, hang_up=True))
    assert (failed(exchange), exchange.status, exchange.body) == (kind, status, body)


def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    """HTTP/1.0 without a length: the end of the connection is the end of the body, and no failure."""
    exchange, _ = ask(saying(b"HTTP/1.0 200 OK\r\n\r\n", b"abc", hang_up=True))
    assert (exchange.http_version, exchange.body, exchange.failure) == ("HTTP/1.0", b"abc", None)


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ([], None, b""),
        ([b"HTTP/1.1 200"], None, b""),
        ([CHUNKED + SSE + b"\r\n", chunk(b"data: 1\n\n")], 200, b"data: 1\n\n"),
    ],
)
def test_silence_is_a_read_timeout(pieces: list[bytes], status: int | None, body: bytes) -> None:
    """A server that says nothing more for `read_s` is given up, before its head or after."""
    exchange, _ = ask(then_silent(*pieces), limits=QUICK)
    assert (failed(exchange), exchange.status, exchange.body) == (FailureKind.TIMEOUT_READ, status, body)
    assert "0.15 s" in (exchange.failure.message if exchange.failure else "")
    assert len(exchange.events) == (1 if body else 0)


def test_an_endless_trickle_is_a_total_timeout() -> None:
    """Bytes that keep coming do not keep a request alive beyond `total_s`; what came is kept."""

    async def script(talk: Talk) -> None:
        await talk.say(CHUNKED + SSE + b"\r\n")
        while not talk.writer.is_closing():
            await talk.say(chunk(b"data: 1\n\n"))
            await asyncio.sleep(0.01)

    exchange, _ = ask(script, limits=Limits(total_s=0.2, read_s=2))
    assert failed(exchange) is FailureKind.TIMEOUT_TOTAL
    assert exchange.status == 200
    assert exchange.events


def test_a_trickle_before_the_head_is_a_total_timeout() -> None:
    """Interim responses without end count as time, too."""

    async def script(talk: Talk) -> None:
        while not talk.writer.is_closing():
            await talk.say(b"HTTP/1.1 102 Processing\r\n\r\n")
            await asyncio.sleep(0.01)

    exchange, _ = ask(script, limits=Limits(total_s=0.2, read_s=2))
    assert (failed(exchange), exchange.status) == (FailureKind.TIMEOUT_TOTAL, None)


@pytest.mark.parametrize("coding", [b"", b"content-encoding: gzip\r\n"])
def test_a_body_beyond_the_limit_is_not_taken(coding: bytes) -> None:
    """Reading stops at `max_bytes` of the decoded body, so a gzip bomb does no harm; the beginning is kept."""
    data = bytes(2_000_000)
    raw = response(gzip.compress(data) if coding else data, coding)
    exchange, _ = ask(saying(raw), limits=Limits(max_bytes=10_000))
    assert failed(exchange) is FailureKind.TOO_LARGE
    assert exchange.body == data[:10_000]


def test_a_stream_of_too_many_events_is_not_taken() -> None:
    """Tiny events without end are stopped by their number."""
    exchange, _ = ask(saying(response(b"data\n\n" * 200, SSE)), limits=Limits(max_events=100))
    assert failed(exchange) is FailureKind.TOO_LARGE
    assert exchange.events == decode(exchange.body, [event.at_ms for event in exchange.events])


def test_a_closed_port_is_a_connect_failure() -> None:
    """Nobody listens: `connect`, with the reason of the system."""
    with socket.socket() as held:  # bound and not listening, so that nobody else takes the port
        held.bind(("127.0.0.1", 0))
        exchange = send_to(f"http://127.0.0.1:{held.getsockname()[1]}/v1")
    assert failed(exchange) is FailureKind.CONNECT
    assert exchange.status is None
    assert exchange.timing.headers_ms is None


def test_an_unknown_host_is_a_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve: `dns`."""

    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    exchange = send_to("http://endpoint.invalid/v1")
    assert failed(exchange) is FailureKind.DNS
    assert "Name or service not known" in (exchange.failure.message if exchange.failure else "")


def test_a_handshake_that_hangs_is_a_connect_timeout() -> None:
    """A server that accepts and does not speak TLS runs into `connect_s`, and the message says it was TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        exchange = send_to(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", limits=Limits(connect_s=0.2))
    assert failed(exchange) is FailureKind.TIMEOUT_CONNECT
    assert "TLS handshake" in (exchange.failure.message if exchange.failure else "")
