"""A requirement about one keyword of a schema fails only if the response violates this keyword."""

from __future__ import annotations

import json

import pytest

from conformance.checks import Broken, Inconclusive
from conformance.checks.constraints import JsonSchema
from conformance.checks.scenarios.guided.asking import Asked, expect_enforced_or_refused
from conformance.checks.scenarios.guided.features import DEEP_FEATURES, FEATURES, SchemaFeature
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request

ROWS = {feature.name: feature for feature in (*FEATURES, *DEEP_FEATURES)}


def judged(feature: SchemaFeature, text: str, finish: str = "stop") -> str:
    """Judge one text: the finding, or the reason why the check is inconclusive; "" if the text is right."""
    message = {"role": "assistant", "content": text}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}]}).encode()
    request = Request("POST", "http://x/v1/chat/completions", (), b"{}")
    reply = ChatReply(Exchange(id="x1", request=request, status=200, headers=(), body=body))
    try:
        expect_enforced_or_refused(Asked(feature.constraint, feature.keywords, (reply,)))
    except Broken as broken:
        return f"broken: {broken.findings[0].observed}"
    except Inconclusive as unjudged:
        return f"not judged: {unjudged.detail}"
    return ""


@pytest.mark.parametrize("feature", ROWS.values(), ids=lambda feature: feature.name)
def test_the_dictated_value_violates_the_tested_keyword(feature: SchemaFeature) -> None:
    """The order of members is the exception, because no schema forbids it."""
    found = judged(feature, json.dumps(feature.dictated))
    assert found.startswith("broken: ") is not feature.ordered


@pytest.mark.parametrize(
    ("name", "value", "keyword"),
    [
        ("unique-items", {"value": [7, 8]}, "has less than 3 items"),
        ("unique-items", {"value": [7, 8, 5]}, "5 is not one of"),
        ("min-items", {"value": [True] * 9}, "more than 5 items"),
        ("max-length", {}, '"value" is a required property'),
        ("bounds", {"value": "5"}, "is not of type"),
        ("multiple-of", {"value": 9700}, "greater than the maximum"),
        ("prefix-items", {"value": [1]}, "has less than 2 items"),
        ("any-of", {"value": 1, "more": 2}, "Additional properties"),
        ("ref", {}, "is a required property"),
        ("property-order", {"zulu": "a", "alpha": 1, "mike": 2}, "is not of type"),
        ("unicode-keys", {"größe": "a", "名前": 2}, "is not of type"),
    ],
)
def test_a_violation_of_another_keyword_is_not_judged(name: str, value: object, keyword: str) -> None:
    found = judged(ROWS[name], json.dumps(value))
    assert found.startswith("not judged: the response does not violate ")
    assert keyword in found


def test_the_finding_names_the_tested_keyword() -> None:
    """The list is too short and repeats an item; the second fault is the one that the requirement is about."""
    assert "non-unique elements" in judged(ROWS["unique-items"], '{"value": [7, 7]}')


@pytest.mark.parametrize("name", ["unique-items", "property-order", "enum"])
def test_a_text_that_is_no_json_violates_every_keyword(name: str) -> None:
    """The target let the model speak freely because of this schema."""
    assert judged(ROWS[name], "The sea is wide.").startswith("broken: ")


@pytest.mark.parametrize(
    ("name", "text", "broken"),
    [
        ("unique-items", '{"value": [7, 7,', True),
        ("unique-items", '{"value": [7, 8, 9, 7', False),
        ("unique-items", '{"value": "7', False),
        ("max-items", '{"value": [1, 2, 3', True),
        ("max-length", '{"value": "the wide', True),
        ("max-length", '{"valium', False),
        ("pattern", '{"value": "sea', True),
        ("ref", '{"value": "sea', True),
        ("additional-properties", '{"title": "Sea', True),
    ],
)
def test_a_truncated_text_is_judged_by_the_same_rule(name: str, text: str, broken: bool) -> None:
    found = judged(ROWS[name], text, "length")
    assert found.startswith("broken: " if broken else "not judged: ")


@pytest.mark.parametrize("feature", ROWS.values(), ids=lambda feature: feature.name)
def test_a_verdict_names_only_keywords_of_the_schema(feature: SchemaFeature) -> None:
    """The words that an error may name, such as `object`, are no keywords. The order of members is no keyword, either."""
    assert isinstance(feature.constraint, JsonSchema)
    schema = json.dumps(feature.constraint.schema)
    unknown = [name for name in feature.constraint.tested if f'"{name}":' not in schema]
    assert unknown == (["the order of the members"] if feature.ordered else [])


def test_a_schema_without_tested_keywords_is_judged_as_a_whole() -> None:
    whole = JsonSchema.of({"type": "integer", "minimum": 3})
    assert whole.tests(whole.admits('"a"'))
    assert whole.tests(whole.admits("1"))
