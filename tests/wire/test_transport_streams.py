"""The transport reads server-sent events while they arrive."""

from __future__ import annotations

import asyncio
import zlib

from answers import CHUNKED, SSE, ask, chunk, failed, post, response, saying
from raw_server import Talk, serve

from conformance.wire import Exchange, FailureKind, HttpClient, decode


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

        async with serve(script) as server, HttpClient() as transport:
            exchange = await transport.send(post(server.url), exchange_id="x1", stop_after_events=2)
            await asyncio.wait_for(gone.wait(), 2)
            return exchange

    exchange = asyncio.run(run())
    assert [event.data for event in exchange.events] == ["1", "2"]
    assert (exchange.failure, exchange.stopped) == (None, True)


def test_a_stream_cut_in_an_event_keeps_it_as_incomplete() -> None:
    """What arrived of the last event is kept, marked, next to the failure."""
    exchange, _ = ask(saying(CHUNKED + SSE + b"\r\n", chunk(b'data: 1\n\ndata: {"x'), hang_up=True))
    assert failed(exchange) is FailureKind.CUT_OFF
    assert [(event.data, event.complete) for event in exchange.events] == [("1", True), ('{"x', False)]


def test_a_json_body_has_no_events() -> None:
    """Events are read from `text/event-stream` alone."""
    assert ask(saying(response(b"data: 1\n\n")))[0].events == ()
