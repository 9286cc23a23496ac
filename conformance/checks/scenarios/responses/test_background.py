"""Background responses: they are returned before they are finished, and can be polled, cancelled and resumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement, standard
from conformance.checks.language import answer
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.response_grammar import of_the_api
from conformance.engine.clients import Http
from conformance.engine.responses import Responses, begun_id
from conformance.reply import Chunk, NotAnswered, ResponseReply
from conformance.reply.responses import TERMINAL, says_not_now
from conformance.wire import Exchange

from ..conversations.conftest import PlainReply
from .conftest import STORY, Thread, answered, needs, status_of

UNDER_WAY = ("queued", "in_progress")
PAUSES = (0.0, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 3.0, 5.0, 5.0, 8.0)
"""Seconds before each poll of a response in progress: 27 in total, for sixteen tokens."""
LATE = 0.4
"""The pause in seconds after which a response that is not found counts as missing."""
SEEN = 7
"""The number of events after which the client disconnects: those of the beginning, and the first of the text."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A background response at two times: when the target first returned it, and when it was last retrieved."""

    begun: ResponseReply
    last: ResponseReply


@probe
async def response_background(responses: Responses, http: Http) -> Polled:
    """Request a short background response, and poll until it is finished."""
    begun = await responses("Say maybe.", background=True, store=True, max_output_tokens=16)
    last = begun
    for pause in PAUSES:
        if last.status not in UNDER_WAY:
            break
        await http.pause(pause)
        looked = await http("GET", "response", id=begun.id, fresh=True)
        if looked.status != 404 or pause >= LATE:
            last = ResponseReply(looked)
    return Polled(begun, last)


def in_background(reply: ResponseReply) -> dict[str, Any]:
    """Return the response object; the check is inconclusive if the target ignored `background: true`."""
    response = reply.object
    made_here = response.get("background") is not True and response.get("status") not in UNDER_WAY
    premise(not made_here, "it was generated in the foreground", see="responses.background.queued")
    return response


@requirement("responses.background.queued")
def test_a_background_response_is_answered_before_it_is_made(response_background: Polled) -> None:
    begun = response_background.begun
    expect(begun.status in UNDER_WAY, " or ".join(UNDER_WAY), got=begun.status, where="/status", on=begun)


@requirement("responses.echo.background")
def test_the_background_is_echoed(response_background: Polled) -> None:
    begun = response_background.begun
    got = begun.object.get("background")
    expect(got is True, "true, as in the request", got=got, where="/background", on=begun)


@requirement("responses.background.completes")
def test_a_background_response_is_made(response_background: Polled) -> None:
    begun, last = response_background.begun, response_background.last
    in_background(begun)
    premise(last.status not in UNDER_WAY, f"still {last.status} after {sum(PAUSES):.0f} s")
    premise(not last.put_off, "the response failed temporarily")
    expect(last.status in ("completed", "incomplete"), "completed", got=last.status, where="/status", on=last)
    expect(last.object.get("id") == begun.id, begun.id, got=last.object.get("id"), where="/id", on=last)
    expect(last.output, "the output", got=last.output, where="/output", on=last)


Cancelled = tuple[Exchange, Exchange]


@probe
async def response_cancelled(responses: Responses, http: Http, response_background: Polled) -> Cancelled:
    """Request a long background response, cancel it at once, and retrieve it afterwards."""
    in_background(response_background.begun)
    begun = await responses(STORY, background=True, store=True, max_output_tokens=512)
    cancelled = await http("POST", "response_cancel", id=begun.id, fresh=True)
    answered(cancelled)
    return cancelled, await http("GET", "response", id=begun.id, fresh=True)


def looked_at(exchange: Exchange) -> dict[str, Any]:
    """Return the JSON object of a 2xx response; {} if the body is not an object. Raises `NotAnswered`."""
    body = answered(exchange)
    return body if isinstance(body, dict) else {}


def expect_cancelled(exchange: Exchange) -> None:
    """Expect the status `cancelled`; the check is inconclusive if the response was already completed."""
    body = looked_at(exchange)
    status = body.get("status")
    premise(status != "failed" or not says_not_now(body), "it failed temporarily")
    premise(status not in ("completed", "incomplete"), "it was completed before it could be cancelled")
    expect(status == "cancelled", "cancelled", got=status, where="/status", on=exchange)


@requirement("responses.cancel")
def test_a_background_response_is_cancelled(response_cancelled: Cancelled) -> None:
    expect_cancelled(response_cancelled[0])


@requirement("responses.cancel.kept")
def test_a_cancelled_response_stays_cancelled(response_cancelled: Cancelled) -> None:
    cancelled, after = response_cancelled
    premise(looked_at(cancelled).get("status") == "cancelled", "it was not cancelled", see="responses.cancel")
    status = looked_at(after).get("status")
    expect(
        status == "cancelled",
        "cancelled, as in the response to the cancellation",
        got=status,
        where="/status",
        on=after,
    )


@probe
async def response_cancelled_twice(http: Http, response_cancelled: Cancelled) -> Cancelled:
    """Cancel a cancelled background response once more."""
    first = response_cancelled[0]
    return first, await http("POST", "response_cancel", id=str(looked_at(first).get("id")), fresh=True)


@requirement("responses.cancel.twice")
@standard
def test_a_response_can_be_cancelled_twice(response_cancelled_twice: Cancelled) -> None:
    first, second = response_cancelled_twice
    premise(looked_at(first).get("status") == "cancelled", "it was not cancelled", see="responses.cancel")
    expected = "200, because the response is cancelled already"
    expect(200 <= status_of(second) < 300, expected, got=answer(second), where="status", on=second)
    status = looked_at(second).get("status")
    expect(status == "cancelled", "cancelled, as before", got=status, where="/status", on=second)


@probe
async def response_not_cancelled(http: Http, response_background: Polled, response_thread: Thread) -> Faulty:
    """Send a request to cancel a finished response that was not generated in the background."""
    in_background(response_background.begun)
    needs(response_thread.second)
    reply = response_thread.first
    exchange = await http("POST", "response_cancel", id=reply.id, fresh=True)
    return Faulty(reply, PlainReply(exchange), ("background", "cancel", "cancelled", "synchronous"))


@requirement("responses.cancel.foreground")
def test_only_background_responses_can_be_cancelled(response_not_cancelled: Faulty) -> None:
    exchange = response_not_cancelled.faulty.exchange
    if exchange.status in (404, 405, 501):
        raise NotAnswered(exchange, f"the target answered {exchange.status} for a response that exists")
    expect_refused(response_not_cancelled)


@dataclass(frozen=True, slots=True)
class Resumed:
    """A background stream from which the client disconnected, and the events that followed when it was resumed."""

    left: ResponseReply
    rest: ResponseReply

    @property
    def last_seen(self) -> int:
        """Return the `sequence_number` of the last event that the client received before it disconnected.

        The check is inconclusive if the events have no `sequence_number`, or if the stream ended before the client
        disconnected.
        """
        kinds = {event.data.get("type") for event in self.left.events}
        premise(kinds.isdisjoint(TERMINAL), "the stream ended before the client could disconnect")
        number = self.left.events[-1].data.get("sequence_number") if self.left.events else None
        whole = isinstance(number, int) and not isinstance(number, bool)
        premise(whole, "events have no sequence_number", see="responses.stream.sequence")
        return int(number or 0)


@probe(transports=("sse",))
async def response_resumed(responses: Responses, http: Http, response_background: Polled) -> Resumed:
    """Disconnect from a background stream after a few events, and resume it after the last received event."""
    in_background(response_background.begun)
    left = await responses(STORY, background=True, store=True, max_output_tokens=24, stop_after_events=SEEN)
    identifier = begun_id(left)
    if not identifier:
        raise NotAnswered(left.exchange, f"the target answered {left.exchange.status} to a background stream")
    last = Resumed(left, left).last_seen
    query = {"stream": "true", "starting_after": str(last)}
    accept = {"accept": "text/event-stream"}
    exchange = await http("GET", "response", id=identifier, query=query, headers=accept, fresh=True)
    return Resumed(left, ResponseReply(exchange))


def events_of(resumed: Resumed) -> tuple[Chunk, ...]:
    """Return the events that the client received after it resumed the stream.

    Raises `NotAnswered` if the target rejected the request to resume the stream.
    """
    exchange = resumed.rest.exchange
    if exchange.status != 200:
        raise NotAnswered(exchange, f"the target answered {exchange.status} to the resumption")
    expect(exchange.is_sse, "server-sent events", got=answer(exchange), where="content-type", on=exchange)
    return resumed.rest.events


@requirement("responses.resume")
def test_a_stream_goes_on_after_the_last_event_seen(response_resumed: Resumed) -> None:
    last = response_resumed.last_seen
    data = [event.data for event in events_of(response_resumed)]
    numbers = [
        each.get("sequence_number") for each in data if "sequence_number" in each or of_the_api(each.get("type"))
    ]
    wanted = list(range(last + 1, last + 1 + len(numbers)))
    expected = f"events {last + 1}, {last + 2} and so on"
    where = "/sequence_number"
    expect(numbers and numbers == wanted, expected, got=numbers, where=where, on=response_resumed.rest)


@requirement("responses.resume.whole")
def test_nothing_is_lost_between_the_two_streams(response_resumed: Resumed) -> None:
    rest = events_of(response_resumed)
    if response_resumed.rest.exchange.failure is not None:
        response_resumed.rest.require_object()  # says that it broke off, or took too long
    kinds = [event.data.get("type") for event in rest if of_the_api(event.data.get("type"))]
    kind = kinds[-1] if kinds else None
    expect(
        kind in TERMINAL, "a terminal event at the end of the stream", got=kind, where="/type", on=response_resumed.rest
    )
    text = response_resumed.rest.text
    premise(text, "the model returned no text")
    deltas = [
        str(event.data.get("delta"))
        for event in (*response_resumed.left.events, *rest)
        if event.data.get("type") == "response.output_text.delta"
    ]
    got = "".join(deltas)
    expect(got == text, f"deltas that add up to {text!r}", got=got, where="/delta", on=response_resumed.rest)
