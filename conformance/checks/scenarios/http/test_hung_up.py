"""Clients that disconnect in the middle of a stream must not influence the responses to other clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.api import operation_at
from conformance.checks import expect, premise, probe, requirement
from conformance.checks.crosstalk import Left, can_tell, findings_of
from conformance.checks.language import Broken, Phrase, answer
from conformance.checks.patience import patiently, tells_of_the_target
from conformance.checks.refusal import BUSY
from conformance.checks.whole_run import ForeignWords, Tallied
from conformance.config import Target
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered
from conformance.wire import Exchange

from .test_concurrency import Own

# Words that no model says by itself, and no other prompt has.
LEFT_MARKS = ("tavorq", "belindu")
TIMES = 16
NOTICED_S = 0.3  # until a server has noticed that its reader is gone
PATIENCE = 100  # times as long as an answer took before, in which it must come again


def line(mark: str) -> str:
    """Return a prompt that asks the model to repeat a unique word many times.

    The prompt begins like the prompts of the concurrent requests, because servers may choose a slot by the beginning of
    a prompt.
    """
    return f"Repeat the word {' '.join([mark] * TIMES)}."


@probe
async def left_streams(chat: Chat) -> tuple[Left, ...]:
    """Disconnect from two streams after six events, and wait until the server may have noticed."""
    stream = replace(chat, transport=Transport.SSE)

    async def leave(mark: str) -> Left:
        reply = await stream.post(stream.body(line(mark), temperature=0, max_tokens=64), stop_after_events=6)
        return Left(mark, reply.exchange)

    left = await asyncio.gather(*map(leave, LEFT_MARKS))
    await chat.http.pause(NOTICED_S)
    return tuple(left)


def is_new(exchange: Exchange) -> bool:
    """Return whether a request generates new text.

    If a request only retrieves a stored object, it is correct that the response has the text and id of an earlier
    response.
    """
    operation = operation_at(exchange.request.method, exchange.request.url.partition("?")[0])
    return exchange.request.method == "POST" and operation is not None and operation.collection


@requirement("http.isolation.hung-up")
def test_the_rest_of_a_left_stream_reaches_nobody(
    left_streams: tuple[Left, ...], at_once: list[Own], all_exchanges: Callable[[], list[Exchange]]
) -> None:
    """The rest of an abandoned stream must not appear in the next requests, nor in any other request of the run."""
    left = [one for one in left_streams if one.exchange.stopped]
    premise(left, "no stream had six events, so no client disconnected")
    others = [each for each in all_exchanges() if is_new(each)]
    names = {one.exchange.id for one in left}
    others = [each for each in others if each.id not in names]
    found = findings_of(left, others)
    if found:
        raise Broken(found)
    if not any(own.reply.accepted for own in at_once):
        raise NotAnswered(at_once[0].reply.exchange, "no request after the abandoned streams was answered")
    premise(can_tell(left, others), "the streams cannot be told apart by words or ids")


@dataclass(frozen=True, slots=True)
class HungUp:
    """Streams from which the client disconnected, and the later response to the prompt of the first of these streams.

    `before` is an earlier response, which shows how fast the target is.
    """

    before: ChatReply
    streams: tuple[ChatReply, ...]
    after: ChatReply


@probe
async def hung_up(chat: Chat, cut_short: ChatReply, left_streams: tuple[Left, ...], at_once: list[Own]) -> HungUp:
    """Send the prompt of an abandoned stream again, without streaming, after the concurrent requests."""
    del at_once  # only to come after them
    streams = tuple(ChatReply(one.exchange) for one in left_streams)
    after = await patiently(lambda: chat(line(LEFT_MARKS[0]), max_tokens=4, fresh=True))
    return HungUp(cut_short, streams, after)


def was_quick(before: Exchange, target: Target) -> bool:
    """Return whether an earlier response was so fast that later missing responses are the target's fault.

    The target may complete the two abandoned streams of 64 tokens first. The next response and the two abandoned
    streams together are 17 times as much work as the earlier response of eight tokens.
    """
    took_ms, limits = before.timing.last_byte_ms, target.limits
    return took_ms is not None and took_ms * PATIENCE < 1000 * min(limits.read_s, limits.total_s)


@requirement("http.disconnect")
def test_the_prompt_is_answered_after_readers_hung_up(hung_up: HungUp, target: Target) -> None:
    premise(hung_up.before.accepted, "no request was answered before either")
    stopped = [reply for reply in hung_up.streams if reply.exchange.stopped]
    premise(stopped, "no stream had six events, so no client disconnected")
    after = hung_up.after.exchange
    if after.status in BUSY:
        raise NotAnswered(after, f"the target answered {after.status}")
    if not tells_of_the_target(after) and not was_quick(hung_up.before.exchange, target):
        raise NotAnswered(after, f"no response in time, twice: {answer(after)}; --timeout waits longer")
    got = answer(after) if after.status else Phrase(after.failure.message if after.failure else "no answer")
    expect(hung_up.after.accepted, "a response, as before", got=got, where="status", on=after)


@requirement("http.isolation.whole-run")
def test_no_word_of_another_prompt_appears_in_the_run(tallied: Tallied, at_once: list[Own], hung_up: HungUp) -> None:
    del hung_up  # a request after all these words
    tallied("http.isolation.whole-run", ForeignWords([*LEFT_MARKS, *(own.nonce for own in at_once)]).judge)
