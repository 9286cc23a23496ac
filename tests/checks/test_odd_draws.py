"""Two answers to one request may differ, at temperature 0, too: what differs by chance is no failure, what leaks is."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any, cast

import pytest

from conformance.checks.scenarios.chat import test_sampling as sampling
from conformance.checks.scenarios.chat import test_stop as stop
from conformance.checks.scenarios.legacy import test_completion_stream as completion_stream
from conformance.checks.scenarios.legacy import test_completions as completions
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.wire import Exchange
from tests.checks.examples import SSE, answered
from tests.checks.replies import said, told
from tests.checks.test_odd_answers import FREE, GREEDY, verdict

URL = "https://api.example.com/v1/completions"
TEXT = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
HIGH = [said(text, request={"temperature": 1.5}) for text in ("Once", "Never")]
WAYS: dict[str, tuple[list[str], str]] = {
    "stopped": (["1, 2, 3, "], "held"),
    "stopped earlier": (["1, "], "held"),
    "with the sequence": (["1, 2, 3, ", "4, 5"], "broken"),
    "with a part of it": (["1, 2, 3, ", "4"], "broken"),
    "went on": ([TEXT], "broken"),
    "another way": (["1, 2, 3, ", "4 and so on"], "undecided"),
    "another answer": (["One, two"], "undecided"),
}


def whole(text: str, reason: str = "length", usage: Any = None) -> Exchange:
    """A text completion."""
    choices = [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]
    return answered(json.dumps({"choices": choices, "usage": usage}).encode(), {}, url=URL)


def streamed(*pieces: str, reason: str = "length") -> Exchange:
    """A text completion in pieces."""
    choices = [{"index": 0, "text": piece, "finish_reason": None} for piece in pieces]
    choices.append({"index": 0, "text": "", "finish_reason": reason})
    body = b"".join(f"data: {json.dumps({'choices': [choice]})}\n\n".encode() for choice in choices)
    return answered(body + b"data: [DONE]\n\n", {}, headers=SSE, url=URL)


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_that_goes_another_way_never_comes_to_the_stop_sequence(way: str) -> None:
    """Though it begins as the free answer does."""
    pieces, wanted = WAYS[way]
    assert verdict(stop.test_no_part_of_the_stop_sequence_is_streamed, (FREE, told(pieces), "4, 5")) == wanted
    check = completion_stream.test_no_part_of_the_stop_sequence_is_streamed
    assert verdict(check, (streamed(*pieces), "4, 5"), whole(TEXT)) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (streamed("1, 2, ", "3"), "held"),
        (streamed("1, 2"), "broken"),
        (streamed(), "broken"),
        (streamed(reason="stop"), "undecided"),
        (streamed("1, 2", reason="stop"), "undecided"),
        (streamed("One, two"), "undecided"),
    ],
    ids=["the same", "less", "nothing", "ended at once", "ended earlier", "another answer"],
)
def test_a_second_answer_may_end_at_once(given: Exchange, wanted: str) -> None:
    """What the limit ended had a text, and what ended by itself may have none."""
    assert verdict(completion_stream.test_the_streamed_text_is_the_text, given, whole("1, 2, 3")) == wanted


@pytest.mark.parametrize(
    ("text", "count", "wanted"),
    [
        (" 4, 5, 6,", 12, "broken"),
        (" 4, 5 and 6.", 12, "undecided"),
        (" 4 to 10", 13, "undecided"),
        (" 4 to 10", 99, "undecided"),
    ],
)
def test_a_completion_may_end_with_the_last_token_that_was_allowed(text: str, count: int, wanted: str) -> None:
    """The end token is counted by some."""
    usage = {"prompt_tokens": 5, "completion_tokens": count, "total_tokens": 5 + count}
    assert verdict(completions.test_a_cut_completion_says_length, whole(text, "stop", usage)) == wanted


@pytest.mark.parametrize(
    ("texts", "controls", "wanted"),
    [
        (["The sea is wide"], [], "held"),
        (["A sea", "A lake", "A sea"], [], "held"),
        (["A sea", "A lake", "The sea is wide"], [], "held"),
        (["A sea", "A lake", "A pond", "A brook"], ["The sea is wide"] * 4, "broken"),
        (["A sea", "A lake", "A pond", "A brook"], ["The sea is wide"] * 3 + ["A well"], "undecided"),
    ],
)
def test_answers_of_a_narrow_choice_repeat_themselves(texts: list[str], controls: list[str], wanted: str) -> None:
    """Where two tokens tie, one of a few texts comes again; where greedy answers vary, nothing is judged."""
    narrowed = sampling.NarrowSample([said(text) for text in texts], [said(text) for text in controls])
    assert verdict(sampling.test_a_tiny_top_p_leaves_the_likeliest_text, narrowed, GREEDY, HIGH) == wanted


@pytest.mark.parametrize("likeliest", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_a_target_that_varies_its_greedy_answers_is_not_failed_by_chance(likeliest: float) -> None:
    """Whatever the probability of its likeliest text, at most 0.025 % of the audits fail; with two greedy answers 2 % did."""
    chance = random.Random(likeliest)  # noqa: S311 - any numbers will do

    async def chat(*_: Any, **__: Any) -> ChatReply:
        return said("The sea" if chance.random() < likeliest else f"A {chance.random()}")

    async def audited() -> str:
        greedy = [await chat(), await chat()]
        narrowed = await sampling.until_greedy(cast("Chat", chat), greedy, HIGH, top_p=0.001)
        return verdict(sampling.test_a_tiny_top_p_leaves_the_likeliest_text, narrowed, greedy, HIGH)

    async def all_audits() -> list[str]:
        return [await audited() for _ in range(400)]

    assert asyncio.run(all_audits()).count("broken") <= 1
