"""Checks of the Responses API on replies made to measure: what is no fault of the target's fails nothing, what is one does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import Broken, premise
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.checks.scenarios.responses import (
    conftest,
    test_background,
    test_create,
    test_format,
    test_logprobs,
    test_reasoning,
    test_socket,
    test_state,
    test_store,
    test_tools,
    test_truncation,
)
from conformance.engine.probe import probes
from conformance.reply import ResponseReply
from conformance.verdict import Reason
from conformance.wire import Exchange, Failure, FailureKind, Request, decode
from tests.checks.response_examples import framed, numbered, response, right
from tests.checks.response_replies import (
    BUSY,
    OOPS,
    REFUSAL,
    THOUGHT,
    Check,
    exchange_of,
    outcome,
    reply_of,
    said,
    text,
)
from tests.checks.test_response_objects import RESPONSE, URL

# Look-ups

LOOKED_UP: dict[str, tuple[Check, dict[int | None, str]]] = {
    "what was not to be stored": (
        lambda it: test_store.test_store_false_is_not_stored(lookups(false=it)),
        {404: "pass", 403: "pass", 200: "broken", 429: "not answered", 500: "not answered", None: "not answered"},
    ),
    "an id that never was": (
        lambda it: test_store.test_an_unknown_id_is_a_404(lookups(unknown=it)),
        {404: "pass", 400: "broken", 200: "broken", 500: "broken", 429: "not answered", None: "not answered"},
    ),
    "what was deleted": (
        lambda it: test_store.test_a_deleted_response_is_gone((it, it, reply_of())),
        {404: "pass", 410: "pass", 200: "broken", 503: "not answered", None: "not answered"},
    ),
}


def lookups(**given: Exchange) -> test_store.Lookups:
    there = exchange_of(RESPONSE)
    found = {"default": there, "false": there, "unknown": there, **given}
    return test_store.Lookups(silent=reply_of(), chained=reply_of(), **found)


@pytest.mark.parametrize(
    ("check", "status", "found"),
    [(check, status, found) for check, statuses in LOOKED_UP.values() for status, found in statuses.items()],
)
def test_a_look_up_is_judged_only_where_it_was_answered(check: Check, status: int | None, found: str) -> None:
    """'Not now' and no answer at all are neither there nor gone."""
    assert outcome(check, exchange_of({}, status, "/resp_1")) == found


@pytest.mark.parametrize(
    ("identifier", "never"),
    [
        ("resp_05ab", "resp_0000"),
        ("resp_0f8fad5b-d9cb-469f-a165-70867728950e", "resp_00000000-0000-0000-0000-000000000000"),
        ("0f8fad5b-d9cb", "00000000-0000"),
        ("acme_resp_Zz9", "acme_resp_000"),
    ],
)
def test_an_id_that_never_was_has_the_shape_of_the_targets_own(identifier: str, never: str) -> None:
    """A server that knows its ids by their shape may say of others that they cannot be."""
    assert conftest.never_given(identifier) == never


class Shelf:
    """Answers a POST with a stored response, and a GET of it with these statuses, one after the other."""

    def __init__(self, *statuses: int, store: bool = True) -> None:
        self.left = list(statuses)
        self.body = {**RESPONSE, "store": store}

    async def __call__(self, *_: Any, **__: Any) -> ResponseReply:
        return ResponseReply(exchange_of(self.body))

    async def http(self, *_: Any, **__: Any) -> Exchange:
        status = self.left.pop(0)
        return exchange_of(self.body if status == 200 else {}, status, "/resp_1")


def kept(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> test_store.Kept:
    monkeypatch.setattr(test_store, "SETTLING", (0.0, 0.0))
    found: test_store.Kept = asyncio.run(probes()["response_kept"].function(shelf, shelf.http))
    return found


def test_what_is_stored_may_take_a_moment_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for again where the answer said that it is stored; what stays away is missing."""
    found = kept(Shelf(404, 404, 200), monkeypatch)
    assert outcome(test_store.test_a_stored_response_is_retrieved_as_it_was, found) == "pass"
    found = kept(Shelf(404, 404, 404), monkeypatch)
    assert outcome(test_store.test_a_stored_response_is_retrieved_as_it_was, found) == "broken"


def test_what_nobody_said_to_be_stored_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look would be a request for nothing."""
    shelf = Shelf(404, 200, store=False)
    found = kept(shelf, monkeypatch)
    assert shelf.left == [200]
    assert outcome(test_store.test_a_stored_response_is_retrieved_as_it_was, found) == "not answered"


# In the background


def test_a_background_response_may_take_a_moment_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not found at first is looked for as one that is not made yet; what stays away was not answered."""
    monkeypatch.setattr(test_background, "PAUSES", (0.0, 0.0, 0.0, test_background.LATE))

    def polled(*statuses: int) -> test_background.Polled:
        shelf = Shelf(*statuses)
        begin = Shelf()
        begin.body = {**RESPONSE, "status": "queued"}
        return asyncio.run(probes()["response_background"].function(begin, shelf.http))

    assert outcome(test_background.test_a_background_response_is_made, polled(404, 404, 200)) == "pass"
    assert outcome(test_background.test_a_background_response_is_made, polled(404, 200)) == "pass"
    assert outcome(test_background.test_a_background_response_is_made, polled(404, 404, 404, 404)) == "not answered"


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("cancelled", "cancelled", "pass"),
        ("cancelled", "completed", "broken"),
        ("cancelled", "in_progress", "broken"),
        ("completed", "completed", "premise-not-met"),
        ("in_progress", "completed", "premise-not-met"),
    ],
)
def test_what_was_cancelled_does_not_end_otherwise(first: str, second: str, found: str) -> None:
    """Whatever it was told to be must stay; what was never cancelled shows nothing of that."""
    pair = (exchange_of({**RESPONSE, "status": first}), exchange_of({**RESPONSE, "status": second}))
    assert outcome(test_background.test_a_cancelled_response_stays_cancelled, pair) == found


def streamed(events: list[dict[str, Any]], failure: Failure | None = None) -> ResponseReply:
    """A stream of these events."""
    headers = (("content-type", "text/event-stream"),)
    body = framed(events)
    whole = Exchange("x2", Request("POST", URL), status=200, headers=headers, body=body, events=decode(body))
    return ResponseReply(replace(whole, failure=failure))


def test_a_resumed_stream_goes_on_with_the_events_of_the_api() -> None:
    """What a vendor puts between them has no number; and what the suite itself broke off is not judged."""
    left, rest = streamed(right()[:5]), right()[5:]
    ping = {"type": "acme.ping"}
    go_on = test_background.test_a_stream_goes_on_after_the_last_event_seen
    whole = test_background.test_nothing_is_lost_between_the_two_streams
    assert outcome(go_on, test_background.Resumed(left, streamed([ping, *rest]))) == "pass"
    assert outcome(go_on, test_background.Resumed(left, streamed(rest[1:]))) == "broken"
    assert outcome(whole, test_background.Resumed(left, streamed(rest))) == "pass"
    assert outcome(whole, test_background.Resumed(left, streamed([*rest, ping]))) == "pass"
    assert outcome(whole, test_background.Resumed(left, streamed(rest[:-1]))) == "broken"
    slow = Failure(FailureKind.TIMEOUT_TOTAL, "60 s are over")
    assert outcome(whole, test_background.Resumed(left, streamed(rest[:-1], slow))) == "not answered"


# Answers


def test_a_response_that_failed_was_not_accepted() -> None:
    """200 is the status of the transport; what the response says of itself counts, unless it says 'not now'."""
    right = reply_of(said(text("Hello")))
    for check in (
        lambda it: expect_accepted(Faulty(right, it), "it"),
        lambda it: test_state.test_a_result_answers_the_stored_call((right, it)),
    ):
        assert outcome(check, right) == "pass"
        assert outcome(check, reply_of(**OOPS)) == "broken"
        assert outcome(check, reply_of(**BUSY)) == "not answered"


def test_a_plain_request_that_is_answered_not_now_is_not_judged() -> None:
    """As a 429 would not be."""
    check = test_create.test_a_right_request_is_answered_with_a_message
    assert outcome(check, reply_of(**BUSY)) == str(Reason.RATE_LIMITED)
    assert outcome(check, reply_of(**OOPS)) == "broken"
    assert outcome(check, reply_of(said(REFUSAL))) == "pass"


def test_nothing_is_read_from_an_answer_of_not_now() -> None:
    """It has no text to keep to a format, and no call; one that failed for good has neither, and that is a fault."""
    for check in (
        test_format.test_a_strict_schema_constrains_the_answer,
        test_tools.test_a_named_tool_choice_calls_that_function,
        lambda it: test_truncation.test_items_are_dropped_where_that_is_allowed((8192, it, it)),
    ):
        assert outcome(check, reply_of(**BUSY)) == "not answered"
        assert outcome(check, reply_of(**OOPS)) == "broken"


@pytest.mark.parametrize(
    "check", [test_format.test_a_strict_schema_constrains_the_answer, test_format.test_json_object_gives_a_json_object]
)
def test_a_refusal_keeps_to_no_format(check: Check) -> None:
    """The guide to structured outputs says so; prose does break the format, and is shown where it stands."""
    assert outcome(check, reply_of(said(REFUSAL))) == "premise-not-met"
    with pytest.raises(Broken) as broke:
        check(reply_of(THOUGHT, said(text("The sea."))))
    assert broke.value.findings[0].where == "/output/1/content/0"


def test_log_probabilities_are_shown_where_they_stand() -> None:
    """Also behind reasoning."""
    above = [{"token": "Hi", "logprob": 0.5}]
    with pytest.raises(Broken) as broke:
        test_logprobs.test_log_probabilities_are_not_above_zero(reply_of(THOUGHT, said(text("Hi", logprobs=above))))
    assert broke.value.findings[0].where == "/output/1/content/0/logprobs/0/logprob"


class Taking:
    """Takes any input."""

    async def __call__(self, input: Any, **_: Any) -> ResponseReply:
        premise(input, "there is no input")
        return reply_of(said(text("Yes.")))


@pytest.mark.parametrize(
    ("item", "store", "found"),
    [
        (THOUGHT, True, "pass"),
        (THOUGHT, False, "premise-not-met"),
        ({**THOUGHT, "encrypted_content": "gAAA"}, False, "pass"),
        ({**THOUGHT, "content": [{"type": "reasoning_text", "text": "Hm."}]}, False, "pass"),
        (said(text("Hello")), False, "pass"),
    ],
)
def test_reasoning_that_nobody_kept_is_not_sent_back(item: Any, store: bool, found: str) -> None:
    """The live API finds no item of an organisation without a store: that it refuses it is no fault."""

    def check() -> None:
        first = reply_of(item, store=store)
        pair = asyncio.run(probes()["response_returned"].function(Taking(), first))
        test_reasoning.test_the_output_of_a_response_is_an_input(pair)

    assert outcome(check) == found


# Over a WebSocket


def turn(events: list[dict[str, Any]]) -> ResponseReply:
    """A turn of these messages."""
    request = Request("GET", "wss://api.example.com/v1/responses")
    return ResponseReply(Exchange("x1", request, status=101, events=decode(framed(events))))


def talk(events: list[dict[str, Any]]) -> test_socket.Talk:
    return test_socket.Talk(reply_of(), turn(events))


def over_http() -> ResponseReply:
    return streamed(right())


def test_what_is_no_must_over_http_is_none_over_a_socket() -> None:
    """That in_progress comes second is SHOULD there; that nothing is left open is MUST in both."""
    check = test_socket.test_the_messages_are_the_events_of_a_stream
    assert outcome(check, talk(right()), over_http()) == "pass"
    assert outcome(check, talk(numbered([*right()[:1], *right()[2:]])), over_http()) == "pass"
    assert outcome(check, talk(numbered([*right()[:8], *right()[9:]])), over_http()) == "broken"


def test_a_turn_that_is_answered_not_now_is_not_judged() -> None:
    """The error may say so by its status or by its code."""
    check = test_socket.test_the_messages_are_the_events_of_a_stream
    later = {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Later."}}
    failed = {"type": "response.failed", "response": response("failed", [], **{"error": BUSY["error"]})}
    for event in ({**later, "status": 429}, later, failed):
        assert outcome(check, talk(numbered([*right()[:2], event])), over_http()) == str(Reason.RATE_LIMITED)
