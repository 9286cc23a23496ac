"""Timeouts of this suite and refused connections are nobody's broken requirement; connections that the target broke are."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.checks.language import Broken
from conformance.checks.patience import patiently, tells_of_the_target
from conformance.checks.scenarios.chat.test_errors import test_the_endpoint_still_answers as still_serving
from conformance.checks.scenarios.http.test_hung_up import HungUp
from conformance.checks.scenarios.http.test_hung_up import (
    test_the_prompt_is_answered_after_readers_hung_up as disconnect,
)
from conformance.checks.survival import Survival
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.judging.tally import Judging
from conformance.reply import ChatReply, NotAnswered
from conformance.verdict import Outcome, Verdict
from conformance.wire import Exchange, Failure, FailureKind, Timing
from tests.checks.examples import REQUEST, answered, whole

OURS = ("timeout-read", "timeout-total", "timeout-connect", "connect", "dns", "tls")
THEIRS = ("cut-off", "protocol")
TARGET = Target(url="http://x/v1", profile=load_profile("openai"))


def failed(kind: str) -> Exchange:
    """No answer at all."""
    return answered(b"", REQUEST, status=None, headers=(), failure=Failure(FailureKind(kind), kind))


def complete(*exchanges: Exchange) -> Verdict:
    """The verdict of http.response-complete."""
    judging = Judging(load_registry(), {"http.response-complete"})
    for exchange in exchanges:
        judging.add(exchange)
    (verdict,) = judging.verdicts()
    return verdict


@pytest.mark.parametrize("kind", OURS)
def test_what_this_suite_gave_up_is_not_an_incomplete_response(kind: str) -> None:
    """Without a head nothing was begun, and nothing is judged."""
    assert complete(whole(), failed(kind)).outcome is Outcome.PASS
    assert complete(failed(kind)).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("kind", ["timeout-read", "timeout-total"])
def test_a_response_that_was_not_waited_for_is_inconclusive(kind: str) -> None:
    """It may have come to its end, and may not: neither a failure nor a pass, unless another response is broken."""
    begun = replace(whole(), id="x7", failure=Failure(FailureKind(kind), "no byte for 30 s"))
    verdict = complete(whole(), begun)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "x7: no byte for 30 s" in verdict.detail
    assert "--timeout" in verdict.detail
    assert verdict.exchanges == ("x7",)
    cut = replace(whole(), failure=Failure(FailureKind.CUT_OFF, "cut"))
    assert complete(begun, cut).outcome is Outcome.FAIL


@pytest.mark.parametrize("kind", OURS)
def test_still_serving_is_not_judged_by_our_own_patience(kind: str) -> None:
    """A slow answer after the sweep, or none because nobody is there, says nothing of the sweep."""
    with pytest.raises(NotAnswered, match="no response after the faulty requests"):
        still_serving(Survival(ChatReply(whole()), (), ChatReply(failed(kind))))
    begun = replace(whole(), failure=Failure(FailureKind(kind), "slow"))
    with pytest.raises(NotAnswered, match="no response after the faulty requests"):
        still_serving(Survival(ChatReply(whole()), (), ChatReply(begun)))


@pytest.mark.parametrize("kind", THEIRS)
def test_a_target_that_hangs_up_after_the_sweep_is_not_serving(kind: str) -> None:
    """It accepted the connection, and broke it."""
    with pytest.raises(Broken):
        still_serving(Survival(ChatReply(whole()), (), ChatReply(failed(kind))))


@pytest.mark.parametrize(("took_ms", "raised"), [(100.0, Broken), (900.0, NotAnswered), (None, NotAnswered)])
def test_a_slot_that_is_never_freed_is_told_from_a_slow_target(took_ms: float | None, raised: type[Exception]) -> None:
    """The control decides: what took a hundredth of the limit before, and misses it twice, is stuck."""
    before = ChatReply(replace(whole(), timing=Timing(1.0, 1.0, took_ms)))
    left = ChatReply(replace(whole(), stopped=True))
    with pytest.raises(raised):
        disconnect(HungUp(before, (left,), ChatReply(failed("timeout-total"))), TARGET)


def test_a_request_that_was_not_answered_in_time_is_asked_once_more() -> None:
    """And only then: what the target broke stands."""

    async def asked(*kinds: str) -> tuple[bool, int]:
        replies = [ChatReply(failed(kind)) for kind in kinds] + [ChatReply(whole())] * 2
        left = iter(replies)
        sent = []

        async def ask() -> ChatReply:
            sent.append(True)
            return next(left)

        return tells_of_the_target((await patiently(ask)).exchange), len(sent)

    assert asyncio.run(asked()) == (True, 1)
    assert asyncio.run(asked("timeout-read")) == (True, 2)
    assert asyncio.run(asked("timeout-read", "timeout-read")) == (False, 2)
    assert asyncio.run(asked("cut-off")) == (True, 1)
