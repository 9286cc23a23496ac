"""Unusual requests: HEAD, bodies without `Content-Length`, compressed bodies, and large bodies."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks import NotApplicable, expect, premise, probe, requirement, standard
from conformance.checks.language import Phrase, Reply, answer
from conformance.checks.refusal import BUSY, Faulty, expect_accepted
from conformance.engine.clients import Chat, Http, encode
from conformance.reply import ChatReply, NotAnswered, read_error
from conformance.wire import Exchange, FailureKind

from ..chat.conftest import HELLO
from .headers import CHARSET, CHUNKED, idempotency_key
from .test_requests import status_of

FEW = 4  # output tokens
LARGE = 3 * 1024 * 1024
"""The size in bytes: above the usual limits of servers and proxies (0.1, 1 and 2 MiB), and sent within a second."""

# The server took the request and said nothing, or left: seen twice it is no chance.
_HANGS = frozenset({FailureKind.TIMEOUT_READ, FailureKind.CUT_OFF, FailureKind.PROTOCOL})


async def certain(ask: Callable[[bool], Awaitable[ChatReply]]) -> ChatReply:
    """Send a request; if there is no response, send the request once more; return the last response."""
    reply = await ask(False)
    return reply if reply.exchange.status is not None else await ask(True)


def settled(reply: Reply, control: Reply) -> int:
    """Return the status of a response; 0 if the server accepted the request but sent no response.

    The check is inconclusive if the control request failed or the target is busy.
    """
    if not control.accepted:
        raise NotAnswered(control.exchange, "the same request in its usual form got no response")
    exchange = reply.exchange
    if exchange.status is None and exchange.failure is not None and exchange.failure.kind in _HANGS:
        return 0
    return status_of(exchange)


@probe
async def headed(http: Http, model_list: Exchange) -> tuple[Exchange, Exchange]:
    """Request the list of models with GET, and then with HEAD.

    The HEAD request asks the server to close the connection.
    """
    return model_list, await http("HEAD", "models", headers={"connection": "close"})


@requirement("http.head.answered")
def test_head_is_answered_like_get_or_refused(headed: tuple[Exchange, Exchange]) -> None:
    plain, exchange = headed
    premise(plain.status == 200, f"the model list returns {plain.status}")
    status = status_of(exchange)
    good = status in (plain.status, 501) or 400 <= status < 500
    expected = f"{plain.status}, as for GET, or 405 (or another 4xx, or 501)"
    expect(good, expected, got=answer(exchange), where="status", on=exchange)


@requirement("http.head.no-content")
def test_nothing_follows_the_head(headed: tuple[Exchange, Exchange]) -> None:
    exchange = headed[1]
    status_of(exchange)
    got = Phrase(f"{len(exchange.body)} bytes: {exchange.body[:80]!r}")
    expect(not exchange.body, "no byte after the head of the response", got=got, where="body", on=exchange)


@probe
async def chunked(chat: Chat, plain: ChatReply, unusual_headers: ChatReply) -> Faulty:
    """Send the valid request with `Transfer-Encoding: chunked` instead of `Content-Length`."""
    if unusual_headers.accepted:
        return Faulty(plain, unusual_headers)
    body = chat.body(HELLO, max_tokens=FEW)
    return Faulty(plain, await certain(lambda fresh: chat.post(body, headers=CHUNKED, fresh=fresh)))


@requirement("http.chunked", acceptance=True)
def test_a_chunked_body_is_read(chunked: Faulty) -> None:
    good = settled(chunked.faulty, chunked.control) in (200, 411)
    expect(good, "a response, or 411", got=answer(chunked.faulty), where="status", on=chunked.faulty)


@dataclass(frozen=True, slots=True)
class Compressed:
    """The responses to the compressed request `reply`, and to two uncompressed requests with the same prompt."""

    plain: ChatReply
    short: ChatReply
    reply: ChatReply


@probe
async def compressed(chat: Chat, plain: ChatReply, short_and_long: tuple[ChatReply, ChatReply]) -> Compressed:
    """Send the valid request with a gzip body and `Content-Encoding: gzip`."""
    body = gzip.compress(encode(chat.body(HELLO, max_tokens=FEW)), mtime=0)
    headers = {"content-encoding": "gzip"}
    reply = await certain(lambda fresh: chat.post(body, headers=headers, fresh=fresh))
    return Compressed(plain, short_and_long[0], reply)


def prompt_tokens(reply: ChatReply) -> Any:
    """Return the prompt tokens that the response reports; None if the target does not count them."""
    return (reply.usage or {}).get("prompt_tokens") if reply.accepted else None


@requirement("http.compressed")
def test_a_compressed_body_is_read_or_refused(compressed: Compressed) -> None:
    reply = compressed.reply
    status = settled(reply, compressed.plain)
    good = status in (200, 501) or 400 <= status < 500
    expect(good, "a response, or 415 (or another 4xx)", got=answer(reply), where="status", on=reply)
    if status != 200:
        return
    usual = {prompt_tokens(compressed.plain), prompt_tokens(compressed.short)}
    premise(None not in usual, "the target does not count prompt tokens, so it is unknown what it read")
    premise(len(usual) == 1, "the same prompt has a different count each time")
    expected = f"the {usual.copy().pop()} prompt tokens of the same request uncompressed"
    got = prompt_tokens(reply)
    expect(got in usual, expected, got=got, where="/usage/prompt_tokens", on=reply)


@dataclass(frozen=True, slots=True)
class Keyed:
    """The responses to a request without an idempotency key, and to two requests with the same idempotency key."""

    plain: ChatReply
    first: ChatReply
    again: ChatReply


@probe
async def keyed(chat: Chat, plain: ChatReply, unusual_headers: ChatReply) -> Keyed:
    """Send the same request twice with the same idempotency key, one after the other.

    The first of the two requests is not sent if the target already accepted a request with several unusual headers, one
    of them an idempotency key.
    """
    first = unusual_headers
    if first.accepted:
        body = first.exchange.request.json
        headers = {**idempotency_key(body), **CHARSET, **CHUNKED}
    else:
        body = chat.body(HELLO, max_tokens=FEW)
        headers = idempotency_key(body)
        first = await chat.post(body, headers=headers, fresh=True)
    return Keyed(plain, first, await chat.post(body, headers=headers, fresh=True))


@requirement("http.idempotency-key", acceptance=True)
def test_an_idempotency_key_does_no_harm(keyed: Keyed) -> None:
    expect_accepted(Faulty(keyed.plain, keyed.first), "a request with an Idempotency-Key")


@requirement("http.idempotency-key.repeated", acceptance=True)
def test_the_same_key_and_body_is_no_error(keyed: Keyed) -> None:
    expect_accepted(Faulty(keyed.first, keyed.again), "the same key with the same body again")


@probe
async def large_body(chat: Chat) -> Faulty:
    """Send a request with invalid messages, and the same request with an additional string of 3 MiB.

    The request with the string and the request without it are both invalid on purpose, so that the target generates no
    text.
    """
    refused = chat.body(HELLO) | {"messages": 12345}
    large = await asyncio.to_thread(lambda: encode({**refused, "user": "x" * LARGE}))
    return Faulty(
        await chat.post(refused), await certain(lambda fresh: chat.post(large, fresh=fresh)), ("user", "messages")
    )


@standard
@requirement("http.large-body")
def test_a_large_body_is_a_4xx(large_body: Faulty) -> None:
    exchange, control = large_body.faulty.exchange, large_body.control.exchange
    premise(400 <= status_of(control) < 500, f"the same request without the long string returns {control.status}")
    failure = exchange.failure
    if exchange.status is None and failure is not None:
        left = failure.kind in (FailureKind.CUT_OFF, FailureKind.PROTOCOL)
        premise(not left, "the server closed the connection while the body was sent, as RFC 9110 (15.5.14) allows")
        hung = failure.kind is FailureKind.TIMEOUT_READ
        expect(not hung, f"a 4xx for a body of {LARGE} bytes", got=answer(exchange), where="status", on=exchange)
    good = 400 <= status_of(exchange) < 500
    expect(good, f"413, or another 4xx, for {LARGE} bytes", got=answer(exchange), where="status", on=exchange)


@standard
@requirement("http.large-body.envelope")
def test_a_413_is_told_in_the_envelope(large_body: Faulty) -> None:
    exchange = large_body.faulty.exchange
    if exchange.status != 413:
        raise NotApplicable(
            f"a body of {LARGE} bytes is accepted" if exchange.status not in (None, *BUSY) else "no 413"
        )
    error = read_error(exchange)
    good = error.envelope == "openai" and bool(error.message)
    expect(good, '{"error": {"message": …, …}}', got=answer(exchange), where="/error", on=exchange)
