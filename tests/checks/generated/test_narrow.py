"""Narrowing: what a profile does not promise is never asked for, and what it promises stays affordable."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from conformance.checks.generated.cases import contracts_of
from conformance.checks.generated.narrow import cut, pin
from conformance.checks.generated.shapes import expand, render
from conformance.config.generation import Place
from conformance.config.profile import Profile, load_profile, profile_names
from conformance.contract import load_features

MESSAGES = {
    "type": "object",
    "properties": {
        "messages": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "object", "properties": {"role": {"enum": ["user", "tool"]}, "text": {"type": "string"}}},
                    {"type": "object", "properties": {"image": {"type": "string"}}, "required": ["image"]},
                ]
            },
        }
    },
}


def items(place: str) -> Any:
    return render(cut(expand(MESSAGES, {}), Place.parse(place)))["properties"]["messages"]["items"]


def test_an_optional_property_is_cut_and_what_requires_it_goes_with_it() -> None:
    """The alternative that needs an image is gone with the image."""
    assert [*items("messages.text")["anyOf"][0]["properties"]] == ["role"]
    assert [*items("messages.image")["properties"]] == ["role", "text"]


def test_a_value_and_a_type_can_be_cut() -> None:
    """One role of several, and one type of several."""
    assert items("messages.role=tool")["anyOf"][0]["properties"]["role"]["enum"] == ["user"]
    both = {"type": "object", "properties": {"stop": {"type": ["string", "array"]}}}
    assert render(cut(expand(both, {}), Place.parse("stop:array")))["properties"]["stop"] == {"type": "string"}


def test_a_pin_reaches_only_the_types_it_speaks_of() -> None:
    """Lengths are for strings, counts for lists, and `[]` is for a list's items."""
    schema = {
        "type": "object",
        "properties": {"stop": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}},
    }
    shapes = pin(expand(schema, {}), "stop", {"maxLength": 3, "maxItems": 2})
    shapes = pin(shapes, "stop[]", {"maxLength": 1})
    text, many = render(shapes)["properties"]["stop"]["anyOf"]
    assert text == {"type": "string", "maxLength": 3}
    assert many == {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 1}}


def test_what_nobody_promises_is_not_asked_for() -> None:
    """The `openai` profile promises little, so little is generated."""
    narrowed = contracts_of(load_profile("openai"), "m").narrowed
    names = set(narrowed.schema["properties"])
    assert names == {"model", "messages", "max_tokens", "temperature", "top_p", "stop", "stream"}
    assert not {"image_url", "input_audio", "file", "tool_calls", "function_call"} & set(
        json.dumps(narrowed.schema).split('"')
    )


def test_a_promise_brings_its_parameters() -> None:
    """With `n` and tools promised, they are generated; an optional feature is not."""
    profile = load_profile("openai")
    more = replace(profile, promised=profile.promised | {"n", "tools", "tool_choice_none"})
    properties = contracts_of(more, "m").narrowed.schema["properties"]
    assert {"n", "tools", "tool_choice"} <= set(properties)
    assert properties["tool_choice"]["enum"] == ["none", "auto"]
    assert "strict" not in json.dumps(properties["tools"])


def everything(name: str) -> Profile:
    return replace(load_profile(name), promised=frozenset(load_features()), optional=frozenset())


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("promising", [load_profile, everything], ids=["as-shipped", "everything"])
def test_every_profile_is_bounded_and_closed(name: str, promising: Any) -> None:
    """Model and limit are fixed and required, nothing streams, and no unknown key is right."""
    profile = promising(name)
    schema = contracts_of(profile, "the-model").narrowed.schema
    validator = jsonschema_rs.Draft202012Validator(schema)
    right = {"model": "the-model", "messages": [{"role": "user", "content": "Hi"}], profile.max_tokens_field: 8}
    assert validator.is_valid(right)
    for wrong in ({"model": "other"}, {profile.max_tokens_field: 9}, {"stream": True}, {"n": 3}, {"unknown": 1}):
        assert not validator.is_valid(right | wrong)
    for needed in right:
        assert not validator.is_valid({key: value for key, value in right.items() if key != needed})
    assert "null" not in json.dumps(schema)


def test_telnyx_is_narrowed_by_its_own_document() -> None:
    """Its own parameters are generated, and its image parts are not."""
    schema = contracts_of(load_profile("telnyx"), "m").narrowed.schema
    assert {"guided_choice", "min_p", "enable_thinking"} <= set(schema["properties"])
    assert not {"api_key_ref", "use_beam_search"} & set(schema["properties"])
    assert "image_url" not in json.dumps(schema)
