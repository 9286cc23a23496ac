"""What an answer says of a generated body, and when a refusal is nobody's fault."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.generated.answers import BodyAnswer, Sent, about_unpromised, answer_of, cause_of
from conformance.checks.generated.findings import answered
from conformance.config.profile import load_profile
from conformance.contract import load_features
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request


def exchange(status: int | None, message: str = "", param: str | None = None, code: Any = None) -> Exchange:
    body = json.dumps({"error": {"message": message, "param": param, "code": code}}).encode()
    return Exchange("x1", Request("POST", "http://h/v1/chat/completions"), status=status, body=body)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, BodyAnswer.ACCEPTED),
        (400, BodyAnswer.REFUSED),
        (422, BodyAnswer.REFUSED),
        (500, BodyAnswer.FAILED),
        (501, BodyAnswer.FAILED),
        *((status, BodyAnswer.UNCLEAR) for status in (None, 302, 401, 403, 404, 408, 429, 503)),
    ],
)
def test_a_status_says_something_of_the_body_or_nothing(status: int | None, expected: BodyAnswer) -> None:
    """Busy, forbidden and lost say nothing."""
    assert answer_of(exchange(status)) is expected


def test_one_reason_has_one_name() -> None:
    """Values, indices and quoted words differ between bodies; status, field and wording do not."""
    one = cause_of(exchange(400, "Invalid 'stop': got 5 items", "messages[0].stop"))
    assert one == cause_of(exchange(400, "Invalid 'stop': got 7 items", "messages[3].stop"))
    assert one != cause_of(exchange(500, "Invalid 'stop': got 5 items", "messages[0].stop"))
    assert one != cause_of(exchange(400, "Unknown 'stop': got 5 items", "messages[0].stop"))


def sent(body: dict[str, Any], message: str) -> Sent:
    return Sent(body, ChatReply(exchange(400, message)))


def test_a_refusal_that_names_an_unpromised_feature_does_not_count() -> None:
    """Only a feature that the body uses, and that no promise covers."""
    features, openai = load_features(), load_profile("openai")
    assert about_unpromised(sent({"seed": 1}, "seed is not supported"), openai, features) == "seed"
    assert about_unpromised(sent({"stop": "a"}, "seed is not supported"), openai, features) == ""
    assert about_unpromised(sent({"stop": "a"}, "stop is not supported"), openai, features) == ""
    promising = replace(openai, promised=openai.promised | {"seed"})
    assert about_unpromised(sent({"seed": 1}, "seed is not supported"), promising, features) == ""


@pytest.mark.parametrize(
    ("code", "param", "named"),
    [
        ("unsupported_value", "temperature", "temperature"),
        ("unsupported_parameter", "temperature", "temperature"),
        ("unsupported_parameter", "stop", ""),
        ("unsupported_parameter", "messages", ""),
        ("invalid_value", "temperature", ""),
        ({}, "temperature", ""),
    ],
)
def test_what_one_model_lacks_does_not_count(code: Any, param: str, named: str) -> None:
    """The live API refuses a temperature with models that have none; no model lacks messages."""
    body = {"temperature": 0.5, "messages": []}
    refused = Sent(body, ChatReply(exchange(400, "Not with this model.", param, code)))
    assert about_unpromised(refused, load_profile("openai"), load_features()) == named
    assert about_unpromised(refused, load_profile("vllm"), load_features()) == ""


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"message": {"role": "assistant", "content": "Good day."}}, '200 and a completion, "Good day."'),
        ({"text": ", you could be"}, "you could be"),
    ],
)
def test_a_finding_quotes_what_the_target_generated(choice: dict[str, Any], expected: str) -> None:
    """The text of `POST /completions` is in another member, so the body is quoted instead of an empty text."""
    body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", **choice}]}).encode()
    said = answered(ChatReply(replace(exchange(200), body=body)))
    assert expected in said
    assert '""' not in said
