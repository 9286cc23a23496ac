"""How concurrent responses are told apart by the token counts of their prompts."""

from __future__ import annotations

from conformance.checks.scenarios.responses.test_delivery import (
    test_each_request_gets_its_own_answer as judge,
)
from conformance.reply import ResponseReply
from tests.checks.response_replies import outcome, reply_of, said, text


def answered(*counts: int) -> list[tuple[str, ResponseReply]]:
    """Return responses without the words of their prompts; only `counts`, the counts of prompt tokens, differ."""
    return [(f"nonce{n}", reply_of(said(text("Yes.")), usage={"input_tokens": n})) for n in counts]


def test_counts_that_grow_with_the_prompt_are_right() -> None:
    assert outcome(judge, answered(9, 14, 19)) == "pass"


def test_counts_of_another_prompt_are_found() -> None:
    assert outcome(judge, answered(9, 19, 14)) == "broken"
