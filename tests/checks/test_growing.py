"""Prompts of growing length: which token counts show that a target truncates a prompt, and which do not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from itertools import pairwise

import pytest

from conformance.checks import Inconclusive, NotApplicable
from conformance.checks.growing import SIZES, Growing, grow, prompt_of, truncated
from conformance.checks.language import Broken
from conformance.checks.scenarios.chat.test_growing import (
    test_a_prompt_that_does_not_fit_an_unnamed_window_is_refused as judge,
)
from conformance.checks.scenarios.responses.test_truncation import (
    test_an_input_that_does_not_fit_an_unnamed_window_is_refused as judge_input,
)
from conformance.reply import ChatReply, NotAnswered, ResponseReply
from tests.checks.examples import REQUEST, answered, whole

PLAIN = [320, 640, 1400, 3000, 6400, 14000]
"""Prompt tokens of a target whose context window is large enough for all prompts."""


def reply(prompt_tokens: int) -> ChatReply:
    """A completion whose prompt had so many tokens."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": 1, "total_tokens": prompt_tokens + 1}
    return ChatReply(whole(lambda body: {**body, "usage": usage}))


def replies(counts: Sequence[int]) -> tuple[ChatReply, ...]:
    return tuple(map(reply, counts))


def failed(status: int) -> ChatReply:
    return ChatReply(answered(b'{"error": {"message": "too long"}}', REQUEST, status=status))


def input_reply(input_tokens: int) -> ResponseReply:
    """A response whose input had so many tokens."""
    usage = {"input_tokens": input_tokens, "output_tokens": 1, "total_tokens": input_tokens + 1}
    body = {"object": "response", "status": "completed", "output": [], "usage": usage}
    return ResponseReply(answered(json.dumps(body).encode(), REQUEST))


def test_each_prompt_is_twice_as_long() -> None:
    """Otherwise a complete prompt would look truncated in some tokenizer, by characters, by words or by digits."""
    for one, other in pairwise(SIZES):
        assert len(prompt_of(other)) >= 2 * len(prompt_of(one)) - 30
        assert len(prompt_of(other).split()) >= 2 * len(prompt_of(one).split()) - 8
    assert len({prompt_of(size)[:4] for size in SIZES}) == len(SIZES)


@pytest.mark.parametrize(
    ("counts", "cut"),
    [
        (PLAIN, False),
        ([count + 12_000 for count in PLAIN], False),  # a long system prompt of the server
        ([321, 330, 342, 366, 414, 510], False),  # a count that hardly grows is no proof
        ([320, 640, 1400, 2048], False),  # the next prompt shows it
        ([320, 640, 1400, 2048, 2048], True),
        ([320, 640, 1400, 1000], True),  # half of the window is kept
        ([320, 640, 640], True),
        ([300, 300, 300], False),  # a constant
        ([320, 640], False),
    ],
)
def test_which_counts_show_a_truncated_prompt(counts: list[int], cut: bool) -> None:
    """The last prompt must have added less than half of what the one before it added."""
    assert truncated(replies(counts)) == cut


def test_a_truncated_prompt_is_a_fault_if_the_count_repeats() -> None:
    """The finding has the three counts."""
    with pytest.raises(Broken) as broken:
        judge(Growing(replies([320, 640, 1400, 1410]), reply(1410)), reply(9), None, 0)
    assert "1410, where 512 numbers have 1400 and 256 have 640" in broken.value.findings[0].observed


def test_two_counts_of_one_prompt_prove_nothing() -> None:
    """Two back ends may count differently."""
    with pytest.raises(Inconclusive):
        judge(Growing(replies([320, 640, 1400, 1410]), reply(3000)), reply(9), None, 0)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_rejected_prompt_is_right(status: int) -> None:
    """Whatever the window is."""
    judge(Growing((*replies([320, 640]), failed(status))), reply(9), None, 0)


@pytest.mark.parametrize("status", [200, 500])
def test_another_answer_to_a_prompt_that_does_not_fit_is_a_fault(status: int) -> None:
    """A server error, and an error with the status 200."""
    with pytest.raises(Broken):
        judge(Growing((*replies([320, 640]), failed(status))), reply(9), None, 0)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_or_slow_target_is_not_judged(status: int) -> None:
    """A gateway gives up while a slow engine reads the prompt, or limits the tokens of a minute."""
    with pytest.raises(NotAnswered):
        judge(Growing((*replies([320, 640]), failed(status))), reply(9), None, 0)


def test_a_large_window_is_not_reached() -> None:
    """Longer prompts would cost too much."""
    with pytest.raises(NotApplicable):
        judge(Growing(replies(PLAIN)), reply(9), None, 0)


def test_a_known_window_needs_no_other_prompts() -> None:
    """One prompt that exceeds it was sent, and other requirements judge what is wrong with its response."""
    judge(Growing(), reply(9), (8192, failed(400)), 8192)
    for other in (failed(200), failed(500), failed(429), reply(8000)):
        with pytest.raises(NotApplicable):
            judge(Growing(), reply(9), (8192, other), 8192)
    with pytest.raises(NotApplicable):
        judge(Growing(), reply(9), None, 128_000)


def grown_inputs(counts: Sequence[int], again: int | None = None) -> Growing:
    """The responses to inputs with so many tokens."""
    return Growing(tuple(map(input_reply, counts)), None if again is None else input_reply(again))


def test_a_truncated_input_of_the_responses_api_is_a_fault() -> None:
    """The finding names the count that the Responses API has."""
    with pytest.raises(Broken) as broken:
        judge_input(grown_inputs([320, 640, 1400, 1410], 1410), input_reply(9), Growing(), None, 0)
    assert broken.value.findings[0].where == "/usage/input_tokens"
    refused = ResponseReply(answered(b'{"error": {"message": "too long"}}', REQUEST, status=400))
    judge_input(Growing((input_reply(320), refused)), input_reply(9), Growing(), None, 0)


def test_a_window_that_chat_found_needs_fewer_inputs() -> None:
    """Only the last three prompts are sent again, and none if all of them fit."""
    asked: list[str] = []

    async def ask(prompt: str, fresh: bool) -> ResponseReply:
        asked.append(f"{prompt}{fresh}")
        return input_reply(len(prompt) // 3)

    cut = Growing((*replies([320, 640, 1400]), failed(400)))
    assert cut.last_sizes == SIZES[1:4]
    assert not cut.fits
    found = asyncio.run(grow(ask, cut.last_sizes))
    assert [prompt.split()[0] for prompt in asked] == ["256", "512", "1024"]
    assert found.fits
    with pytest.raises(NotApplicable):
        judge_input(Growing(), input_reply(9), Growing(replies(PLAIN)), None, 0)
