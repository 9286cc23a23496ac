"""Delivery of responses: streams arrive piece by piece, concurrent responses do not mix, and Unicode is undamaged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from itertools import pairwise

from conformance.checks import Broken, expect, premise, probe, requirement, standard
from conformance.checks.language import Phrase, shown
from conformance.checks.scenarios.chat.test_messages import SCRIPTS, read_as_latin_1
from conformance.engine import Transport
from conformance.engine.responses import Responses
from conformance.reply import NotAnswered, ResponseReply
from conformance.verdict import Finding
from conformance.wire import Event

from .conftest import STORY, place_of_text

ENOUGH_EVENTS = 5
LONG_MS = 700.0
"""Streams that take longer than this can show that they were held back."""
NONCES = ("bravik", "cordul", "dunmer", "elsotn", "farqil", "gundop", "hesvar", "ilkomt")
FILLER = " and then some more words"


def carrying(reply: ResponseReply) -> list[Event]:
    """Return the events with a piece of text, reasoning or arguments."""
    events = reply.exchange.events
    kinds = [(chunk.number, str(chunk.data.get("type"))) for chunk in reply.events]
    return [events[number] for number, kind in kinds if kind.endswith(".delta")]


@dataclass(frozen=True, slots=True)
class Spread:
    """The time in ms between the first and the last piece of a stream, and the arrival time of the last piece."""

    reply: ResponseReply
    over: float
    whole: float

    @property
    def in_pieces(self) -> bool:
        """Whether the streamed response arrived in several pieces over time."""
        return self.over >= 0.05 * self.whole

    def held_back(self, floor: float) -> bool:
        """Return whether the stream took at least `floor` ms, and all its pieces arrived at the end."""
        return self.whole >= floor and self.over < 0.02 * self.whole


def spread(reply: ResponseReply) -> Spread | None:
    """Return when the pieces of a stream arrived; None if there are fewer than five pieces."""
    times = [event.at_ms for event in carrying(reply)] if reply.accepted else []
    return Spread(reply, times[-1] - times[0], times[-1]) if len(times) >= ENOUGH_EVENTS else None


@probe(transports=("sse",))
async def response_streams(
    response_plain: ResponseReply, response_cut: ResponseReply, response_forced: ResponseReply
) -> list[ResponseReply]:
    """Return the streamed Responses that other probes requested."""
    return [response_plain, response_cut, response_forced]


@probe
async def response_streams_again(
    responses: Responses, response_streams: list[ResponseReply], response_cut: ResponseReply
) -> list[ResponseReply]:
    """Request two more streams, one after the other, if no earlier stream arrived in pieces."""
    found = [each for each in map(spread, response_streams) if each]
    floor = floor_of(response_cut)
    if floor is None or any(each.in_pieces for each in found) or not any(each.held_back(floor) for each in found):
        return []
    stream = replace(responses, transport=Transport.SSE)
    return [await stream(STORY, max_output_tokens=64, fresh=True) for _ in range(2)]


def floor_of(whole: ResponseReply) -> float | None:
    """Return for how many ms a stream must run before its timing can show whether the server held back its events.

    A JSON response of 16 tokens takes longer than the first token of a stream.
    """
    ready = whole.exchange.timing.last_byte_ms if whole.accepted else None
    return None if ready is None else LONG_MS + ready


@requirement("responses.stream.incremental", transport="json")
def test_a_stream_arrives_while_it_is_generated(
    response_streams: list[ResponseReply], response_streams_again: list[ResponseReply], response_cut: ResponseReply
) -> None:
    if not any(reply.accepted for reply in response_streams):
        raise NotAnswered(response_streams[0].exchange, "no streamed request was answered")
    found = [each for each in map(spread, (*response_streams, *response_streams_again)) if each]
    premise(found, f"no stream has {ENOUGH_EVENTS} or more pieces")
    if any(each.in_pieces for each in found) or all(each.whole < LONG_MS for each in found):
        return
    floor = floor_of(response_cut)
    premise(floor is not None, "the JSON request failed, so the time of a response is unknown")
    held = [each for each in found if each.held_back(floor or 0)]
    again = [each for each in held if each.reply in response_streams_again]
    premise(len(again) == 2 and len(held) > 2, "the streams are too short to tell")
    worst = max(held, key=lambda each: each.whole)
    expected = f"pieces spread over the {worst.whole:.0f} ms of the response"
    got = Phrase(f"all pieces in the last {worst.over:.0f} ms; {len(held)} streams are like this")
    expect(False, expected, got=got, where="event times", on=worst.reply)


Own = tuple[str, ResponseReply]


@probe
async def responses_at_once(responses: Responses) -> list[Own]:
    """Send eight concurrent requests, half of them streamed. Each prompt has a unique word and a different length."""
    await responses.offered()
    stream = replace(responses, transport=Transport.SSE)

    async def ask(place: int, nonce: str) -> Own:
        client = stream if place % 2 else responses
        prompt = f"Repeat the word {nonce}{FILLER * place}."
        return nonce, await client(prompt, temperature=0, max_output_tokens=16, fresh=True)

    return list(await asyncio.gather(*(ask(*each) for each in enumerate(NONCES))))


@requirement("responses.isolation", transport="json")
@standard
def test_each_request_gets_its_own_answer(responses_at_once: list[Own]) -> None:
    answered = [(nonce, reply) for nonce, reply in responses_at_once if reply.accepted]
    if len(answered) < 2:
        refused = next(reply for _, reply in responses_at_once if not reply.accepted)
        raise NotAnswered(refused.exchange, "fewer than two of eight concurrent requests were answered")
    told = False
    for nonce, reply in answered:
        text = reply.answer.lower()
        told = told or nonce in text
        foreign = next(((word, other) for word, other in answered if word != nonce and word in text), None)
        if foreign is not None:
            word, other = foreign
            where = f"{place_of_text(reply)}/text"
            wanted = f"no word of another input (the word of this one is {nonce})"
            crossed = f"cross-talk: it is in the response {reply.exchange.id}"
            raise Broken(
                [
                    Finding(wanted, shown(reply.answer), where, reply.exchange.id),
                    Finding(f"the word {word} only in its own response", crossed, "", other.exchange.id),
                ]
            )
    # Each input is five words longer than the one before.
    counts = [(reply.usage or {}).get("input_tokens") for _, reply in answered]
    known = [count for count in counts if isinstance(count, int)]
    grows = len(known) == len(counts) and len(set(known)) > 1
    premise(told or grows, "no word is repeated and no tokens are counted, so the responses cannot be told apart")
    if grows:
        on = next(
            (reply for (_, reply), (one, two) in zip(answered[1:], pairwise(known), strict=True) if two <= one), None
        )
        expect(on is None, "input tokens that grow with the input", got=known, where="/usage/input_tokens", on=on)


@probe(transports=("json", "sse"))
async def response_unicode(responses: Responses) -> ResponseReply:
    """Send a prompt that asks the model to repeat a text in many scripts."""
    return await responses(f"Repeat exactly: {SCRIPTS}", temperature=0, max_output_tokens=48)


@requirement("responses.input.unicode")
@standard
def test_unicode_comes_back_undamaged(response_unicode: ResponseReply) -> None:
    reply = response_unicode
    text, where = reply.answer, f"{place_of_text(response_unicode)}/text"
    try:
        reply.exchange.body.decode("utf-8")
    except UnicodeDecodeError as error:
        expect(False, "valid UTF-8", got=f"byte {error.start}: {error.reason}", where="body", on=reply)
    good = not read_as_latin_1(text)
    expect(good, "UTF-8 text, not UTF-8 decoded as Latin-1", got=text, where=where, on=reply)
    kept = any(ord(char) > 127 and char != "\ufffd" for char in text)
    premise(kept, "the model repeated no character beyond ASCII")
