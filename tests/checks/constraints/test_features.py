"""The feature map is adversarial by construction, and each of its rows has a mutant that is blind to it alone."""

from __future__ import annotations

import json

import pytest

from conformance.checks.constraints import JsonSchema
from conformance.checks.scenarios.guided.asking import Asked
from conformance.checks.scenarios.guided.features import (
    COMMON,
    DEEP_FEATURES,
    ELSEWHERE,
    FEATURES,
    SHORTENING,
    UNUSUAL,
    SchemaFeature,
    joined,
)
from conformance.checks.scenarios.guided.patterns import CASES, say
from conformance.checks.scenarios.guided.test_schema_features import member
from conformance.checks.scenarios.guided.test_together import STOP, STOPPED
from conformance.engine import probes
from conformance.reference.mutants import MUTANTS
from conformance.reference.mutants.chat.json_schema import changed, dropping
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request

ROWS = (*FEATURES, *DEEP_FEATURES)


@pytest.mark.parametrize("feature", ROWS, ids=lambda feature: feature.name)
def test_a_prompt_dictates_what_its_schema_forbids(feature: SchemaFeature) -> None:
    """An engine that lets the model speak freely breaks the schema; only the order of members is no matter of the schema."""
    ruling = feature.constraint.admits(json.dumps(feature.dictated))
    assert bool(ruling) == feature.ordered
    if feature.ordered:
        assert list(feature.dictated) != list(feature.constraint.schema["properties"])


@pytest.mark.parametrize(
    ("name", "keyword"),
    [
        ("enum", "enum"), ("const", "const"), ("max-items", "maxItems"), ("unique-items", "uniqueItems"),
        ("max-length", "maxLength"), ("pattern", "pattern"), ("pattern-anywhere", "pattern"), ("format", "format"), ("formats", "format"), ("multiple-of", "multipleOf"),
        ("any-of", "anyOf"), ("one-of", "oneOf"), ("all-of", "allOf"), ("additional-properties", "additionalProperties"),
        ("min-items", "minItems"), ("min-length", "minLength"), ("required", "required"), ("prefix-items", "prefixItems"),
    ],
)  # fmt: skip
def test_nothing_but_the_keyword_forbids_what_is_dictated(name: str, keyword: str) -> None:
    """Without the keyword the schema admits the dictated value: an engine blind to it alone lets it through."""
    feature = next(row for row in ROWS if row.name == name)
    blind = changed(feature.constraint.schema, dropping(keyword))
    if name == "prefix-items":
        blind = changed(blind, dropping("items"))
    assert JsonSchema.of(blind).admits(json.dumps(feature.dictated))


@pytest.mark.parametrize("feature", ROWS, ids=lambda feature: feature.name)
def test_each_row_has_a_mutant_that_breaks_it_alone(feature: SchemaFeature) -> None:
    """It declares the row, and the same row in the spellings that ask for it, and nothing else that must fail."""
    elsewhere = {f"{other}.{feature.name}" for other in ("responses.text-format", "chat.tools.strict")}
    wanted = {feature.requirement} | (elsewhere if feature in ELSEWHERE else set())
    assert MUTANTS[f"schema-{feature.name}-ignored"].breaks == wanted


def test_patterns_and_choices_forbid_what_is_dictated() -> None:
    """As schemas do."""
    for case in CASES:
        dictated = case.dictated.removeprefix(say(""))
        assert not case.constraint.admits(dictated), case.name


def test_the_only_value_with_the_stop_sequence_comes_to_it() -> None:
    """What stands before the stop sequence is a beginning of the value, and the value has it once."""
    (value,) = STOPPED.schema["properties"]["value"]["enum"]
    whole = json.dumps({"value": value})
    assert STOPPED.admits(whole)
    assert whole.count(STOP) == 1
    assert STOPPED.may_begin(whole[: whole.index(STOP)])


@pytest.mark.parametrize("group", [COMMON, UNUSUAL, SHORTENING])
def test_a_joined_schema_forbids_what_each_of_its_members_forbids(group: tuple[SchemaFeature, ...]) -> None:
    """Its prompt dictates all forbidden values, and each value alone violates the joined schema."""
    constraint, prompt = joined(group)
    dictated = {feature.name: feature.dictated for feature in group}
    assert json.dumps(dictated, ensure_ascii=False) in prompt
    assert not constraint.admits(json.dumps(dictated))
    assert list(constraint.schema["properties"]) == [feature.name for feature in group]


def reply(content: str, finish: str = "stop") -> ChatReply:
    message = {"role": "assistant", "content": content}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}]}).encode()
    request = Request("POST", "http://x/v1/chat/completions", (), b"{}")
    headers = (("content-type", "application/json"),)
    return ChatReply(Exchange(id="x1", request=request, status=200, headers=headers, body=body))


@pytest.mark.parametrize(
    ("content", "finish", "found"),
    [
        ('{"enum": {"value": "zorblax"}}', "stop", True),
        ('{"enum": {"value": "sea"}}', "stop", False),
        ('{"enum": {"value": "zorblax"}}', "length", False),
        ('{"const": {"value": "quibfrotz"}}', "stop", False),
        ('["enum"]', "stop", False),
        ("a poem", "stop", False),
    ],
)
def test_a_joined_response_counts_only_if_it_satisfies_the_members_schema(
    content: str, finish: str, found: bool
) -> None:
    """In all other cases the feature is sent alone, so that no violation rests on a joined schema."""
    enum = next(feature for feature in FEATURES if feature.name == "enum")
    constraint, _ = joined(COMMON)
    own = member(enum, Asked(constraint, ("schema",), (reply(content, finish),)))
    assert (own is not None) is found
    if own is not None:
        assert own.said(own.reply)[0].text == '{"value": "zorblax"}'
        assert own.constraint == enum.constraint


def test_every_feature_of_a_quick_run_is_in_one_group() -> None:
    """The probe of a feature needs only the response to the schema of this group."""
    assert sorted(feature.name for feature in (*COMMON, *UNUSUAL, *SHORTENING)) == sorted(
        feature.name for feature in FEATURES
    )
    for group, name in ((COMMON, "common"), (UNUSUAL, "unusual"), (SHORTENING, "shortening")):
        for feature in group:
            needs = [each for each in probes()[feature.probe].needs if each.endswith("_schemas")]
            assert needs == [f"{name}_schemas"]


def test_members_keep_their_order() -> None:
    """A member in another order is sent alone."""
    order = next(feature for feature in FEATURES if feature.ordered)
    constraint, _ = joined(COMMON)
    for text, found in (('{"zulu": 1, "alpha": 1, "mike": 1}', True), ('{"alpha": 1, "zulu": 1, "mike": 1}', False)):
        group = Asked(constraint, ("schema",), (reply(f'{{"property-order": {text}}}'),))
        assert (member(order, group) is not None) is found
