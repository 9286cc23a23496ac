"""The verdict after hostile requests: whether the target still answers, and which request is named as the cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.survival import Survival, expect_serving, suspect
from conformance.reply import ChatReply, NotAnswered
from tests.checks.examples import REQUEST, answered
from tests.checks.replies import said


def reply(status: int, name: str) -> ChatReply:
    """A response without a completion."""
    return ChatReply(replace(answered(b"{}", REQUEST, status=status), id=name))


REFUSED = tuple(reply(400, f"r{number}") for number in range(1, 9))
CRASHED = reply(500, "x9")
FINE = said("Hello.")


@pytest.mark.parametrize("place", [0, 3, 8])
def test_the_request_with_a_server_error_is_named(place: int) -> None:
    """Wherever it was sent: requests that were rejected are not suspected."""
    hostile = (*REFUSED[:place], CRASHED, *REFUSED[place:])
    assert suspect(hostile).startswith("x9, a faulty request with the response")


def test_the_first_of_two_server_errors_is_named() -> None:
    """After the first, everything may fail."""
    assert suspect((REFUSED[0], CRASHED, reply(502, "x10"))).startswith("x9,")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_answer_is_not_suspected(status: int) -> None:
    """A limit of requests kills no server."""
    assert suspect((reply(status, "b1"), REFUSED[0])) == "the faulty requests b1, r1"


def test_without_a_server_error_all_are_named() -> None:
    """Six by id, and the number of the others."""
    assert suspect(REFUSED) == "the faulty requests r1, r2, r3, r4, r5, r6 and 2 more"


def test_a_target_that_answers_no_more_is_broken_and_its_killer_is_named() -> None:
    """The finding is about the valid request, and names the hostile one."""
    with pytest.raises(Broken) as broken:
        expect_serving(Survival(FINE, (*REFUSED[:2], CRASHED), reply(500, "after")))
    finding = broken.value.findings[0]
    assert finding.exchange == "after"
    assert "x9, a faulty request" in finding.expected


def test_a_target_that_still_answers_is_right() -> None:
    """Whatever the hostile requests were answered."""
    expect_serving(Survival(FINE, (CRASHED,), FINE))


@pytest.mark.parametrize(("before", "after"), [(reply(400, "b"), FINE), (FINE, reply(429, "a"))])
def test_what_proves_nothing_is_inconclusive(before: ChatReply, after: ChatReply) -> None:
    """A valid request that failed before, too, and a busy target."""
    with pytest.raises((Inconclusive, NotAnswered)):
        expect_serving(Survival(before, REFUSED, after))
