"""The transport records what came, as it came, and lets nothing but the request decide."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from answers import CHUNKED, JSON, ask, chunk, post, response, saying
from raw_server import RawServer, Talk, fields, serve

from conformance import __version__
from conformance.wire import Exchange, HttpClient, Limits, Request


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
        async with serve(saying(response(b"{}"))) as server, HttpClient() as transport:
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
        async with serve(saying(response(b"{}"))) as server, HttpClient() as transport:
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
        async with serve(script) as server, HttpClient(limits, concurrency=2) as transport:
            sends = (transport.send(post(server.url), exchange_id=f"x{n}") for n in range(10))
            return await asyncio.gather(*sends)

    assert all(exchange.failure is None for exchange in asyncio.run(run()))
    assert most == 2


def test_redirects_and_cookies_have_no_effect() -> None:
    """A redirect is an answer like any other, even a broken one, and no cookie comes back."""
    raw = response(b"", b"location: http://[bad\r\nset-cookie: a=1; path=/\r\n", b"302 Found")

    async def run() -> tuple[list[Exchange], RawServer]:
        async with serve(saying(raw)) as server, HttpClient() as transport:
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
