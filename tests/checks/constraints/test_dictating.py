"""A dictated value is judged only if the response with the schema can be compared with the response without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks import Broken, Inconclusive
from conformance.checks.scenarios.guided.dictating import Dictated, Written, expect_lawful
from conformance.checks.scenarios.guided.lawful import LawfulValue
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request

MAXIMUM = LawfulValue("maximum", {"type": "integer", "maximum": 20}, 20)
PAIR = LawfulValue("pair", {"type": "array", "items": {"type": "integer"}, "minItems": 2}, [7, 9])
RIGHT = json.dumps({"maximum": 20, "pair": [7, 9]})


def judged(free: str, bound: str, *values: LawfulValue, whole: bool = True, alone: bool = False) -> str:
    """Judge the texts without and with the schema: the finding, or the reason for no verdict; "" if all is right."""
    request = Request("POST", "http://x/v1/chat/completions", (), b"{}")
    reply = ChatReply(Exchange(id="x1", request=request, status=200, headers=(), body=b"{}"))
    dictated = Dictated(values or (MAXIMUM, PAIR), Written(reply, free, True), Written(reply, bound, whole))
    group = Dictated((MAXIMUM, PAIR), Written(reply, RIGHT, True), Written(reply, RIGHT, True))
    try:
        expect_lawful((group, dictated) if alone else (dictated,), 1, "/content")
    except Broken as broken:
        return f"broken: {broken.findings[0].observed}"
    except Inconclusive as unjudged:
        return f"not judged: {unjudged.detail}"
    return ""


def test_copied_values_that_come_with_the_schema_too_are_right() -> None:
    assert judged(f"The answer is: {RIGHT}", RIGHT) == ""


def test_a_value_that_its_schema_changes_is_a_finding() -> None:
    found = judged(json.dumps({"maximum": 20}), json.dumps({"maximum": 19}), MAXIMUM, alone=True)
    assert found.startswith("broken: 19")


@pytest.mark.parametrize(
    ("bound", "whole"),
    [
        (json.dumps({"maximum": 20, "pair": [7]}), True),
        (json.dumps({"maximum": 21, "pair": [7, 9]}), True),
        (RIGHT, False),
        ("", False),
    ],
)
def test_a_response_that_violates_the_schema_or_was_truncated_proves_nothing(bound: Any, whole: bool) -> None:
    """llama.cpp ignores `prefixItems`: its response violated the schema, and no value of the response was compared."""
    assert "was truncated or violates the schema" in judged(RIGHT, bound, whole=whole)


def test_a_model_that_copies_nothing_proves_nothing() -> None:
    assert "copies no dictated value" in judged("The sea is calm.", RIGHT)
