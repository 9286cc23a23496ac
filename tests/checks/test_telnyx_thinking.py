"""What counts as reasoning when Telnyx's `enable_thinking` is judged: shown apart, inside the text, or only in the counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.packs.telnyx.checks.test_thinking import (
    Switched,
    reasoning,
)
from conformance.packs.telnyx.checks.test_thinking import (
    test_the_default_is_to_think as judge_default,
)
from conformance.packs.telnyx.checks.test_thinking import (
    test_without_thinking_there_is_no_reasoning as judge_off,
)
from conformance.reply import ChatReply
from tests.checks.examples import answered


def reply(
    text: str = "Paris.", tokens: int = 3, counted: int | None = None, status: int = 200, **more: Any
) -> ChatReply:
    message = {"role": "assistant", "content": text, **more}
    usage: dict[str, Any] = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}
    if counted is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": counted}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    return ChatReply(answered(json.dumps(body).encode(), {"model": "m", "messages": []}, status=status))


PLAIN, THOUGHTFUL = reply(), reply(tokens=20, reasoning_content="They ask for the capital of a country.")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Paris.", ""),
        ("<think>\n\n</think>\n\nParis.", ""),
        ("<think>\nFrance? Paris.\n</think>\n\nParis.", "France? Paris."),
        ("France? Paris.\n</think>\n\nParis.", "France? Paris."),
        ("<think>\nFrance?", "France?"),
    ],
)
def test_reasoning_in_the_text_is_reasoning(text: str, wanted: str) -> None:
    """An empty block is what some chat templates leave behind when reasoning is off."""
    assert reasoning(reply(text)) == wanted


@pytest.mark.parametrize(
    "off",
    [THOUGHTFUL, reply("<think>\nFrance?</think>Paris."), reply(counted=20), reply(tokens=60)],
    ids=["shown", "in the text", "counted", "hidden"],
)
def test_reasoning_that_was_switched_off_is_found(off: ChatReply) -> None:
    with pytest.raises(Broken):
        judge_off(Switched(THOUGHTFUL, THOUGHTFUL, off), PLAIN)


@pytest.mark.parametrize("off", [PLAIN, reply("", tokens=1), reply(tokens=12, counted=0)])
def test_an_answer_without_reasoning_is_right(off: ChatReply) -> None:
    judge_off(Switched(THOUGHTFUL, THOUGHTFUL, off), PLAIN)


@pytest.mark.parametrize(
    ("switched", "plain"),
    [
        (Switched(PLAIN, PLAIN, PLAIN), PLAIN),
        (Switched(THOUGHTFUL, THOUGHTFUL, reply(tokens=60)), reply(tokens=60)),
        (Switched(THOUGHTFUL, THOUGHTFUL, reply(status=400)), PLAIN),
    ],
    ids=["the model does not reason", "the counts are made up", "rejected"],
)
def test_what_cannot_be_told_is_inconclusive(switched: Switched, plain: ChatReply) -> None:
    with pytest.raises(Inconclusive):
        judge_off(switched, plain)


def test_the_default_differs_only_if_it_differs_each_time() -> None:
    unlike = Switched(PLAIN, THOUGHTFUL, PLAIN)
    alike = Switched(THOUGHTFUL, THOUGHTFUL, PLAIN)
    judge_default([alike])
    judge_default([unlike, unlike, alike])
    with pytest.raises(Broken):
        judge_default([unlike, unlike, unlike])
    for found in ([Switched(PLAIN, PLAIN, PLAIN)], [unlike, Switched(PLAIN, PLAIN, PLAIN)]):
        with pytest.raises(Inconclusive):
            judge_default(found)
