"""What an unknown `api_key_ref` may lead to: an answer that does not show it, or a 4xx; and what else is not judged."""

from __future__ import annotations

import json

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.refusal import Faulty
from conformance.packs.telnyx.checks.test_api_key_ref import (
    REFERENCE,
    KeyReferences,
)
from conformance.packs.telnyx.checks.test_api_key_ref import (
    test_an_unknown_reference_is_no_server_error as judge_unknown,
)
from conformance.packs.telnyx.checks.test_api_key_ref import (
    test_the_reference_is_not_in_the_answer as judge_secret,
)
from conformance.reply import ChatReply, NotAnswered
from tests.checks.examples import answered


def reply(status: int = 200, said: str = "Hello.") -> ChatReply:
    message = {"role": "assistant", "content": said}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    if status != 200:
        body = {"error": {"message": said}}  # type: ignore[dict-item]
    return ChatReply(answered(json.dumps(body).encode(), {"messages": []}, status=status))


def with_unknown(unknown: ChatReply, control: ChatReply | None = None) -> KeyReferences:
    plain = control or reply()
    return KeyReferences(Faulty(plain, reply(422)), Faulty(plain, unknown))


@pytest.mark.parametrize("unknown", [reply(), reply(400, REFERENCE), reply(404), reply(422)])
def test_an_answer_and_a_rejection_are_right(unknown: ChatReply) -> None:
    judge_unknown(with_unknown(unknown))


def test_a_server_error_is_wrong() -> None:
    with pytest.raises(Broken):
        judge_unknown(with_unknown(reply(500)))


@pytest.mark.parametrize("references", [with_unknown(reply(503)), with_unknown(reply(500), reply(500))])
def test_a_target_that_answers_nothing_is_not_judged(references: KeyReferences) -> None:
    with pytest.raises(NotAnswered):
        judge_unknown(references)


def test_only_an_answer_must_not_show_the_reference() -> None:
    judge_secret(with_unknown(reply()))
    with pytest.raises(Broken):
        judge_secret(with_unknown(reply(said=f"Hello, {REFERENCE}.")))
    with pytest.raises(Inconclusive):
        judge_secret(with_unknown(reply(400, f"no secret {REFERENCE}")))
