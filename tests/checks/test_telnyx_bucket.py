"""What shows that Telnyx's tool `retrieval` uses a bucket: the fact, or the tokens of the prompt. The model's part is not judged."""

from __future__ import annotations

import json

import pytest

from conformance.checks.language import Broken, Inconclusive, NotApplicable
from conformance.config import Target, load_profile
from conformance.config.retrieval import Retrieval
from conformance.packs.telnyx.checks.test_bucket import (
    Searches,
)
from conformance.packs.telnyx.checks.test_bucket import (
    test_a_fact_in_the_bucket_is_in_the_answer as judge_fact,
)
from conformance.packs.telnyx.checks.test_bucket import (
    test_another_bucket_does_not_state_the_fact as judge_other,
)
from conformance.packs.telnyx.checks.test_bucket import (
    test_more_results_are_more_prompt as judge_results,
)
from conformance.reply import ChatReply, NotAnswered
from tests.checks.examples import answered

BUCKET = Retrieval("quay", "What is the password of Quellbrook?", "tramontane-742", "garden")
FACT, NO_FACT = "It is Tramontane-742.", "I do not know."


def reply(text: str = NO_FACT, tokens: int | None = 20, status: int = 200, finish: str = "stop") -> ChatReply:
    message = {"role": "assistant", "content": text}
    body: dict[str, object] = {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
    if tokens is not None:
        body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5}
    return ChatReply(answered(json.dumps(body).encode(), {"model": "m", "messages": []}, status=status))


def searched(
    few: ChatReply, many: ChatReply, without: ChatReply | None = None, other: ChatReply | None = None
) -> Searches:
    return Searches(BUCKET, without or reply(), few, many, other)


TARGET = Target("http://localhost:8000/v2/ai/openai", load_profile("telnyx"), retrieval=BUCKET)


def judge_fact_of(searches: Searches | None) -> None:
    judge_fact(searches, TARGET)


def refused(message: str) -> ChatReply:
    body = {"error": {"message": message}}
    return ChatReply(answered(json.dumps(body).encode(), {"model": "m", "messages": []}, status=400))


def test_a_rejected_tool_is_wrong_and_a_rejected_bucket_is_not_judged() -> None:
    wrong = refused("body.tools.0.type: Input should be 'function'")
    with pytest.raises(Broken):
        judge_fact_of(searched(wrong, wrong))
    unknown = refused("There is no bucket quay.")
    with pytest.raises(NotAnswered):
        judge_fact_of(searched(unknown, unknown))


def test_the_fact_shows_the_bucket_whatever_its_case() -> None:
    judge_fact_of(searched(reply(FACT), reply(FACT)))
    judge_fact_of(searched(reply(NO_FACT), reply(FACT, None)))


def test_neither_fact_nor_tokens_is_a_tool_without_effect() -> None:
    with pytest.raises(Broken):
        judge_fact_of(searched(reply(), reply()))


@pytest.mark.parametrize(
    "searches",
    [
        searched(reply(tokens=60), reply(tokens=90)),
        searched(reply(FACT), reply(FACT), without=reply(FACT)),
        searched(reply(), reply(finish="length")),
        searched(reply(tokens=None), reply(tokens=None)),
    ],
    ids=["the model or the search missed it", "the model knows it", "truncated", "not counted"],
)
def test_what_the_model_does_not_say_is_inconclusive(searches: Searches) -> None:
    with pytest.raises(Inconclusive):
        judge_fact_of(searches)


def test_more_results_need_more_tokens() -> None:
    judge_results(searched(reply(tokens=60), reply(tokens=90)))
    with pytest.raises(Broken):
        judge_results(searched(reply(tokens=60), reply(tokens=60)))
    with pytest.raises(Inconclusive):
        judge_results(searched(reply(), reply()))


def test_only_the_named_bucket_gives_the_fact() -> None:
    judge_other(searched(reply(FACT), reply(FACT), other=reply()))
    with pytest.raises(Broken):
        judge_other(searched(reply(FACT), reply(FACT), other=reply(FACT)))
    with pytest.raises(Inconclusive):
        judge_other(searched(reply(), reply(), other=reply()))


@pytest.mark.parametrize("judge", [judge_fact_of, judge_results, judge_other])
def test_without_a_bucket_nothing_is_judged(judge) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotApplicable, match="--retrieval-bucket"):
        judge(None)


def test_without_a_second_bucket_the_other_one_is_not_judged() -> None:
    with pytest.raises(NotApplicable, match="--retrieval-other-bucket"):
        judge_other(searched(reply(FACT), reply(FACT)))
