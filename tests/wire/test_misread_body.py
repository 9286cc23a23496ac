"""A request that the server misread because of the previous request on the connection is sent again."""

from __future__ import annotations

import asyncio

import pytest
from raw_server import Talk, serve

from conformance.wire import Exchange, HttpClient, Request, is_misread

REJECTED = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
MISREAD = b"HTTP/1.1 501 No\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\nno!"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


async def sent(*answers: bytes, body: bytes = b"{}") -> tuple[list[Exchange], int]:
    """Send two requests one after the other, and return the exchanges and the number of connections."""

    async def script(talk: Talk) -> None:
        answer = answers[talk.number - 1]
        await talk.say(answer)
        if b"connection: close" in answer:
            talk.writer.close()

    async with serve(script) as server, HttpClient(concurrency=1) as client:
        request = Request("POST", server.url, (("content-type", "application/json"),), body)
        exchanges = [await client.send(request, exchange_id=f"x{number}") for number in (1, 2)]
        return exchanges, server.connections


def test_a_misread_request_is_sent_again() -> None:
    (_, second), connections = asyncio.run(sent(REJECTED, MISREAD, ANSWER))
    assert second.status == 200
    assert [tried.status for tried in second.attempts] == [501]
    assert connections == 2


def test_it_is_sent_again_only_once() -> None:
    (_, second), _ = asyncio.run(sent(REJECTED, MISREAD, MISREAD))
    assert second.status == 501
    assert len(second.attempts) == 1


def test_after_an_accepted_request_nothing_is_repeated() -> None:
    (_, second), _ = asyncio.run(sent(ANSWER, MISREAD))
    assert second.status == 501
    assert not second.attempts


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (400, {"connection": "close", "content-type": "text/html"}, True),
        (400, {"connection": "close", "content-type": "application/json"}, False),
        (400, {"content-type": "text/html"}, False),
        (502, {"connection": "close", "content-type": "text/html"}, False),
        (None, {}, False),
    ],
)
def test_what_looks_misread(status: int | None, headers: dict[str, str], expected: bool) -> None:
    assert is_misread(status, headers.items()) is expected
