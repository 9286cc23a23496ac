"""What the transport asks again, and what it records of the tries it gave up."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from answers import CHUNKED, QUICK, ask, chunk, response, saying, then_silent
from raw_server import RawServer, Script, Talk

from conformance.wire import Attempt, Exchange, FailureKind, HttpClient, Request


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
    """429 and 503, then 200: the answer stands, the given-up tries are recorded with their heads, the server's waits are kept."""
    exchange, server, waits = retrying(
        in_turn(
            saying(response(b"", b"retry-after: 2\r\n", b"429 Too Many Requests")),
            saying(response(b"", b"retry-after-ms: 1500\r\nretry-after: 9\r\n", b"503 Busy")),
            saying(response(b"{}")),
        )
    )
    assert exchange.status == 200
    assert exchange.attempts == (
        Attempt(429, None, 2.0, (("retry-after", "2"), ("content-length", "0"))),
        Attempt(503, None, 1.5, (("retry-after-ms", "1500"), ("retry-after", "9"), ("content-length", "0"))),
    )
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
    assert (len(exchange.attempts), len(server.asked), waits) == (5, 6, [0.5, 1.0, 2.0, 4.0, 8.0])


def test_a_target_that_serves_one_at_a_time_is_waited_for() -> None:
    """It says 429 for some seconds, and then answers."""
    busy = saying(response(b"", b"", b"429 Too Many Requests"))
    exchange, _, waits = retrying(in_turn(busy, busy, busy, busy, saying(response(b"{}"))))
    assert (exchange.status, waits) == (200, [0.5, 1.0, 2.0, 4.0])


def test_a_target_that_is_always_busy_uses_up_the_patience() -> None:
    """Three requests wait sixteen seconds each; the others have three tries."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async def asked() -> list[int]:
        tries = []
        app = httpx.MockTransport(lambda _: httpx.Response(429))
        async with HttpClient(http=app, sleep=wait) as client:
            for number in range(5):
                exchange = await client.send(Request("GET", "http://x/v1/models"), exchange_id=f"x{number}")
                tries.append(1 + len(exchange.attempts))
        return tries

    assert asyncio.run(asked()) == [6, 6, 6, 3, 3]
    assert sum(waits) == 3 * 15.5 + 2 * 1.5
