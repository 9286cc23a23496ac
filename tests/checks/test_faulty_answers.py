"""A request that was wrong on purpose may be answered anyhow: that it is answered is one requirement's matter, and no other's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.reply.reading import Reading, names_undeclared
from conformance.wire import Exchange
from tests.checks.examples import COMPLETION, REQUEST, answered, broken_by
from tests.checks.test_response_objects import REQUEST as RESPONSE_REQUEST
from tests.checks.test_response_objects import RESPONSE
from tests.checks.test_response_objects import URL as RESPONSES

MALFORMED = b'{"model": "m", "messages": ['
SET = {"type": "function", "function": {"name": "set"}}
FAULTS: list[Any] = [
    {**REQUEST, "messages": []},
    {**REQUEST, "temperature": 9},
    {**REQUEST, "max_tokens": 0},
    {**REQUEST, "messages": [{"role": "wizard", "content": "Hi"}]},
    {"model": "m"},
    {**REQUEST, "tools": [SET], "tool_choice": {"type": "function", "function": {"name": "get"}}},
]
ODD = {**COMPLETION, "choices": [], "usage": {"prompt_tokens": 0}, "created": 0, "object": "x"}


def chat(request: Any, body: Any, identity: str = "a1") -> Exchange:
    return replace(answered(json.dumps(body).encode(), request), identity=identity)


@pytest.mark.parametrize("request_body", FAULTS)
def test_what_a_fault_is_answered_with_is_not_judged(request_body: Any) -> None:
    assert broken_by(chat(request_body, ODD)) == {}
    assert "chat.usage.counts" in broken_by(chat(request_body, ODD, identity=""))
    assert "chat.usage.counts" in broken_by(chat(REQUEST, ODD))


def test_an_error_with_status_200_is_judged_whatever_was_asked() -> None:
    """It is a refusal that clients take for an answer."""
    wrapped = {"error": {"message": "No.", "type": "t", "param": None, "code": None}}
    assert set(broken_by(chat(FAULTS[0], wrapped))) == {"chat.error-in-success"}


def test_a_body_that_is_no_json_is_a_fault() -> None:
    exchange = chat(REQUEST, ODD)
    broken = replace(exchange, request=replace(exchange.request, body=MALFORMED))
    assert Reading(broken).faulty
    assert broken_by(broken) == {}


@pytest.mark.parametrize("fault", [{"temperature": 9}, {"truncation": "sometimes"}, {"max_output_tokens": -5}])
def test_a_response_to_a_fault_is_not_judged(fault: Any) -> None:
    body = json.dumps({**RESPONSE, "object": "x", "usage": None}).encode()
    right, wrong = (
        replace(answered(body, {**RESPONSE_REQUEST, **more}, url=RESPONSES), identity="a2") for more in ({}, fault)
    )
    assert broken_by(wrong) == {}
    assert "responses.object.name" in broken_by(right)


@pytest.mark.parametrize(
    ("tools", "choice", "wanted"),
    [
        ([SET], {"type": "function", "function": {"name": "set"}}, False),
        ([SET], {"type": "function", "function": {"name": "get"}}, True),
        (None, {"type": "function", "function": {"name": "set"}}, True),
        ([{"type": "function", "name": "set"}], {"type": "function", "name": "set"}, False),
        ([{"type": "function", "name": "set"}], {"type": "function", "name": "get"}, True),
        ([SET], "required", False),
        ([SET], {"type": "allowed_tools"}, False),
    ],
)
def test_a_choice_of_a_function_that_is_not_declared_is_a_fault(tools: Any, choice: Any, wanted: bool) -> None:
    assert names_undeclared({"tools": tools, "tool_choice": choice}) is wanted
