"""What a try received is held by its exchange alone."""

from __future__ import annotations

import asyncio

import httpx

from conformance.wire import Limits, Request
from conformance.wire.attempt import OneTry


def test_a_try_that_is_over_holds_no_body() -> None:
    """It is in a cycle with its request, and large bodies would stay until a collection of garbage finds them."""
    one = OneTry(Request("GET", "http://x/"), Limits(), None)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"a" * 1_000_000)))
    exchange = asyncio.run(one.run(transport, "x1", ""))
    assert len(exchange.body) == 1_000_000
    assert not one._got.body
