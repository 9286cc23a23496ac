"""Checks of the Responses API on replies made to measure: what is no fault of the target's fails nothing, what is one does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.checks import Broken, premise
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.checks.scenarios.responses import (
    test_create,
    test_echo,
    test_format,
    test_logprobs,
    test_reasoning,
    test_socket,
    test_state,
    test_tools,
    test_truncation,
)
from conformance.engine.probe import probes
from conformance.reply import ResponseReply
from conformance.verdict import Reason
from conformance.wire import Exchange, Request, decode
from tests.checks.response_examples import framed, numbered, response, right
from tests.checks.response_replies import BUSY, OOPS, REFUSAL, THOUGHT, Check, outcome, reply_of, said, streamed, text

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


@pytest.mark.parametrize(
    ("value", "found"),
    [(0, "pass"), (-3.5, "pass"), (4.8e-7, "pass"), (0.01, "broken"), (True, "broken"), ("0", "broken")],
)
def test_the_logarithm_of_one_may_be_a_hair_off(value: Any, found: str) -> None:
    """It is computed from few bits."""
    reply = reply_of(said(text("Hi", logprobs=[{"token": "Hi", "logprob": value}])))
    assert outcome(test_logprobs.test_log_probabilities_are_not_above_zero, reply) == found


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


CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}


@pytest.mark.parametrize(
    ("ruled_out", "forced", "found"),
    [((), (CALL,), "pass"), ((CALL,), (CALL,), "broken"), ((CALL,), (), "broken"), ((), (), "premise-not-met")],
)
def test_what_never_calls_a_function_obeys_no_ban_on_calls(ruled_out: Any, forced: Any, found: str) -> None:
    """It looks at no functions at all."""
    check = test_echo.test_tool_choice_none_calls_nothing
    assert outcome(check, reply_of(*ruled_out), reply_of(*forced)) == found


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
    assert (
        outcome(check, talk([{"type": "acme.rate_limits"}, *right(), {"type": "acme.timing"}]), over_http()) == "pass"
    )
    assert outcome(check, talk(numbered([*right()[:1], *right()[2:]])), over_http()) == "pass"
    assert outcome(check, talk(numbered([*right()[:8], *right()[9:]])), over_http()) == "broken"


def test_a_turn_that_is_answered_not_now_is_not_judged() -> None:
    """The error may say so by its status or by its code."""
    check = test_socket.test_the_messages_are_the_events_of_a_stream
    later = {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Later."}}
    failed = {"type": "response.failed", "response": response("failed", [], **{"error": BUSY["error"]})}
    for event in ({**later, "status": 429}, later, failed):
        assert outcome(check, talk(numbered([*right()[:2], event])), over_http()) == str(Reason.RATE_LIMITED)
