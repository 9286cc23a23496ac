"""What a raw server may say, and one request of the transport to it."""

from __future__ import annotations

import asyncio
from typing import Any

from raw_server import RawServer, Script, Talk, serve

from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Limits, Request

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
        async with serve(script) as server, HttpClient(**options) as transport:
            return await transport.send(post(server.url, body), exchange_id="x1", **sending), server

    return asyncio.run(run())


def failed(exchange: Exchange) -> FailureKind:
    assert exchange.failure is not None, exchange
    assert exchange.failure.message
    return exchange.failure.kind


def send_to(url: str, **options: Any) -> Exchange:
    async def run() -> Exchange:
        async with HttpClient(retry=NO_RETRY, **options) as transport:
            return await transport.send(post(url), exchange_id="x1")

    return asyncio.run(run())
