"""Checks of conversations on replies made to measure: what is never kept shows nothing of what is kept apart."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.scenarios.conversations import test_context
from conformance.engine.responses import HELLO
from conformance.packs.telnyx.checks import test_conversations as test_telnyx
from conformance.wire import Exchange
from tests.checks.response_replies import exchange_of, outcome, reply_of, said, text
from tests.checks.test_response_objects import RESPONSE


def used(alone: int, long: int, empty: int) -> test_context.Used:
    """What responses counted: next to any conversation, on one with a long message, and on an empty one."""
    lone, lengthy, bare = (reply_of(usage={**RESPONSE["usage"], "input_tokens": each}) for each in (alone, long, empty))
    nothing = exchange_of({})
    return test_context.Used("conv_1", "conv_2", lone, lone, lengthy, nothing, nothing, bare)


@pytest.mark.parametrize(
    ("counts", "found"),
    [((10, 40, 10), "pass"), ((10, 40, 14), "pass"), ((10, 40, 40), "broken"), ((10, 10, 10), "premise-not-met")],
)
def test_conversations_that_are_no_context_cannot_mix(counts: tuple[int, int, int], found: str) -> None:
    """A target that looks at no conversation at all keeps none of them apart."""
    assert outcome(test_context.test_two_conversations_do_not_mix, used(*counts)) == found


def listed(*texts: str) -> Exchange:
    return exchange_of({"data": [{"role": "user", "text": each} for each in texts]})


@pytest.mark.parametrize(
    ("messages", "stray", "found"),
    [
        ([HELLO], {}, "pass"),
        ([HELLO, test_telnyx.STRAY], {}, "broken"),
        ([], {}, "premise-not-met"),
        ([test_telnyx.LONG], {}, "premise-not-met"),
        ([HELLO], {"output": None}, "not answered"),
    ],
)
def test_what_appends_nothing_at_all_is_not_stateless(messages: list[str], stray: Any, found: str) -> None:
    """Only where a turn with a conversation is kept does one without show anything."""
    plain = reply_of()
    turn = test_telnyx.Turn(plain, listed(), plain, plain, listed(*messages), listed(), "id", reply_of(**stray))
    assert outcome(test_telnyx.test_without_a_conversation_nothing_is_appended, turn) == found


def test_conversations_without_messages_do_not_show_that_they_are_apart() -> None:
    """Each must have something of its own."""
    check = test_telnyx.test_two_conversations_do_not_mix
    assert outcome(check, (listed(HELLO), listed(test_telnyx.ASK_WEATHER))) == "pass"
    assert outcome(check, (listed(HELLO), listed())) == "premise-not-met"
    assert outcome(check, (listed(HELLO), listed(HELLO))) == "broken"


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        (["Let me see.", "It is noon."], "pass"),
        (["Let me see.It is noon."], "pass"),
        (["It is noon."], "broken"),
        ([], "broken"),
    ],
)
def test_an_answer_of_two_messages_may_be_kept_as_one_or_as_two(kept: list[str], found: str) -> None:
    """What was said is there, in whatever pieces."""
    reply = reply_of(said(text("Let me see.")), said(text("It is noon.")))
    messages = [{"role": "user", "text": HELLO}, *({"role": "assistant", "text": each} for each in kept)]
    plain = reply_of()
    turn = test_telnyx.Turn(plain, listed(), reply, plain, exchange_of({"data": messages}), listed(), "id", plain)
    assert outcome(test_telnyx.test_input_and_output_are_appended, turn) == found


@pytest.mark.parametrize(("status", "found"), [(200, "broken"), (429, "not answered"), (500, "not answered")])
def test_metadata_that_was_not_taken_finds_nothing(status: int, found: str) -> None:
    """A list by metadata is judged where the metadata was set."""
    answers = {"updated": exchange_of({}, status), "found": exchange_of({}), "listed": listed()}
    assert outcome(test_telnyx.test_a_filter_finds_it_alone, answers, exchange_of({"id": "1"})) == found
