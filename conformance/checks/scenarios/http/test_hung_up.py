"""If a client disconnects in the middle of a stream, the rest of the stream must not reach another client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.api import operation_at
from conformance.checks import premise, probe, requirement
from conformance.checks.crosstalk import Left, can_tell, findings_of
from conformance.checks.language import Broken
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered
from conformance.wire import Exchange

# Words that no model says by itself, and no other prompt has.
LEFT_MARKS = ("tavorq", "belindu", "zomrik")
NEXT_MARKS = ("wexlap", "grunvi", "odrask", "pulbev", "kinrol", "fashud")
TIMES = 16
NOTICED_S = 0.3  # until a server has noticed that its reader is gone


@dataclass(frozen=True, slots=True)
class AfterDisconnects:
    """The streams from which the client disconnected, and the responses to requests that were sent right afterwards."""

    left: tuple[Left, ...]
    after: tuple[ChatReply, ...]


def line(mark: str) -> str:
    """Return a prompt that asks the model to repeat a unique word many times."""
    return f"Write this line once more: {' '.join([mark] * TIMES)}"


@probe
async def left_streams(chat: Chat) -> AfterDisconnects:
    """Disconnect from three streams after six events.

    Afterwards, send six other requests at the same time, half of them streamed.
    """
    stream = replace(chat, transport=Transport.SSE)

    async def leave(mark: str) -> Left:
        reply = await stream.post(stream.body(line(mark), temperature=0, max_tokens=64), stop_after_events=6)
        return Left(mark, reply.exchange)

    async def follow(place: int) -> ChatReply:
        ask = stream if place % 2 == 0 else chat
        return await ask(line(NEXT_MARKS[place]), temperature=0, max_tokens=16, fresh=True)

    left = await asyncio.gather(*map(leave, LEFT_MARKS))
    await chat.http.pause(NOTICED_S)
    return AfterDisconnects(tuple(left), tuple(await asyncio.gather(*map(follow, range(len(NEXT_MARKS))))))


def is_new(exchange: Exchange) -> bool:
    """Return whether a request generates new text. Other requests may return the text and id of an earlier response."""
    operation = operation_at(exchange.request.method, exchange.request.url.partition("?")[0])
    return exchange.request.method == "POST" and operation is not None and operation.collection


@requirement("http.isolation.hung-up")
def test_the_rest_of_a_left_stream_reaches_nobody(
    left_streams: AfterDisconnects, all_exchanges: Callable[[], list[Exchange]]
) -> None:
    """The rest of an abandoned stream must not appear in the next requests, nor in any other request of the run."""
    left = [one for one in left_streams.left if one.exchange.stopped]
    premise(left, "no stream had six events, so no client disconnected")
    others = [each for each in all_exchanges() if is_new(each)]
    names = {one.exchange.id for one in left}
    others = [each for each in others if each.id not in names]
    found = findings_of(left, others)
    if found:
        raise Broken(found)
    if not any(reply.accepted for reply in left_streams.after):
        raise NotAnswered(left_streams.after[0].exchange, "no request after the abandoned streams was answered")
    premise(can_tell(left, others), "the streams cannot be told apart by words or ids")
