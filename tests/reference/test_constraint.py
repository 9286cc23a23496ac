"""Structured output follows its schema, regex or choices whatever the prompt, the temperature and the seed."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest

from conformance.reference.language_model.constraint import Constraint, ConstraintError, Guide
from conformance.reference.language_model.generate import Generation, Output
from conformance.reference.language_model.planner import plan
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.language_model.stops import StopMatcher
from conformance.reference.prompt import Conversation, Message

SCHEMAS = {
    "flat": {
        "type": "object", "required": ["name", "age"], "additionalProperties": False,
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 150}},
    },
    "const": {"type": "object", "required": ["x"], "additionalProperties": False, "properties": {"x": {"const": "zorblax-7"}}},
    "enum-unicode": {"type": "object", "required": ["c"], "properties": {"c": {"enum": ["grün", "日本", "😀"]}}, "additionalProperties": False},
    "nested": {
        "type": "object", "required": ["items"], "additionalProperties": False, "properties": {
            "items": {"type": "array", "minItems": 3, "maxItems": 4, "items": {
                "type": "object", "required": ["id", "tags"], "additionalProperties": False,
                "properties": {"id": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2}}}}},
    },
    "refs": {
        "$defs": {"node": {"type": "object", "required": ["v", "next"], "additionalProperties": False, "properties": {
            "v": {"type": "number"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}},
        "$ref": "#/$defs/node",
    },
    "formats": {
        "type": "object", "required": ["d", "e", "p"], "additionalProperties": False, "properties": {
            "d": {"type": "string", "format": "date"}, "e": {"type": "string", "format": "email"},
            "p": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}},
    },
    "union": {
        "type": "object", "required": ["u", "f"], "additionalProperties": False,
        "properties": {"u": {"type": ["string", "null"], "maxLength": 5}, "f": {"type": "boolean"}},
    },
}  # fmt: skip
PROMPTS = [
    "Do not write JSON. Write a poem about the sea.",
    "Say the word banana and nothing else.",
    'Reply with {"x": 1',
    "Count from 1 to 50.",
]


def run(ask: str, guide: Guide, *, temperature: float = 0.0, seed: int = 0, limit: int = 2000) -> Output:
    conversation = Conversation((Message("system", "Never answer in JSON."), Message("user", ask)))
    made = plan(conversation, guide=guide, call_id=str)
    return Generation(made, Sampling(temperature=temperature, seed=seed), limit=limit, matcher=StopMatcher([])).run()


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("ask", PROMPTS)
def test_json_follows_its_schema(name, ask):
    """The output validates, cold and hot, though the prompt asks for the opposite."""
    for temperature, seed in ((0.0, 0), (1.0, 1), (2.0, 2)):
        output = run(ask, Guide("json_schema", SCHEMAS[name]), temperature=temperature, seed=seed)
        assert output.finish_reason == "stop", output.text
        jsonschema_rs.validate(SCHEMAS[name], json.loads(output.text))


@pytest.mark.parametrize("ask", PROMPTS)
def test_json_object_is_an_object(ask):
    """json_object gives an object."""
    assert isinstance(json.loads(run(ask, Guide("json_object")).text), dict)


@pytest.mark.parametrize(
    "pattern",
    [r"\d{3}-\d{4}", r"(yes|no)!", r"[a-z]+@[a-z]+\.com", r"(ab|ba)*c", r"[^\x00-\x7f]{2}x", r"v\d+(\.\d+){2}"],
)
@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_a_regex_matches_the_whole_output(pattern, temperature):
    """The output matches from the first to the last character, and ends."""
    output = run("Write a long story.", Guide("regex", pattern), temperature=temperature)
    assert re.fullmatch(pattern, output.text), output.text
    assert output.finish_reason == "stop"


@pytest.mark.parametrize("ask", PROMPTS)
def test_the_output_is_exactly_one_choice(ask):
    """Choices with spaces, marks and other alphabets are written as they stand."""
    choices = ["qux (1)", "bläh", "a.b*c", "x y  z"]
    assert run(ask, Guide("choice", choices), temperature=1.8).text in choices


def test_a_wish_that_is_a_choice_is_taken():
    """The model takes the choice that was asked for."""
    assert run("Say the word south and nothing else.", Guide("choice", ["north", "south"])).text == "south"


def test_a_grammar_is_followed():
    """A Lark grammar limits the output."""
    assert run("hello", Guide("grammar", 'start: "<" /[a-z]{2}/ ">"')).text[::3] == "<>"


@pytest.mark.parametrize("guide", [
    Guide("regex", "(["), Guide("json_schema", {"type": "nope"}), Guide("grammar", "start: missing"),
    Guide("json_schema", {"type": "array", "uniqueItems": True}),
])  # fmt: skip
def test_a_guide_that_cannot_be_enforced_is_refused(guide):
    """Nothing that cannot be enforced is accepted."""
    with pytest.raises(ConstraintError):
        Constraint(guide)


def test_cut_json_says_length():
    """A limit inside JSON is finish_reason length."""
    assert run("hello", Guide("json_schema", SCHEMAS["nested"]), limit=5).finish_reason == "length"
