"""The request bodies of Telnyx's code samples are those that its Python SDK sends, and a readable 4xx is no failure."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from conformance.checks.language import Broken, Inconclusive, NotApplicable
from conformance.packs.telnyx.checks.samples import Sample, samples
from conformance.packs.telnyx.checks.test_samples import SampleTurns, expect_answer_or_readable_error
from conformance.packs.telnyx.checks.test_samples import (
    test_the_example_of_a_response_is_answered as judge_responses,
)
from conformance.reply import ChatReply, NotAnswered, ResponseReply
from tests.checks.examples import answered

CONVERSATION = "6a09cdc3-8948-47f0-aa62-74ac943d6c58"
MESSAGES: Any = [
    {"role": "system", "content": "You are a friendly chatbot."},
    {"role": "user", "content": "Hello, world!"},
]
INPUT: Any = [{"role": "user", "content": [{"type": "input_text", "text": "Hello, world!"}]}]
REQUIREMENTS = [f"telnyx.samples.{name}" for name in ("chat", "php", "responses", "empty")]


def sample_in(language: str, requirement: str) -> Sample:
    """The sample in one language."""
    return next(sample for sample in samples(requirement) if language in sample.languages)


def test_pythons_bodies_are_what_the_sdk_sends() -> None:
    """The calls are those of the pages; for the empty request, the one of the other languages without parameters."""
    from telnyx import Telnyx

    sent: list[bytes] = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={})

    with Telnyx(api_key="k", http_client=httpx.Client(transport=httpx.MockTransport(keep))) as client:
        client.ai.openai.chat.create_completion(messages=MESSAGES)
        client.ai.openai.create_response(
            conversation=CONVERSATION,
            input=INPUT,
            instructions="You are a friendly chatbot.",
            model="zai-org/GLM-5.1-FP8",
            stream=True,
        )
        client.ai.openai.create_response()
    wanted = [
        sample_in("Python", "telnyx.samples.chat").sent(),
        sample_in("Python", "telnyx.samples.responses").sent(CONVERSATION),
        sample_in("Ruby", "telnyx.samples.empty").sent(),
    ]
    assert sent == wanted


def test_all_seven_languages_are_there() -> None:
    """Each page has seven samples, and the samples of one requirement mean the same."""
    chat = [each for name in REQUIREMENTS[:2] for each in samples(name)]
    responses = [each for name in REQUIREMENTS[2:] for each in samples(name)]
    for page in (chat, responses):
        languages = [language for sample in page for language in sample.languages]
        assert sorted(languages) == ["CLI", "Go", "Java", "JavaScript", "PHP", "Python", "Ruby"]
    for name in REQUIREMENTS:
        bodies = [json.loads(sample.sent(CONVERSATION)) for sample in samples(name)]
        assert all(body == bodies[0] for body in bodies)


def reply(status: int, body: object) -> ChatReply:
    """A response to the PHP sample."""
    return ChatReply(answered(json.dumps(body).encode(), {"messages": []}, status=status))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"choices": []}),
        (422, {"detail": [{"loc": ["body", "n"], "msg": "too small", "type": "value_error"}]}),
        (404, {"error": {"message": "no such model"}}),
    ],
)
def test_an_answer_and_a_readable_error_are_right(status: int, body: object) -> None:
    expect_answer_or_readable_error(reply(status, body))


@pytest.mark.parametrize(("status", "body"), [(500, {"error": {"message": "boom"}}), (400, {}), (400, "no")])
def test_a_server_error_and_an_unreadable_error_are_wrong(status: int, body: object) -> None:
    with pytest.raises(Broken):
        expect_answer_or_readable_error(reply(status, body))


def test_a_busy_target_is_not_judged() -> None:
    with pytest.raises(NotAnswered):
        expect_answer_or_readable_error(reply(503, {"error": {"message": "busy"}}))


def turn(status: int, body: object, model: str = "zai-org/GLM-5.1-FP8") -> SampleTurns:
    """The responses of a target that lists one model and answers both samples alike."""
    sample, other = samples("telnyx.samples.responses")
    replies = tuple(
        ResponseReply(answered(json.dumps(body).encode(), json.loads(each.sent(CONVERSATION)), status=status))
        for each in (sample, other)
    )
    return SampleTurns(replies, answered(json.dumps({"data": [{"id": model}]}).encode(), {}))


def test_a_response_to_the_sample_is_right_and_a_rejection_is_wrong() -> None:
    judge_responses(turn(200, {"object": "response", "status": "completed", "output": []}))
    with pytest.raises(Broken):
        judge_responses(turn(422, {"detail": []}))
    with pytest.raises(Broken):
        judge_responses(turn(200, {"object": "response", "status": "failed", "output": []}))


def test_a_target_without_the_model_of_the_sample_need_not_answer_it() -> None:
    with pytest.raises(NotApplicable):
        judge_responses(turn(404, {"error": {"message": "no such model"}}, "another-model"))


def test_a_stream_without_an_end_is_judged_elsewhere() -> None:
    with pytest.raises(Inconclusive, match=r"responses\.stream\.terminal"):
        judge_responses(turn(200, {"type": "response.created"}))
