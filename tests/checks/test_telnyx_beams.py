"""How Telnyx's beam search is judged: an effect is a pass, and only a proof that there is none is a failure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.packs.telnyx.checks.test_beam_search import BeamSearches
from conformance.packs.telnyx.checks.test_beam_search import (
    test_a_length_penalty_prefers_other_lengths as judge_length,
)
from conformance.packs.telnyx.checks.test_beam_search import (
    test_early_stopping_ends_the_search as judge_early,
)
from conformance.packs.telnyx.checks.test_beam_search import (
    test_the_beams_differ as judge_distinct,
)
from conformance.reply import ChatReply
from tests.checks.examples import answered

Tokens = list[tuple[str, float]]
HELLO: Tokens = [("Hello", -0.1), ("!", -0.2)]
LONGER: Tokens = [*HELLO, *((f" w{number}", -0.1) for number in range(6))]
OTHERS: list[Tokens] = [[("Hi", -3.0), (mark, -0.1)] for mark in "!."]


def reply(*candidates: Tokens, prompt: int = 10, shown: bool = True, status: int = 200) -> ChatReply:
    """Return a response with these candidates; those with eight tokens are truncated."""
    choices: list[dict[str, Any]] = []
    for index, tokens in enumerate(candidates):
        content: list[dict[str, Any]] = [
            {"token": token, "logprob": logprob, "bytes": None, "top_logprobs": []} for token, logprob in tokens
        ]
        choices.append({
            "index": index,
            "message": {"role": "assistant", "content": "".join(token for token, _ in tokens)},
            "finish_reason": "length" if len(tokens) == 8 else "stop",
            "logprobs": {"content": content} if shown else None,
        })  # fmt: skip
    body = {"choices": choices, "usage": {"prompt_tokens": prompt, "completion_tokens": 9, "total_tokens": prompt + 9}}
    return ChatReply(answered(json.dumps(body).encode(), {"model": "m", "messages": []}, status=status))


GREEDY = [reply(HELLO), reply(HELLO)]
SHORT = reply(HELLO, *OTHERS)
UNCHANGED = reply(HELLO, LONGER, OTHERS[0])
LONG = reply(LONGER, HELLO, OTHERS[0])
UNLIKELY = [*LONGER[:2], (" w0", -9.0), *LONGER[3:]]
CERTAIN = [*LONGER[:2], (" w0", -1e-20), *LONGER[3:]]


def test_other_candidates_first_are_an_effect() -> None:
    judge_length(BeamSearches(SHORT, LONG, SHORT), GREEDY)


def test_a_length_penalty_without_effect_is_found() -> None:
    """The continuation is likely, so the short candidate cannot score better with a high length penalty."""
    with pytest.raises(Broken):
        judge_length(BeamSearches(UNCHANGED, UNCHANGED, SHORT), GREEDY)


@pytest.mark.parametrize(
    "same",
    [
        SHORT,
        reply(HELLO, UNLIKELY, OTHERS[0], prompt=500),
        reply(HELLO, LONGER, OTHERS[0], shown=False),
        reply(HELLO, HELLO, HELLO),
        reply(OTHERS[0], LONGER, OTHERS[1]),
        reply(HELLO, CERTAIN, OTHERS[0]),
        reply([("Hello", -(10**400)), HELLO[1]], LONGER, OTHERS[0]),
        reply(HELLO, LONGER, OTHERS[0], prompt=10**400),
        reply(HELLO, LONGER, OTHERS[0], prompt=-3),
    ],
    ids=[
        "equal lengths",
        "unlikely continuation",
        "no log probabilities",
        "greedy",
        "no continuation",
        "certain continuation",
        "huge log probability",
        "huge count",
        "negative count",
    ],
)
def test_equal_candidates_may_be_lawful(same: ChatReply) -> None:
    with pytest.raises(Inconclusive):
        judge_length(BeamSearches(same, same, same), GREEDY)


def test_a_target_that_varies_at_temperature_zero_is_not_judged() -> None:
    varied, searches = [GREEDY[0], LONG], BeamSearches(UNCHANGED, UNCHANGED, LONG)
    for judge in (judge_length, judge_early, judge_distinct):
        with pytest.raises(Inconclusive):
            judge(searches, varied)


def test_an_early_stop_is_seen_in_the_lengths() -> None:
    judge_early(BeamSearches(SHORT, LONG, SHORT), GREEDY)
    with pytest.raises(Broken):
        judge_early(BeamSearches(SHORT, LONG, LONG), GREEDY)


@pytest.mark.parametrize(
    "searches",
    [
        BeamSearches(SHORT, SHORT, SHORT),
        BeamSearches(UNCHANGED, LONG, LONG),
        BeamSearches(reply(HELLO, *OTHERS, shown=False), LONG, LONG),
    ],
    ids=["no longer candidate", "too few complete candidates", "no log probabilities"],
)
def test_an_early_stop_may_be_invisible(searches: BeamSearches) -> None:
    with pytest.raises(Inconclusive):
        judge_early(searches, GREEDY)


def test_equal_choices_are_no_beams() -> None:
    same = reply(HELLO, HELLO, HELLO)
    judge_distinct(BeamSearches(same, LONG, same), GREEDY)
    with pytest.raises(Broken):
        judge_distinct(BeamSearches(same, same, same), GREEDY)
