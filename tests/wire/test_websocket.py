"""A WebSocket's turns are exchanges: recorded as they came, bounded, and never an exception for what the target does."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from answers import response
from raw_server import Talk
from raw_server import serve as serve_raw
from websockets.asyncio.server import ServerConnection, serve

from conformance import __version__
from conformance.record import exchange_from_dict, exchange_to_dict
from conformance.wire import (
    Exchange,
    FailureKind,
    HttpClient,
    Limits,
    Redactor,
    Request,
    UnsendableRequestError,
    WebSocket,
    curl,
)

KEY = "sk-test-0123456789"
Handler = Callable[[ServerConnection], Awaitable[None]]


def ends(message: str) -> bool:
    return message.startswith("end")


def turns(handler: Handler, *said: list[bytes], limits: Limits | None = None) -> list[Exchange]:
    """What each turn of one connection to `handler` came to."""

    async def run() -> list[Exchange]:
        async with serve(handler, "127.0.0.1", 0) as server, HttpClient(limits or Limits(read_s=2)) as transport:
            port = server.sockets[0].getsockname()[1]
            upgrade = Request("GET", f"ws://127.0.0.1:{port}/v1/responses", (("authorization", f"Bearer {KEY}"),))
            socket = transport.dial(upgrade)
            found = [await socket.turn(each, ends, exchange_id=f"x{n}", probe="p") for n, each in enumerate(said)]
            await socket.close()
            return found

    return asyncio.run(run())


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(f'{{"said": "{message!s}"}}')
        await connection.send(b"end \xe2\x9c\x93")


def test_a_turn_has_the_upgrade_and_all_messages() -> None:
    """The upgrade's request and head, what was said, and each message, text or bytes, with the time of its arrival."""
    first, second = turns(echo, [b"one"], [b"two"])
    assert (first.id, first.probe, first.status, first.http_version, first.failure) == (
        "x0",
        "p",
        101,
        "HTTP/1.1",
        None,
    )
    sent = dict(first.request.headers)
    assert (sent["upgrade"], sent["authorization"]) == ("websocket", f"Bearer {KEY}")
    assert sent["user-agent"] == f"openai-conformance/{__version__}"
    assert "sec-websocket-extensions" not in sent
    assert first.header("sec-websocket-accept")
    assert (first.request.body, second.request.body) == (b"one", b"two")
    assert [event.data for event in first.events] == ['{"said": "one"}', "end ✓"]
    assert [event.data for event in second.events] == ['{"said": "two"}', "end ✓"]
    assert 0 < first.events[0].at_ms <= first.events[1].at_ms == first.timing.last_byte_ms
    assert second.headers == first.headers


def test_messages_that_are_sent_at_once_have_one_exchange() -> None:
    """It goes on until as many messages as were sent have been answered to their end."""
    (both,) = turns(echo, [b"one", b"two"])
    assert both.request.body == b"one\ntwo"
    assert [event.data for event in both.events] == ['{"said": "one"}', "end ✓", '{"said": "two"}', "end ✓"]


def test_a_turn_is_written_and_read_again() -> None:
    """The run file gives back the same exchange, messages with line breaks included."""

    async def odd(connection: ServerConnection) -> None:
        async for _ in connection:
            for message in ('{\n  "a": 1\n}\n', "", "data: {}\n\n", "end"):
                await connection.send(message)

    (exchange,) = turns(odd, [b"x"])
    data = json.loads(json.dumps(exchange_to_dict(exchange)))
    assert exchange_from_dict(data) == exchange
    assert [event.data for event in exchange.events] == ['{\n  "a": 1\n}\n', "", "data: {}\n\n", "end"]


def test_a_key_that_comes_back_is_taken_out() -> None:
    """Of the upgrade's headers, of what was said, and of the messages that came."""

    async def tell(connection: ServerConnection) -> None:
        assert connection.request is not None
        async for _ in connection:
            await connection.send(connection.request.headers["authorization"])
            await connection.send("end")

    (exchange,) = turns(tell, [KEY.encode()])
    assert KEY in exchange.events[0].data
    kept = Redactor([KEY]).exchange(exchange)
    assert KEY not in repr(kept)
    assert [event.data for event in kept.events] == ["Bearer [redacted]", "end"]
    assert [event.at_ms for event in kept.events] == [event.at_ms for event in exchange.events]


@pytest.mark.parametrize("status", [b"404 Not Found", b"426 Upgrade Required", b"200 OK", b"302 Found", b"500 Oops"])
def test_a_refused_upgrade_is_its_answer(status: bytes) -> None:
    """Its status, headers and body are recorded, and no other place is asked; the turns after it say the same."""

    async def refuse(talk: Talk) -> None:
        await talk.say(response(b'{"error": 1}', b"X-A: 1\r\nLocation: /elsewhere\r\n", status))

    async def run() -> tuple[Exchange, Exchange, int]:
        async with serve_raw(refuse) as server, HttpClient() as transport:
            socket = transport.dial(Request("GET", server.url.replace("http", "ws")))
            first = await socket.turn([b"x"], ends, exchange_id="x1")
            second = await socket.turn([b"x"], ends, exchange_id="x2")
            await socket.close()
            return first, second, len(server.asked)

    first, second, asked = asyncio.run(run())
    assert (first.status, first.body, first.events, first.failure) == (int(status[:3]), b'{"error": 1}', (), None)
    assert first.header("x-a") == "1"
    assert (second.status, second.failure, asked) == (first.status, None, 1)


async def _gone(talk: Talk) -> None:
    talk.writer.close()


async def _noise(talk: Talk) -> None:
    await talk.say(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")


async def _silence(talk: Talk) -> None:
    await talk.until_gone()


async def _false(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (_gone, FailureKind.CUT_OFF),
        (_noise, FailureKind.PROTOCOL),
        (_silence, FailureKind.TIMEOUT_READ),
        (_false, FailureKind.PROTOCOL),
    ],
)
def test_an_upgrade_without_an_answer_is_a_failure(
    script: Callable[[Talk], Awaitable[None]], kind: FailureKind
) -> None:
    """No status, and the reason."""

    async def run() -> Exchange:
        async with serve_raw(script) as server, HttpClient(Limits(connect_s=0.2, read_s=0.2)) as transport:
            socket = transport.dial(Request("GET", server.url.replace("http", "ws")))
            try:
                return await socket.turn([b"x"], ends, exchange_id="x1")
            finally:
                await socket.close()

    exchange = asyncio.run(run())
    assert exchange.failure is not None
    assert (exchange.status, exchange.failure.kind) == (None, kind), exchange.failure


def test_nobody_listening_is_a_failure() -> None:
    """As for any request."""

    async def run() -> Exchange:
        async with HttpClient() as transport:
            return await transport.dial(Request("GET", "ws://127.0.0.1:1/")).turn([b"x"], ends, exchange_id="x1")

    exchange = asyncio.run(run())
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.CONNECT


def test_a_connection_that_is_closed_fails_this_turn_and_the_next() -> None:
    """What came before is kept, and the close code is told."""

    async def leave(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("begun")
        await connection.close(1011, "sorry")

    first, second = turns(leave, [b"x"], [b"y"])
    assert first.failure is not None
    assert first.failure.kind is FailureKind.CUT_OFF
    assert "1011" in first.failure.message
    assert [event.data for event in first.events] == ["begun"]
    assert (second.status, second.events, second.failure) == (101, (), first.failure)


@pytest.mark.parametrize(
    ("bound", "kind"),
    [
        (Limits(read_s=0.1), FailureKind.TIMEOUT_READ),
        (Limits(total_s=0.1), FailureKind.TIMEOUT_TOTAL),
    ],
)
def test_silence_ends_a_turn(bound: Limits, kind: FailureKind) -> None:
    """Within the limits of any exchange."""

    async def quiet(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("begun")
        await connection.wait_closed()

    (exchange,) = turns(quiet, [b"x"], limits=bound)
    assert exchange.failure is not None
    assert (exchange.status, exchange.failure.kind) == (101, kind)
    assert [event.data for event in exchange.events] == ["begun"]


@pytest.mark.parametrize("bound", [Limits(max_bytes=1000), Limits(max_events=50)])
def test_what_has_no_end_is_cut(bound: Limits) -> None:
    """Many messages are bounded in number and in bytes."""

    async def flood(connection: ServerConnection) -> None:
        await connection.recv()
        while True:
            await connection.send("x" * 20)
            await asyncio.sleep(0)

    (exchange,) = turns(flood, [b"x"], limits=bound)
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TOO_LARGE
    assert len(exchange.events) <= 50


def test_one_message_is_bounded() -> None:
    """One that is larger than everything that is read is not taken into memory."""

    async def large(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("x" * 10_000)
        await connection.wait_closed()

    (exchange,) = turns(large, [b"x"], limits=Limits(max_bytes=1000))
    assert exchange.failure is not None
    assert (exchange.failure.kind, exchange.events) == (FailureKind.TOO_LARGE, ())


def test_another_scheme_cannot_be_dialled() -> None:
    """That is a fault of ours."""
    with pytest.raises(UnsendableRequestError, match="ws://"):
        WebSocket(Request("GET", "http://127.0.0.1/"), Limits())


def test_a_turn_is_repeated_by_websocat(tmp_path: Path) -> None:
    """The messages go to its standard input, the key comes from the environment, and the library's own headers stay out."""
    (exchange,) = turns(echo, [b"it's", b"$HOME"])
    (tmp_path / "websocat").write_text('#!/bin/sh\nfor word in "$@"; do echo "$word"; done; cat\n')
    (tmp_path / "websocat").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "MY_KEY": "mine"}
    command = curl(exchange.request, "MY_KEY")
    done = subprocess.run(["sh", "-eu", "-c", command], env=env, check=True, capture_output=True, text=True, timeout=10)  # noqa: S607 - that is the test
    assert done.stdout.splitlines() == [
        "--no-close",
        "-H",
        "Authorization: Bearer mine",
        exchange.request.url,
        "it's",
        "$HOME",
    ]
