"""The transport against servers that do it right, badly, slowly or not at all."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import sys
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from raw_server import RawServer, Script, Talk, fields, serve

from conformance import __version__
from conformance.wire import (
    NO_RETRY,
    Attempt,
    Exchange,
    FailureKind,
    Limits,
    Request,
    Transport,
    UnsendableRequestError,
    decode,
)

JSON = b"content-type: application/json\r\n"
SSE = b"content-type: text/event-stream; charset=utf-8\r\n"
QUICK = Limits(connect_s=2, read_s=0.15, total_s=5)


def response(body: bytes, extra: bytes = JSON, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s" % (status, extra, len(body), body)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"


def saying(*pieces: bytes, hang_up: bool = False) -> Script:
    async def script(talk: Talk) -> None:
        await talk.say(*pieces)
        if hang_up:
            talk.writer.close()

    return script


def then_silent(*pieces: bytes) -> Script:
    async def script(talk: Talk) -> None:
        await talk.say(*pieces)
        await talk.until_gone()

    return script


def post(url: str, body: bytes = b"{}", *headers: tuple[str, str]) -> Request:
    return Request("POST", url, (("content-type", "application/json"), *headers), body)


def ask(script: Script, body: bytes = b"{}", **options: Any) -> tuple[Exchange, RawServer]:
    """One request to a server that runs `script`; by default without another try."""

    async def run() -> tuple[Exchange, RawServer]:
        sending = {name: options.pop(name) for name in ("stop_after_events", "probe") if name in options}
        options.setdefault("retry", NO_RETRY)
        async with serve(script) as server, Transport(**options) as transport:
            return await transport.send(post(server.url, body), exchange_id="x1", **sending), server

    return asyncio.run(run())


def failed(exchange: Exchange) -> FailureKind:
    assert exchange.failure is not None, exchange
    assert exchange.failure.message
    return exchange.failure.kind


# What is recorded


def test_a_response_is_recorded_as_it_came() -> None:
    """Status, version, headers in order with repetitions, body, probe and id are in the exchange."""
    raw = response(b'{"a": 1}', JSON + b"X-A: 1\r\nx-a: 2\r\nX-Odd: caf\xe9\r\n", b"418 I'm a teapot")
    exchange, _ = ask(saying(raw), probe="test_x.py::p[json]")
    assert (exchange.id, exchange.probe, exchange.status, exchange.http_version) == (
        "x1",
        "test_x.py::p[json]",
        418,
        "HTTP/1.1",
    )
    assert exchange.headers == (
        ("content-type", "application/json"),
        ("x-a", "1"),
        ("x-a", "2"),
        ("x-odd", "caf\xe9"),
        ("content-length", "8"),
    )
    assert exchange.body == b'{"a": 1}'
    assert (exchange.failure, exchange.attempts, exchange.events, exchange.stopped) == (None, (), (), False)


def test_the_recorded_request_is_the_one_on_the_wire() -> None:
    """Only host, content-length, accept-encoding and user-agent are added, and all of it is recorded."""
    exchange, server = ask(saying(response(b"{}")), body=b'{"x":1}')
    on_the_wire = fields(server.asked[0].head)
    assert sorted(exchange.request.headers) == sorted(on_the_wire)
    assert {name for name, _ in on_the_wire} == {
        "host",
        "content-type",
        "content-length",
        "accept-encoding",
        "user-agent",
    }
    assert ("user-agent", f"openai-conformance/{__version__}") in on_the_wire
    assert ("accept-encoding", "gzip, deflate") in on_the_wire
    assert server.asked[0].body == exchange.request.body == b'{"x":1}'


def test_the_probes_own_headers_win() -> None:
    """A header that the request has is not replaced, and repetitions are sent."""

    async def run() -> RawServer:
        async with serve(saying(response(b"{}"))) as server, Transport() as transport:
            own = (("user-agent", "me"), ("accept-encoding", "identity"), ("x-a", "1"), ("x-a", "2"), ("x-é", "é"))
            await transport.send(Request("GET", server.url, own[:-1]), exchange_id="x1")
            return server

    sent = fields(asyncio.run(run()).asked[0].head)
    assert [pair for pair in sent if pair[0] != "host"] == [
        ("user-agent", "me"),
        ("accept-encoding", "identity"),
        ("x-a", "1"),
        ("x-a", "2"),
    ]


def test_times_count_from_the_request() -> None:
    """Head, first byte and last byte have their own times, in order, counted from when the request was sent."""

    async def script(talk: Talk) -> None:
        for piece in (CHUNKED + b"\r\n", chunk(b"ab"), chunk(b"cd"), b"0\r\n\r\n"):
            await asyncio.sleep(0.05)
            await talk.say(piece)

    timing = ask(script)[0].timing
    assert timing.headers_ms is not None
    assert timing.first_byte_ms is not None
    assert timing.last_byte_ms is not None
    assert timing.headers_ms >= 19
    assert timing.first_byte_ms >= timing.headers_ms + 15
    assert timing.last_byte_ms >= timing.first_byte_ms + 30
    assert timing.last_byte_ms < 2000


def test_an_empty_body_has_no_first_byte() -> None:
    """A 204 ends with its head."""
    exchange, _ = ask(saying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert (exchange.status, exchange.body, exchange.failure) == (204, b"", None)
    assert exchange.timing.first_byte_ms is None
    assert exchange.timing.last_byte_ms is not None


def test_a_connection_is_kept_alive() -> None:
    """Requests one after the other share a connection."""

    async def run() -> RawServer:
        async with serve(saying(response(b"{}"))) as server, Transport() as transport:
            for n in range(3):
                await transport.send(post(server.url), exchange_id=f"x{n}")
            return server

    server = asyncio.run(run())
    assert (len(server.asked), server.connections) == (3, 1)


def test_concurrency_is_bounded_and_waiting_costs_no_limit() -> None:
    """Never more requests on their way than allowed; the ones that wait do not run out of their time."""
    busy = most = 0

    async def script(talk: Talk) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.1)
        busy -= 1
        await talk.say(response(b"{}"))

    async def run() -> list[Exchange]:
        limits = Limits(total_s=0.4)
        async with serve(script) as server, Transport(limits, concurrency=2) as transport:
            sends = (transport.send(post(server.url), exchange_id=f"x{n}") for n in range(10))
            return await asyncio.gather(*sends)

    assert all(exchange.failure is None for exchange in asyncio.run(run()))
    assert most == 2


def test_redirects_and_cookies_have_no_effect() -> None:
    """A redirect is an answer like any other, even a broken one, and no cookie comes back."""
    raw = response(b"", b"location: http://[bad\r\nset-cookie: a=1; path=/\r\n", b"302 Found")

    async def run() -> tuple[list[Exchange], RawServer]:
        async with serve(saying(raw)) as server, Transport() as transport:
            return [await transport.send(post(server.url), exchange_id=f"x{n}") for n in range(2)], server

    exchanges, server = asyncio.run(run())
    assert [(exchange.status, exchange.failure) for exchange in exchanges] == [(302, None)] * 2
    assert len(server.asked) == 2
    assert not any(name == "cookie" for talk in server.asked for name, _ in fields(talk.head))


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a proxy nor a netrc of the environment is used; nor are credentials taken from the URL."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    exchange, server = ask(saying(response(b"{}")))
    assert exchange.status == 200
    assert not any(name == "authorization" for name, _ in fields(server.asked[0].head))


# Server-sent events


def test_events_are_decoded_as_they_arrive() -> None:
    """Each event has the time at which its last byte came, however small the reads."""
    body = b'data: {"t": "h\xc3\xa9"}\r\n\r\n: ping\r\n\r\ndata: [DONE]\r\n\r\n'

    async def script(talk: Talk) -> None:
        await talk.say(CHUNKED + SSE + b"\r\n")
        half = body.index(b": ping")
        await talk.say(*(chunk(body[n : n + 1]) for n in range(half)))
        await asyncio.sleep(0.06)
        await talk.say(*(chunk(body[n : n + 1]) for n in range(half, len(body))), b"0\r\n\r\n")

    exchange, _ = ask(script)
    assert exchange.body == body
    assert [event.data for event in exchange.events] == ['{"t": "hé"}', "[DONE]"]
    first, last = (event.at_ms for event in exchange.events)
    assert last - first >= 20
    assert exchange.events == decode(body, [first, last])


def test_a_compressed_stream_is_decoded_as_it_arrives() -> None:
    """Events of a gzip stream that is flushed after each are seen one by one."""
    packer = zlib.compressobj(wbits=31)
    parts = [packer.compress(b"data: %d\n\n" % n) + packer.flush(zlib.Z_SYNC_FLUSH) for n in range(2)]

    async def script(talk: Talk) -> None:
        await talk.say(CHUNKED + SSE + b"content-encoding: gzip\r\n\r\n", chunk(parts[0]))
        await asyncio.sleep(0.06)
        await talk.say(chunk(parts[1]), chunk(packer.flush()), b"0\r\n\r\n")

    exchange, _ = ask(script)
    assert exchange.failure is None
    assert [event.data for event in exchange.events] == ["0", "1"]
    assert exchange.events[1].at_ms - exchange.events[0].at_ms >= 20


def test_reading_can_stop_after_some_events() -> None:
    """After the wanted events the connection is closed, which the server notices; that is no failure."""

    async def run() -> Exchange:
        gone = asyncio.Event()

        async def script(talk: Talk) -> None:
            await talk.say(CHUNKED + SSE + b"\r\n", chunk(b"data: 1\n\n"), chunk(b"data: 2\n\n"))
            await talk.until_gone()
            gone.set()

        async with serve(script) as server, Transport() as transport:
            exchange = await transport.send(post(server.url), exchange_id="x1", stop_after_events=2)
            await asyncio.wait_for(gone.wait(), 2)
            return exchange

    exchange = asyncio.run(run())
    assert [event.data for event in exchange.events] == ["1", "2"]
    assert (exchange.failure, exchange.stopped) == (None, True)


def test_a_stream_cut_in_an_event_keeps_it_as_incomplete() -> None:
    """What arrived of the last event is kept, marked, beside the failure."""
    exchange, _ = ask(saying(CHUNKED + SSE + b"\r\n", chunk(b'data: 1\n\ndata: {"x'), hang_up=True))
    assert failed(exchange) is FailureKind.CUT_OFF
    assert [(event.data, event.complete) for event in exchange.events] == [("1", True), ('{"x', False)]


def test_a_json_body_has_no_events() -> None:
    """Events are read from `text/event-stream` alone."""
    assert ask(saying(response(b"data: 1\n\n")))[0].events == ()


# Failures


@pytest.mark.parametrize(
    ("pieces", "kind", "status", "body"),
    {
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
    }.values(),
)
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


def send_to(url: str, **options: Any) -> Exchange:
    async def run() -> Exchange:
        async with Transport(retry=NO_RETRY, **options) as transport:
            return await transport.send(post(url), exchange_id="x1")

    return asyncio.run(run())


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


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def ask_tls(context: ssl.SSLContext, verify: bool | str | Path) -> Exchange:
    async def run() -> Exchange:
        async with serve(saying(response(b"{}")), context) as server, Transport(verify=verify, retry=NO_RETRY) as wire:
            return await wire.send(post(server.url), exchange_id="x1")

    return asyncio.run(run())


def test_an_unknown_authority_is_a_tls_failure(server_tls: ssl.SSLContext) -> None:
    """A certificate nobody vouches for is refused, and the message says why."""
    exchange = ask_tls(server_tls, verify=True)
    assert failed(exchange) is FailureKind.TLS
    assert "certificate verify failed" in (exchange.failure.message if exchange.failure else "")


def test_a_given_authority_is_trusted(server_tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path) -> None:
    """With the file of its authority the same server is fine, and without verification too."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert ask_tls(server_tls, verify=tmp_path / "ca.pem").status == 200
    assert ask_tls(server_tls, verify=False).status == 200


def test_a_certificate_for_another_host_is_a_tls_failure(authority: trustme.CA, tmp_path: Path) -> None:
    """The name in the certificate must be the host's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert failed(ask_tls(context, verify=tmp_path / "ca.pem")) is FailureKind.TLS


def test_plain_http_behind_https_is_a_tls_failure() -> None:
    """A server that answers a handshake with plain HTTP is told apart from one that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        async def run() -> Exchange:
            async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.read(100)
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                writer.close()

            server = await asyncio.start_server(plain, sock=listening)
            async with server, Transport(retry=NO_RETRY) as transport:
                url = f"https://127.0.0.1:{listening.getsockname()[1]}/v1"
                return await transport.send(post(url), exchange_id="x1")

        assert failed(asyncio.run(run())) is FailureKind.TLS


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bad_ca_file_is_said_at_once(content: str | None, tmp_path: Path) -> None:
    """A missing or wrong CA file is our user's mistake: an error that names the file."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    async def run() -> None:
        async with Transport(verify=path):
            pass

    with pytest.raises(ValueError, match=r"ca\.pem.*PEM certificates"):
        asyncio.run(run())


# Trying again


def retrying(script: Script, **options: Any) -> tuple[Exchange, RawServer, list[float]]:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    exchange, server = ask(script, retry=None, sleep=wait, **options)
    return exchange, server, waits


def in_turn(*scripts: Script) -> Script:
    async def script(talk: Talk) -> None:
        await scripts[min(talk.number, len(scripts)) - 1](talk)

    return script


def test_a_busy_server_is_asked_again() -> None:
    """429 and 503, then 200: the answer stands, the given-up tries are recorded, the server's waits are kept."""
    exchange, server, waits = retrying(
        in_turn(
            saying(response(b"", b"retry-after: 2\r\n", b"429 Too Many Requests")),
            saying(response(b"", b"retry-after-ms: 1500\r\nretry-after: 9\r\n", b"503 Busy")),
            saying(response(b"{}")),
        )
    )
    assert exchange.status == 200
    assert exchange.attempts == (Attempt(429, None, 2.0), Attempt(503, None, 1.5))
    assert waits == [2.0, 1.5]
    assert len({talk.body for talk in server.asked}) == 1


def test_a_lost_connection_before_any_answer_is_tried_again() -> None:
    """A server that hangs up without a word is asked again; its failure is recorded."""
    exchange, server, waits = retrying(in_turn(saying(hang_up=True), saying(response(b"{}"))))
    assert exchange.status == 200
    assert [(tried.status, tried.failure and tried.failure.kind) for tried in exchange.attempts] == [
        (None, FailureKind.CUT_OFF)
    ]
    assert (len(server.asked), waits) == (2, [0.5])


@pytest.mark.parametrize(
    "script",
    [
        saying(response(b"{}", status=b"500 Oops")),
        saying(response(b"{}", b"retry-after: 60\r\n", b"429 Too Many Requests")),
        saying(response(b"{}", b"x-should-retry: false\r\n", b"429 Too Many Requests")),
        saying(CHUNKED + b"\r\n", chunk(b"a"), hang_up=True),
        saying(b"nonsense\r\n\r\n", hang_up=True),
        then_silent(),
    ],
    ids=["500", "too long to wait", "told not to", "cut in the body", "not HTTP", "silent"],
)
def test_nothing_else_is_tried_again(script: Script) -> None:
    """Any other outcome stands after one try."""
    exchange, server, waits = retrying(script, limits=QUICK)
    assert (len(server.asked), waits, exchange.attempts) == (1, [], ())


def test_a_server_that_stays_busy_keeps_its_last_answer() -> None:
    """After the last try the 429 stands, with the earlier ones recorded."""
    exchange, server, waits = retrying(saying(response(b"{}", b"", b"429 Too Many Requests")))
    assert exchange.status == 429
    assert (len(exchange.attempts), len(server.asked), waits) == (2, 3, [0.5, 1.0])


# Ours


def test_cancelling_closes_the_connection() -> None:
    """A cancelled send raises `CancelledError`, hangs up, and leaves the transport usable."""

    async def run() -> Exchange:
        started, gone = asyncio.Event(), asyncio.Event()

        async def script(talk: Talk) -> None:
            if talk.number > 1:
                await talk.say(response(b"{}"))
                return
            await talk.say(CHUNKED + SSE + b"\r\n", chunk(b"data: 1\n\n"))
            started.set()
            await talk.until_gone()
            gone.set()

        async with serve(script) as server, Transport(concurrency=1) as transport:
            sending = asyncio.create_task(transport.send(post(server.url), exchange_id="x1"))
            await started.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await asyncio.wait_for(gone.wait(), 2)
            return await transport.send(post(server.url), exchange_id="x2")

    assert asyncio.run(run()).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "no url"),
        Request("POST", "ftp://host/x"),
        Request("POST", "http://"),
        Request("POST", "http://127.0.0.1:9/\x00"),
        Request("POST", "http://127.0.0.1:99999/"),
        Request("GET", "http://127.0.0.1:9/", (("bad name", "x"),)),
        Request("GET", "http://127.0.0.1:9/", (("näme", "x"),)),
        Request("GET", "http://127.0.0.1:9/", (("x", "\ud800"),)),
        Request("GET", "http://127.0.0.1:9/", (("x", "a\r\nb: c"),)),
        Request("POST", "http://127.0.0.1:9/", (("content-length", "1"),), b"{}"),
    ],
    ids=lambda request: repr((request.url, request.headers)),
)
def test_a_request_that_cannot_be_sent_is_our_fault(request_: Request) -> None:
    """An impossible URL or header is an error of ours before anything is sent, not a failure of the target."""

    async def run() -> None:
        async with Transport() as transport:
            await transport.send(request_, exchange_id="x1")

    with pytest.raises(UnsendableRequestError, match=r"the URL .* needs|cannot be sent"):
        asyncio.run(run())


def test_what_only_the_http_library_refuses_is_our_fault() -> None:
    """A request that h11 will not send is our error too, though the URL and headers looked right."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value")

    async def run() -> None:
        async with Transport(http=httpx.MockTransport(refuse)) as transport:
            await transport.send(post("http://mock/"), exchange_id="x1")

    with pytest.raises(UnsendableRequestError, match="cannot be sent"):
        asyncio.run(run())


def test_a_transport_must_be_open() -> None:
    """Using a transport outside its `async with` says so."""

    async def run() -> None:
        await Transport().send(post("http://127.0.0.1:9/"), exchange_id="x1")

    with pytest.raises(RuntimeError, match="async with Transport"):
        asyncio.run(run())


def test_limits_of_one_request_override_the_usual_ones() -> None:
    """`limits` given to `send` hold for that request alone."""

    async def run() -> list[Exchange]:
        async with serve(saying(response(b"abcdef"))) as server, Transport() as transport:
            tight = await transport.send(post(server.url), exchange_id="x1", limits=Limits(max_bytes=3))
            return [tight, await transport.send(post(server.url), exchange_id="x2")]

    tight, usual = asyncio.run(run())
    assert (tight.body, failed(tight)) == (b"abc", FailureKind.TOO_LARGE)
    assert (usual.body, usual.failure) == (b"abcdef", None)


@pytest.mark.parametrize("name", Limits.__slots__)
def test_limits_are_positive(name: str) -> None:
    """A limit of nothing is refused, by name."""
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})


def test_an_application_of_this_process_can_answer() -> None:
    """With `asgi_app` no socket is needed; an exception of the application is its 500."""

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["path"] == "/crash":
            raise LookupError
        body = (await receive())["body"]
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: " + body + b"\n\n"})

    async def run() -> list[Exchange]:
        async with Transport(asgi_app=app) as transport:
            urls = ("http://reference/v1", "http://reference/crash")
            return [await transport.send(post(url), exchange_id="x1") for url in urls]

    good, bad = asyncio.run(run())
    assert (good.status, [event.data for event in good.events]) == (201, ["{}"])
    assert bad.status == 500


def test_another_httpx_transport_can_answer() -> None:
    """Tests may give any httpx transport; its exceptions are failures like those of the network."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/lost":
            raise httpx.ReadError("reset")
        return httpx.Response(200, stream=httpx.ByteStream(request.content))

    async def run() -> list[Exchange]:
        async with Transport(http=httpx.MockTransport(handler), retry=NO_RETRY) as transport:
            urls = ("http://mock/", "http://mock/lost")
            return [await transport.send(post(url), exchange_id="x1") for url in urls]

    good, lost = asyncio.run(run())
    assert good.body == b"{}"
    assert failed(lost) is FailureKind.CUT_OFF


def test_importing_the_room_does_not_import_httpx() -> None:
    """`conformance --help` must not pay for an HTTP client."""
    code = "import sys, conformance.wire, conformance.record; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
