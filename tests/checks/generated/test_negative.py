"""Faults: each breaks exactly one constraint of the document, and one that the live API is known to refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.generated.cases import contracts_of, faults
from conformance.checks.generated.fault import Fault, counts
from conformance.checks.generated.negative import mutations, samples, spread
from conformance.checks.generated.shapes import expand
from conformance.config.depth import Depth
from conformance.config.profile import Profile, load_profile, profile_names
from conformance.contract import load_features, load_schemas


def control(profile: Profile) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": "Hi"}], profile.max_tokens_field: 4}


def everything(name: str) -> Profile:
    return replace(load_profile(name), promised=frozenset(load_features()), optional=frozenset())


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("promising", [load_profile, everything], ids=["as-shipped", "everything"])
def test_every_fault_is_one_and_the_control_is_right(name: str, promising: Any) -> None:
    """The contract refuses the body, at the place that the fault names and nowhere else in it."""
    profile = promising(name)
    right = control(profile)
    contracts = contracts_of(profile, "m")
    assert contracts.valid(right)
    made = faults(profile, "m", right)
    assert 15 <= len(made) <= Depth.QUICK.faulty
    assert len({fault.name for fault in made}) == len(made)
    for fault in made:
        if fault.text:
            with pytest.raises(ValueError, match="line 1"):
                json.loads(fault.text)
            continue
        assert not contracts.valid(fault.body), fault.name
        changed = {n for n in {*fault.body, *right} if fault.body.get(n, ...) != right.get(n, ...)}
        top = fault.pointer.split("/")[1]
        assert top in changed
        assert changed <= {top, "logprobs", "tools"}, fault.name


def test_an_error_of_openais_document_is_where_the_fault_is() -> None:
    """Read from the validator, not from us."""
    profile = load_profile("openai")
    for fault in (each for each in faults(profile, "m", control(profile)) if not each.text):
        places = {error.pointer for error in load_schemas("openai").errors("CreateChatCompletionRequest", fault.body)}
        parent = fault.pointer.rpartition("/")[0]
        assert places & {fault.pointer, parent}, (fault.name, places)


def test_every_kind_of_constraint_comes_before_a_second_of_one() -> None:
    """So that few cases say much."""
    made = faults(load_profile("openai"), "m", control(load_profile("openai")))
    kinds = [fault.keyword for fault in made]
    assert (
        set(kinds[: len(set(kinds))])
        == set(kinds)
        >= {"type", "required", "enum", "minimum", "maximum", "minItems", "maxItems"}
    )
    assert made == faults(load_profile("openai"), "m", control(load_profile("openai")))


def test_what_the_live_api_accepts_or_nobody_measured_is_no_fault() -> None:
    """A message without content is answered by the live API, whatever its document says."""
    for pointer, keyword in (("/messages/0/content", "required"), ("/stop", "minItems"), ("/n", "maximum")):
        assert not counts(Fault(pointer, keyword, "", {}))
    assert not counts(Fault("/x", "pattern", "", {}))
    assert counts(Fault("/messages/0/role", "required", "", {}))


def test_each_limit_is_broken_by_a_little() -> None:
    """One beyond it, not a million."""
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"type": "integer", "minimum": 1, "maximum": 3},
            "b": {"type": "array", "items": {"type": "string", "maxLength": 2}, "minItems": 1, "maxItems": 2},
            "c": {"type": "string", "enum": ["x"]},
        },
    }
    value = {"a": 2, "b": ["q"], "c": "x"}
    made = {
        (pointer, keyword): wrong
        for pointer, keyword, _, wrong, form in mutations(expand(schema, {}), value, "")
        if not form
    }
    assert made["/a", "minimum"] == value | {"a": 0}
    assert made["/a", "maximum"] == value | {"a": 4}
    assert made["/a", "required"] == {"b": ["q"], "c": "x"}
    assert made["/b", "minItems"] == value | {"b": []}
    assert made["/b", "maxItems"] == value | {"b": ["q0", "q1", "q2"]}
    assert made["/b/0", "maxLength"] == value | {"b": ["aaa"]}
    assert made["/c", "enum"] == value | {"c": "conformance-no-such-value"}
    assert made["/a", "type"] == value | {"a": "many"}


def test_a_sample_keeps_its_schema() -> None:
    """One for each alternative; none where no word of ours meets the pattern."""
    assert samples({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "boolean"}}]}) == [
        "alpha",
        [True],
    ]
    assert samples({"type": "string", "pattern": "^#$"}) == []


def test_rounds_go_through_the_keywords() -> None:
    """Shallow ones first."""
    made = [Fault(p, k, "", {}) for p, k in (("/a/b", "type"), ("/a", "type"), ("/a", "enum"))]
    assert [fault.name for fault in spread(made, 2)] == ["/a type", "/a enum"]
