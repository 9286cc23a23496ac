"""A token limit that ends the text within a stop sequence is no fault: the thoughts of a model may use up a part of the limit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.checks.scenarios.chat import test_stop as stop
from conformance.reply import ChatReply
from tests.checks.replies import said, told
from tests.checks.test_odd_answers import verdict

FREE = said("1, 2, 3, 4, 5, 6, 7, 8, 9, 10", tokens=29)
SEQUENCE = " 6, 7,"


def cut_at(text: str, reason: str) -> tuple[ChatReply, ChatReply, str]:
    return FREE, told([text], reason), SEQUENCE


@pytest.mark.parametrize(
    ("cut", "reason", "streamed"),
    [
        (cut_at("1, 2, 3, 4, 5, 6", "length"), "undecided", "undecided"),
        (cut_at("1, 2, 3, 4, 5,", "length"), "broken", "held"),
        (cut_at("1, 2, 3, 4, 5,", "stop"), "held", "held"),
        (cut_at("1, 2, 3, 4, 5, 6", "stop"), "held", "broken"),
        (cut_at("1, 2, 3, 4, 5, 6, 7, 8", "length"), "broken", "broken"),
    ],
    ids=["limit within", "stopped and says length", "stopped", "leaked a part", "went on"],
)
def test_only_a_limit_within_the_sequence_excuses(cut: Any, reason: str, streamed: str) -> None:
    assert verdict(stop.test_a_stopped_answer_has_the_finish_reason_stop, cut) == reason
    assert verdict(stop.test_no_part_of_the_stop_sequence_is_streamed, cut) == streamed


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ([said("1, 2,", "stop")], 1),
        ([said("1, 2,", "length"), said("1, 2,", "stop")], 2),
        ([said("1, 2,", "length")] * 3, 3),
        ([said("1, 2, 3, 4, 5", "length")], 1),
        ([said("", "stop"), said("1, 2,", "stop")], 2),
    ],
    ids=["stopped", "limit by chance", "says length always", "ignores the sequence", "empty by chance"],
)
def test_what_may_be_chance_is_asked_up_to_three_times(answers: list[ChatReply], asked: int) -> None:
    left = [FREE, *answers]

    class Client:
        transport = "json"

        async def __call__(self, *_: Any, **__: Any) -> ChatReply:
            return left.pop(0)

    _, cut, _ = asyncio.run(stop.stopped(Client()))
    assert len(answers) - len(left) == asked
    assert cut is answers[asked - 1]
