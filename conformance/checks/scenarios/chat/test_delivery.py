"""When and how a response arrives: streams arrive in time and in pieces, and only if the client requested a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import Phrase, answer
from conformance.checks.refusal import BUSY, Faulty
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered
from conformance.reply.stream import is_done
from conformance.wire import Event, Exchange, FailureKind

from .conftest import COUNT
from .test_reasoning import thoughts

ENOUGH_EVENTS = 5
# Streams that take longer than this (ms) can show that they were held back; a faster one, or one alone, may have come
# all at once because this machine was busy.
LONG_MS = 700.0
LATE_MS = 1000.0


@probe
async def streams(
    both_ways: tuple[list[ChatReply], list[ChatReply]], usage_in_stream: ChatReply, streamed_plain: list[ChatReply]
) -> tuple[ChatReply, ...]:
    """Return the streamed responses of other probes: two in which the model counts to ten, and shorter ones."""
    return (*both_ways[1], usage_in_stream, *streamed_plain)


@probe(transports=("sse",))
async def streamed_plain(
    plain: ChatReply,
    cut_short: ChatReply,
    two_choices: ChatReply,
    two_calls: ChatReply,
    forced_call: ChatReply,
    logprobs_asked: ChatReply,
) -> list[ChatReply]:
    """Return the streamed responses of the most common probes: text, two choices and tool calls.

    Many streams are judged together, so that one short delay in the suite's own machine does not matter.
    """
    return [plain, cut_short, two_choices, two_calls, forced_call, logprobs_asked]


def carrying(reply: ChatReply) -> list[Event]:
    """Return the events whose deltas contain text, reasoning or tool calls; [] if the response is JSON."""
    events = reply.exchange.events
    found = []
    for chunk in reply.chunks if reply.streamed else ():
        deltas = [choice.get("delta") for choice in chunk.choices]
        if any(
            isinstance(delta, dict) and any(value for name, value in delta.items() if name != "role")
            for delta in deltas
        ):
            found.append(events[chunk.number])
    return found


def spread(reply: ChatReply) -> tuple[int, float, float]:
    """Return the number of events with content, their time span in ms, and the arrival time of the last event in ms."""
    times = [event.at_ms for event in carrying(reply)]
    if len(times) < ENOUGH_EVENTS:
        return 0, 0.0, 0.0
    return len(times), times[-1] - times[0], times[-1]


@probe
async def first_token(one_token: ChatReply) -> ChatReply:
    """Request a JSON response of one token, which shows how early a first token can arrive."""
    return one_token


def thinks_unseen(reply: ChatReply) -> bool:
    """Return whether the response counts reasoning tokens but shows no reasoning, so that nothing could be streamed."""
    details = (reply.usage or {}).get("completion_tokens_details")
    return bool(isinstance(details, dict) and details.get("reasoning_tokens")) and not thoughts(reply)


def held_back(reply: ChatReply, floor: float | None) -> bool:
    """Return whether the stream took at least `floor` ms, and all its events with content arrived at the end."""
    count, over, whole = spread(reply)
    return floor is not None and count > 0 and whole >= floor and over < 0.02 * whole


def in_pieces(reply: ChatReply) -> bool:
    """Return whether a stream arrived in pieces, so that its events with content are spread over time."""
    count, over, whole = spread(reply)
    return count > 0 and over >= 0.05 * whole


def slowest_first_token(first_token: ChatReply) -> float | None:
    """Return the time in ms that a stream must take before it shows whether its events were held back.

    A shorter stream proves nothing: network, queue and prompt processing may have delayed all its events.
    """
    ready = first_token.exchange.timing.last_byte_ms if first_token.accepted else None
    return None if ready is None else LONG_MS + ready


@probe
async def streams_again(chat: Chat, streams: tuple[ChatReply, ...], first_token: ChatReply) -> list[ChatReply]:
    """Request two more streams, one after the other, if every earlier stream arrived all at once.

    A correct stream can arrive all at once if the machine that runs the suite is busy.
    """
    accepted = [reply for reply in streams if reply.accepted]
    floor = slowest_first_token(first_token)
    if floor is None or any(map(in_pieces, accepted)) or sum(held_back(reply, floor) for reply in accepted) < 2:
        return []
    stream = replace(chat, transport=Transport.SSE)
    return [await stream(COUNT, temperature=0, fresh=True) for _ in range(2)]


@requirement("chat.stream.incremental", transport="json")
def test_a_stream_arrives_while_it_is_generated(
    streams: tuple[ChatReply, ...], first_token: ChatReply, streams_again: list[ChatReply]
) -> None:
    accepted = [reply for reply in streams if reply.accepted]
    if not accepted:
        raise NotAnswered(streams[0].exchange, "no streamed request was answered")
    premise(any(spread(reply)[0] for reply in accepted), f"no stream has {ENOUGH_EVENTS} or more events with content")
    if any(map(in_pieces, (*accepted, *streams_again))):
        return
    if all(spread(reply)[2] < LONG_MS for reply in accepted):
        return  # none took a while; whether their pieces are seen one by one is a matter of how busy this machine is
    premise(
        not any(map(thinks_unseen, accepted)),
        "the model reasons without showing it, so there is nothing to send meanwhile",
    )
    floor = slowest_first_token(first_token)
    premise(floor is not None, "the request for a single token failed, so the time to the first token is unknown")
    held = [reply for reply in accepted if held_back(reply, floor)]
    premise(len(held) > 1, "the responses are too short to tell")
    confirmed = len(streams_again) > 1 and all(held_back(reply, floor) for reply in streams_again)
    premise(confirmed, "two streams sent later, one at a time, were too short to confirm that the events are held back")
    slowest = max((*held, *streams_again), key=lambda reply: spread(reply)[2])
    _, over, whole = spread(slowest)
    expect(
        False,
        f"events spread over the {whole:.0f} ms of the response",
        got=Phrase(
            f"all {spread(slowest)[0]} events in the last {over:.0f} ms; {len(held) + len(streams_again)} streams are like this"
        ),
        where="event times",
        on=slowest,
    )


def end_of(exchange: Exchange) -> tuple[float, float, float] | None:
    """Return the times in milliseconds of the last chunk, of `[DONE]` and of the end of the body.

    Returns None if no `[DONE]` follows a chunk of the stream.
    """
    place = next((number for number, event in enumerate(exchange.events) if is_done(event)), 0)
    if place == 0 or exchange.timing.last_byte_ms is None:
        return None
    ended = exchange.timing.last_byte_ms
    if exchange.failure is not None and exchange.failure.kind is FailureKind.TIMEOUT_READ:
        ended = float("inf")
    return exchange.events[place - 1].at_ms, exchange.events[place].at_ms, ended


def ends(streams: tuple[ChatReply, ...]) -> list[tuple[tuple[float, float, float], Exchange]]:
    """Return the times from `end_of` and the exchange for each stream that has a `[DONE]`."""
    found = [(end, reply.exchange) for reply in streams if (end := end_of(reply.exchange)) is not None]
    premise(found, "no stream has a [DONE]", see="chat.stream.done")
    return found


@requirement("chat.stream.done-in-time", transport="json")
def test_done_follows_the_last_chunk(streams: tuple[ChatReply, ...]) -> None:
    (last, done, _), exchange = min(ends(streams), key=lambda pair: pair[0][1] - pair[0][0])
    waited = Phrase(f"at least {done - last:.0f} ms in {len(streams)} streams")
    expect(done - last <= LATE_MS, f"[DONE] within {LATE_MS:.0f} ms", got=waited, where="event times", on=exchange)


@requirement("chat.stream.body-ends", transport="json")
def test_the_body_ends_after_done(streams: tuple[ChatReply, ...]) -> None:
    (_, done, end), exchange = min(ends(streams), key=lambda pair: pair[0][2] - pair[0][1])
    waited = Phrase(f"at least {end - done:.0f} ms in {len(streams)} streams")
    expect(
        end - done <= LATE_MS,
        f"the end of the body within {LATE_MS:.0f} ms",
        got=waited,
        where="event times",
        on=exchange,
    )


@probe
async def stream_false(defaults: Mapping[str, Faulty]) -> Faulty:
    """Send a request with `stream: false`."""
    return defaults["stream"]


@requirement("chat.stream.false")
def test_stream_false_gives_one_object(stream_false: Faulty, plain: ChatReply) -> None:
    exchange = stream_false.faulty.exchange
    if not plain.accepted or exchange.status in BUSY or exchange.status is None:
        raise NotAnswered(
            exchange if plain.accepted else plain.exchange, "the request without `stream` is rejected too"
        )
    expect(
        exchange.status == 200 and not exchange.is_sse,
        "one JSON object",
        got=answer(exchange) if exchange.status != 200 else exchange.header("content-type"),
        where="content-type" if exchange.status == 200 else "status",
        on=exchange,
    )
