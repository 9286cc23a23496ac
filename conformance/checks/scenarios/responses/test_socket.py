"""Responses over a WebSocket: each stream event arrives as a message, and one connection serves several turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import Inconclusive, NotApplicable, Phrase, answer, shown
from conformance.checks.refusal import BUSY
from conformance.checks.response_grammar import Grammar, of_the_api
from conformance.checks.response_parts import StreamRule
from conformance.config import Target
from conformance.engine.responses import HELLO, Responses
from conformance.engine.sockets import Sockets
from conformance.reply import ErrorBody, NotAnswered, ResponseReply, error_in, points_at
from conformance.reply.responses import TERMINAL, says_not_now
from conformance.reply.stream import is_done
from conformance.verdict import Reason
from conformance.wire import Exchange, FailureKind

from .conftest import FEW, LONG, counted, counts
from .test_errors import UNKNOWN_RESPONSE

NAMES = ("previous_response_id", "previous_response_not_found", UNKNOWN_RESPONSE, "response", "previous response")
NOT_FOUND = "previous_response_not_found"


@dataclass(frozen=True, slots=True)
class Talk:
    """The responses on a WebSocket to a turn, its continuation, a turn with an unknown id, and two turns at once.

    `alone` is the response to an HTTP request that has the input of the continuation, but not the first turn.
    `elsewhere` is the response on a new WebSocket connection to a turn that continues the response `second`. If a
    WebSocket turn could not be sent, its response is None.
    """

    alone: ResponseReply
    first: ResponseReply
    second: ResponseReply | None = None
    unknown: ResponseReply | None = None
    both: ResponseReply | None = None
    elsewhere: ResponseReply | None = None


@probe
async def socket_talk(responses: Responses, sockets: Sockets) -> Talk:
    """Send five turns on one WebSocket, the last two of them at the same time.

    Send one more turn on a second WebSocket.
    """
    second = elsewhere = None
    alone = await responses.offered()
    async with sockets.connection() as line:
        first = await line.create(LONG, max_output_tokens=16)
        if first.exchange.status != 101 or first.exchange.failure:
            return Talk(alone, first)
        if responded(first):
            second = await line.create(HELLO, previous_response_id=first.id, max_output_tokens=16)
        unknown = await line.create(HELLO, previous_response_id=UNKNOWN_RESPONSE, max_output_tokens=16)
        both = ResponseReply(await line.create_all("Say one.", "Say two.", max_output_tokens=16))
    if second is not None and responded(second):
        async with sockets.connection() as other:
            elsewhere = await other.create(HELLO, previous_response_id=second.id, max_output_tokens=16)
    return Talk(alone, first, second, unknown, both, elsewhere)


@requirement("responses.socket.upgrade")
def test_a_connection_can_be_opened(socket_talk: Talk) -> None:
    exchange = socket_talk.first.exchange
    if exchange.status != 101:
        raise NotAnswered(exchange, f"the target answered {exchange.status} to the upgrade")


def responded(reply: ResponseReply) -> bool:
    """Return whether a turn got a response that did not fail."""
    return reply.readable and reply.status != "failed"


def opened(talk: Talk) -> None:
    """Raise an exception if the WebSocket could not be opened, because the check then has nothing to judge."""
    exchange = talk.first.exchange
    if exchange.status is None:
        raise NotAnswered(
            exchange, f"no response to the upgrade: {exchange.failure.message if exchange.failure else ''}"
        )
    if exchange.status != 101:
        raise NotApplicable("the target has no WebSocket mode", see="responses.socket.upgrade")


def asked(reply: ResponseReply | None) -> ResponseReply:
    """Return the response to a turn; the check is inconclusive if the turn could not be sent."""
    premise(reply is not None, "the first turn was not answered", see="responses.socket.events")
    assert reply is not None
    return reply


def refusal(reply: ResponseReply) -> tuple[ErrorBody, dict[str, Any]] | None:
    """Return the error in the response to a turn, with the message that contains it.

    The check is inconclusive if the error says to try again later.
    """
    for event in reversed(reply.events):
        response = event.data.get("response")
        failed = event.data.get("type") == "response.failed" and isinstance(response, dict)
        error = error_in(response if failed else event.data)
        if failed or event.data.get("type") == "error" or (error and "type" not in event.data):
            if event.data.get("status") in BUSY or says_not_now(event.data) or says_not_now(response):
                raise Inconclusive(Reason.RATE_LIMITED, f"the target answered {shown(error and error.message, 160)}")
            return error or ErrorBody("other", message=shown(event.data)), event.data
    return None


def said(reply: ResponseReply) -> Phrase:
    """Return a short text about what the client received instead of a response, such as an error or a status."""
    exchange = reply.exchange
    if exchange.failure is not None and not exchange.events:
        return Phrase(exchange.failure.message)
    found = refusal(reply)
    if found is not None:
        return Phrase(shown(found[1]))
    return Phrase(exchange.failure.message) if exchange.failure else answer(exchange)


def waited_for(reply: ResponseReply) -> None:
    """Do not judge the turn if the suite stopped waiting for it: a slow response is allowed.

    Silence in the middle of a response is not allowed, so a turn is judged if its response began but did not end.
    """
    failure = reply.exchange.failure
    ours = (FailureKind.TIMEOUT_TOTAL, FailureKind.TOO_LARGE)
    silent = failure is not None and failure.kind is FailureKind.TIMEOUT_READ and not reply.exchange.events
    if failure is not None and (silent or failure.kind in ours):
        raise NotAnswered(reply.exchange, f"the turn did not end: {failure.message}")


@requirement("responses.socket.events", transport="sse")
def test_the_messages_are_the_events_of_a_stream(socket_talk: Talk, response_plain: ResponseReply) -> None:
    opened(socket_talk)
    reply = socket_talk.first
    read = {event.number for event in reply.events}
    for number, event in enumerate(reply.exchange.events):
        good = number in read or is_done(event)
        expect(good, "one JSON object", got=event.data, where=f"event {number}", on=reply)
    waited_for(reply)
    expect(refusal(reply) is None and reply.events, "the events of a response", got=said(reply), on=reply)
    # What the stream over HTTP has wrong is told there; that in_progress comes second is no promise of this mode.
    streamed = response_plain.exchange.is_sse
    same = {fault.rule for fault in Grammar().read(response_plain.events)} if streamed else set()
    # Nor is it that nothing of a server's own (rate limits, timing) comes before the response.
    events = [event for event in reply.events if of_the_api(event.data.get("type"))]
    faults = [fault for fault in Grammar().read(events) if fault.rule is not StreamRule.IN_PROGRESS]
    for fault in faults:
        expect(fault.rule in same, fault.expected, got=fault.got, where=fault.where, on=reply)
    if faults:
        premise(False, "the stream over HTTP has the same fault", see=faults[0].rule.requirement)


@requirement("responses.socket.chain")
def test_the_latest_response_is_continued(socket_talk: Talk) -> None:
    opened(socket_talk)
    first, second = socket_talk.first, asked(socket_talk.second)
    waited_for(second)
    expect(responded(second), f"a response that continues {first.id}", got=said(second), on=second)
    alone, long = counts(socket_talk.alone, first)
    premise(long >= alone + 2 * FEW, f"the long input counts {long} tokens, the short one {alone}")
    at_least = alone + (long - alone) // 2
    expected = f"at least {at_least} input tokens: {long} in the previous turn, {alone} for this input without it"
    got = counted(second)
    expect(got >= at_least, expected, got=got, where="/response/usage/input_tokens", on=second)


def expect_not_found(reply: ResponseReply, expected: str) -> None:
    """Expect no response, but an error that names the unknown id or `previous_response_id`."""
    expect(not responded(reply), expected, got=Phrase("a response"), on=reply)
    found = refusal(reply)
    if found is None:
        raise NotAnswered(reply.exchange, f"no error: {said(reply)}")
    message = shown(found[0].message, 160)
    premise(points_at(found[0], NAMES), f"rejected, but the error does not name the unknown response: {message}")


@requirement("responses.socket.local")
def test_the_memory_is_the_connections_own(socket_talk: Talk) -> None:
    opened(socket_talk)
    premise(socket_talk.elsewhere is not None, "no earlier turn is remembered", see="responses.socket.chain")
    expect_not_found(asked(socket_talk.elsewhere), f"{NOT_FOUND}: the response was another connection's, not stored")


@requirement("responses.socket.unknown")
def test_an_unknown_response_is_not_continued(socket_talk: Talk) -> None:
    opened(socket_talk)
    expect_not_found(asked(socket_talk.unknown), f"{NOT_FOUND}: there is no such response")


@requirement("responses.socket.error")
def test_a_refused_turn_is_answered_with_an_error(socket_talk: Talk) -> None:
    opened(socket_talk)
    reply = asked(socket_talk.unknown)
    premise(not responded(reply), "the turn was not rejected", see="responses.socket.unknown")
    waited_for(reply)
    found = refusal(reply)
    expect(found is not None, "a message of type error", got=said(reply), on=reply)
    data = found[1] if found else {}
    nested = data.get("error")
    error = nested if isinstance(nested, dict) else {}
    expect(data.get("type") == "error", "error", got=data.get("type"), where="/type", on=reply)
    expect(data.get("status") in range(400, 500), "a status of 4xx", got=data.get("status"), where="/status", on=reply)
    expect(error.get("code") == NOT_FOUND, NOT_FOUND, got=error.get("code"), where="/error/code", on=reply)
    message = error.get("message")
    expect(isinstance(message, str) and message, "an error message", got=message, where="/error/message", on=reply)


@requirement("responses.socket.usable")
def test_a_refused_turn_leaves_the_connection_open(socket_talk: Talk) -> None:
    opened(socket_talk)
    unknown, reply = asked(socket_talk.unknown), asked(socket_talk.both)
    premise(not responded(unknown), "the turn was not rejected", see="responses.socket.unknown")
    waited_for(unknown)
    waited_for(reply)
    ended = any(event.data.get("type") in TERMINAL for event in reply.events)
    expect(ended, "a response to the turn after the rejected one", got=said(reply), on=reply)


@requirement("responses.socket.sequential")
def test_responses_come_one_after_the_other(socket_talk: Talk) -> None:
    opened(socket_talk)
    reply = asked(socket_talk.both)
    ends = [event for event in reply.events if event.data.get("type") in (*TERMINAL, "response.created")]
    begun = {_id(event.data) for event in ends if event.data.get("type") == "response.created"}
    premise(len(begun) == 2, f"not both messages were answered: {said(reply)}")
    under_way = ""
    for event in ends:
        kind, identifier = event.data.get("type"), _id(event.data)
        if kind in TERMINAL:
            under_way = "" if identifier == under_way else under_way
        else:
            expected = "the end of the first response before the second"
            expect(not under_way, expected, got=kind, where=f"event {event.number}", on=reply)
            under_way = identifier


def _id(data: dict[str, Any]) -> str:
    response = data.get("response")
    return str(response.get("id")) if isinstance(response, dict) else ""


@probe
async def socket_without_key(sockets: Sockets, socket_talk: Talk, target: Target) -> ResponseReply:
    """If a WebSocket with the API key works, open a WebSocket without the key and send a turn."""
    if not target.key:
        raise NotApplicable("the run has no key, so no key can be missing")
    opened(socket_talk)
    async with sockets.connection(key=False) as line:
        return await line.create(HELLO, max_output_tokens=16)


@requirement("responses.socket.key")
def test_nobody_is_served_without_a_key(socket_without_key: ResponseReply) -> None:
    exchange: Exchange = socket_without_key.exchange
    if exchange.status is None or exchange.status in BUSY or exchange.status >= 500:
        raise NotAnswered(exchange, f"the upgrade without a key returned {exchange.status}")
    waited_for(socket_without_key)
    made = [event.data.get("type") for event in socket_without_key.events if "response" in event.data]
    expect(not made, "401 to the upgrade, or an error", got=made, on=exchange)
