"""Two simultaneous responses on one Telnyx conversation, and stored reasoning: which lists of messages are right."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.engine.responses import HELLO
from conformance.packs.telnyx.checks import test_kept_reasoning, test_parallel_turns
from conformance.packs.telnyx.checks.test_conversations import Turn
from conformance.packs.telnyx.checks.test_parallel_turns import INPUTS, Parallel
from conformance.packs.telnyx.checks.test_thinking import RIDDLE
from conformance.reply import ResponseReply
from conformance.wire import Exchange
from tests.checks.response_replies import OOPS, exchange_of, outcome, reply_of, said, text

RED, BLUE = reply_of(said(text("Hello, red."))), reply_of(said(text("Hello, blue.")))
SAME = reply_of(said(text("Hello.")))
QUESTIONS = {"r": INPUTS[0], "b": INPUTS[1]}
ANSWERS = {"R": "Hello, red.", "B": "Hello, blue.", "S": "Hello.", "?": "Something else."}


def listed(letters: str) -> Exchange:
    """The messages that the letters stand for: small letters are inputs, others are outputs."""
    asked = [("user", QUESTIONS[each]) if each in QUESTIONS else ("assistant", ANSWERS[each]) for each in letters]
    return exchange_of({"data": [{"role": role, "text": words} for role, words in asked]})


def refused(status: int) -> ResponseReply:
    return ResponseReply(exchange_of({"error": {"message": "The conversation is locked."}}, status))


def turn(appended: bool = True) -> Turn:
    """Two turns that followed one another."""
    messages = [{"role": "user", "text": HELLO}, {"role": "assistant", "text": "Hi."}]
    reply, nothing = reply_of(said(text("Hi."))), exchange_of({})
    kept = exchange_of({"data": messages if appended else []})
    return Turn(reply, nothing, reply, reply, kept, nothing, "id", reply)


@pytest.mark.parametrize(
    ("replies", "letters", "kept", "whole"),
    [
        ((RED, BLUE), "rRbB", "pass", "pass"),
        ((RED, BLUE), "bBrR", "pass", "pass"),
        ((RED, BLUE), "BbRr", "pass", "pass"),
        ((RED, BLUE), "rR?bB", "pass", "pass"),
        ((SAME, SAME), "rSbS", "pass", "pass"),
        ((RED, BLUE), "rbRB", "pass", "broken"),
        ((RED, BLUE), "brRB", "pass", "broken"),
        ((RED, BLUE), "rBbR", "pass", "broken"),
        ((SAME, SAME), "rbSS", "pass", "broken"),
        ((RED, BLUE), "rR", "broken", "premise-not-met"),
        ((RED, BLUE), "rbB", "broken", "premise-not-met"),
        ((RED, BLUE), "rRrRbB", "broken", "pass"),
        ((RED, refused(409)), "rR", "pass", "pass"),
        ((RED, refused(400)), "rRb", "pass", "pass"),
        ((refused(409), BLUE), "bB", "pass", "pass"),
        ((RED, refused(409)), "rbR", "pass", "broken"),
        ((RED, reply_of(**OOPS)), "rR", "pass", "pass"),
        ((RED, refused(500)), "rR", "broken", "pass"),
        ((RED, refused(503)), "rR", "not answered", "not answered"),
        ((refused(409), refused(409)), "", "premise-not-met", "premise-not-met"),
    ],
)
def test_simultaneous_turns(replies: tuple[Any, Any], letters: str, kept: str, whole: str) -> None:
    """A turn may be rejected, the list may begin with the newest message, and an answer may have several messages."""
    parallel = Parallel(replies, listed(letters))
    assert outcome(test_parallel_turns.test_no_simultaneous_turn_is_lost, parallel, turn()) == kept
    assert outcome(test_parallel_turns.test_simultaneous_turns_are_not_interleaved, parallel, turn()) == whole


def test_what_is_never_appended_is_not_lost() -> None:
    parallel = Parallel((RED, BLUE), listed(""))
    assert outcome(test_parallel_turns.test_no_simultaneous_turn_is_lost, parallel, turn(appended=False)) != "broken"


THOUGHTS = "They want the capital of France, which is a country in Europe. It is Paris."
THOUGHTFUL = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": THOUGHTS}],
}
ASKED = {"role": "user", "text": RIDDLE}


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([ASKED, {"role": "assistant", "text": f"<think>\n{THOUGHTS}\n</think>Paris."}], "pass"),
        (
            [
                ASKED,
                {"role": "assistant", "text": THOUGHTS.replace(" ", "\n")},
                {"role": "assistant", "text": "Paris."},
            ],
            "pass",
        ),
        ([ASKED, {"role": "assistant", "text": "Paris.", "metadata": {"reasoning": [{"text": THOUGHTS}]}}], "pass"),
        ([ASKED, {"role": "assistant", "text": "Paris."}], "broken"),
        ([], "premise-not-met"),
    ],
)
def test_reasoning_may_be_in_any_field(messages: list[dict[str, Any]], found: str) -> None:
    reasoned = test_kept_reasoning.Reasoned(reply_of(THOUGHTFUL, said(text("Paris."))), exchange_of({"data": messages}))
    assert outcome(test_kept_reasoning.test_reasoning_is_among_the_messages, reasoned) == found


def test_hidden_reasoning_is_not_judged() -> None:
    hidden = {**THOUGHTFUL, "content": []}
    reasoned = test_kept_reasoning.Reasoned(reply_of(hidden, said(text("Paris."))), exchange_of({"data": [ASKED]}))
    assert outcome(test_kept_reasoning.test_reasoning_is_among_the_messages, reasoned) == "premise-not-met"
