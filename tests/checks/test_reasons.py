"""Why a check cannot judge, said truly; and a refusal that is for its fault, whatever its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks import Broken, Inconclusive
from conformance.checks.keys import premise_keys_enforced
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat import test_errors as errors
from conformance.checks.scenarios.chat import test_parameters as parameters
from conformance.reply import ChatReply
from conformance.verdict import Reason
from conformance.wire import Exchange, Request
from tests.checks.examples import REQUEST, answered
from tests.checks.replies import said, told
from tests.checks.test_odd_answers import verdict

SERDE = 'json error: invalid type: string "hot", expected f64 at line 1 column 110'


def asked(change: dict[str, Any], status: int, message: str = "No.") -> ChatReply:
    body = json.dumps({"error": {"message": message}}).encode()
    return ChatReply(answered(body, {**REQUEST, **change}, status=status))


@pytest.mark.parametrize(
    ("change", "status", "message", "wanted"),
    [
        ({"temperature": "hot"}, 400, SERDE, "held"),
        ({"temperature": "hot"}, 400, "temperature", "held"),
        ({"temperature": "hot", "max_tokens": 4}, 400, SERDE, "undecided"),
        ({"temperature": "hot"}, 401, "Who are you?", "undecided"),
        ({"temperature": "hot"}, 413, "Too large.", "undecided"),
        ({"temperature": "hot"}, 500, SERDE, "broken"),
        ({"temperature": "hot"}, 429, SERDE, "undecided"),
    ],
)
def test_a_refusal_is_for_the_one_thing_that_the_control_has_not(
    change: dict[str, Any], status: int, message: str, wanted: str
) -> None:
    pair = Faulty(said("Hello.", request={"max_tokens": 32}), asked({"max_tokens": 32, **change}, status, message))
    assert verdict(expect_refused, Faulty(pair.control, pair.faulty, ("temperature",))) == wanted


STREAMED = {"stream": True}
WORDS = ("messages", "n")


@pytest.mark.parametrize(
    ("messages", "zero", "wanted"),
    [
        (asked(STREAMED, 500), told(["Hello."]), "broken"),
        (asked(STREAMED, 400, "messages"), told(["Hello."]), "undecided"),
        (asked(STREAMED, 429), asked(STREAMED, 500), "broken"),
        (asked(STREAMED, 400, "messages"), asked(STREAMED, 400, "n"), "held"),
    ],
    ids=["a server error", "n is ignored", "busy, then a server error", "both refused"],
)
def test_each_fault_of_a_stream_is_judged(messages: ChatReply, zero: ChatReply, wanted: str) -> None:
    """An answer to `n: 0` does not hide what was said to messages that are none."""
    pairs = [Faulty(said("Hello."), reply, (name,)) for reply, name in zip((messages, zero), WORDS, strict=True)]
    assert verdict(errors.test_a_fault_is_refused_before_the_stream_begins, pairs) == wanted


@pytest.mark.parametrize(
    ("status", "why"),
    [(200, "completions need no key either"), (500, "returned 500"), (None, "no response")],
)
def test_only_an_answer_says_that_no_key_is_needed(status: int | None, why: str) -> None:
    with pytest.raises(Inconclusive, match=why):
        premise_keys_enforced(Exchange("x1", Request("POST", "http://x/v1/chat/completions"), status=status))


def test_a_rejection_says_that_keys_are_enforced() -> None:
    premise_keys_enforced(Exchange("x1", Request("POST", "http://x/v1/chat/completions"), status=401))


@pytest.mark.parametrize(
    ("reply", "see"),
    [(told(["Hello."]), "chat.stream.usage-asked"), (said("Hello."), "chat.usage.counts")],
    ids=["only the stream lacks it", "nobody counts"],
)
def test_a_missing_count_refers_to_what_judges_it(reply: ChatReply, see: str) -> None:
    with pytest.raises(Inconclusive) as doubt:
        parameters.test_max_tokens_bounds_the_answer(reply)
    assert doubt.value.detail.endswith(f"see {see}")
    assert doubt.value.reason is Reason.PREMISE_NOT_MET


def test_a_count_over_the_limit_is_still_broken() -> None:
    with pytest.raises(Broken):
        parameters.test_max_tokens_bounds_the_answer(said("Hello.", tokens=99))
