"""What each constraint admits, and which cut texts may still become what it admits."""

from __future__ import annotations

import pytest

from conformance.checks.constraints import (
    GUIDED,
    OPENAI,
    STRUCTURED,
    Choice,
    JsonObject,
    JsonSchema,
    Regex,
    dialect_for,
)
from conformance.config import load_profile

CODE = {"type": "integer", "maximum": 5}
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"$ref": "#/$defs/code"},
        "größe": {"type": "string", "maxLength": 3},
        "list": {"type": "array", "items": {"type": "integer"}, "maxItems": 2, "uniqueItems": True},
        "word": {"enum": ["zorblax"]},
        "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
        "p": {"type": "string", "pattern": "^zq[0-9]{2}$"},
    },
    "required": ["a"],
    "additionalProperties": False,
    "$defs": {"code": CODE},
}
BAD_BEGINNINGS = [
    "The sea", "```json\n{", '{"b', '{"a": "', '{"a": 9,', '{"a": 1, "größe": "long', '{"a": 1, "list": [1, 2, 3', '{"list": [1, 1,',
    '{"word": "zow', '{"a": 1, "next": {"a": 7}', '{"a": tx', '{"a": 1} and', '{"p": "zx', '{"a": 01', "{a: 1", '{"größe": 1,',
]  # fmt: skip
GOOD_BEGINNINGS = [
    "", " \n", "{", '{"', '{"gr', '{"a": 9', '{"a": -', '{"a": 1, "größe": "lon', '{"list": [1, 2', '{"word": "zorb', '{"a": 1, "next": {"a":',
    '{"a": 1, "next": nul', '{"p": "zq1', '{"a": 1}', '{"größe": "\\u00', '{"a": 1e',
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_BEGINNINGS)
def test_a_cut_text_that_cannot_become_right_is_known(text):
    """It breaks the constraint although it was cut."""
    assert JsonSchema.of(SCHEMA).may_begin(text).why


@pytest.mark.parametrize("text", GOOD_BEGINNINGS)
def test_a_cut_text_that_may_become_right_proves_nothing(text):
    """Nothing is held against it."""
    assert JsonSchema.of(SCHEMA).may_begin(text)


@pytest.mark.parametrize("text", ['{"a": 3}', ' {"a": 3, "next": {"a": 1}}\n', '{"größe": "漢字x", "a": 0}'])
def test_a_whole_text_is_admitted(text):
    """White space around JSON is JSON."""
    assert JsonSchema.of(SCHEMA).admits(text)
    assert all(JsonSchema.of(SCHEMA).may_begin(text[:end]) for end in range(len(text)))


@pytest.mark.parametrize("text", ["", '{"a": 9}', '{"a": NaN}', '```json\n{"a": 1}\n```', '{"a": 1}{', '[1]', '{"a": 1, "x": 1}'])  # fmt: skip
def test_a_whole_text_that_breaks_the_schema_is_not(text):
    """With a reason."""
    assert JsonSchema.of(SCHEMA).admits(text).why


def test_an_object_is_no_array():
    """json_object promises an object."""
    assert JsonObject().admits("{}")
    assert not JsonObject().admits("[{}]")
    assert not JsonObject().may_begin("[")


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"ref-[0-9]{2}", ["", "re", "ref-1", "ref-12"], ["x", "ref-a", "ref-123"]),
        (r"(a|bc)*d?", ["abca", "b", "abcd"], ["abb", "abcdd"]),
        (r"^v1\.0\+[^a-z\s]$", ["v1.0", "v1.0+A"], ["v1a", "v1.0+a", "^"]),
        (r"größe-[αβ]+?漢", ["größe-αβα", "größe-α漢"], ["gro", "größe-漢"]),
        (r"(?=x)y", ["z"], []),  # beyond this reader: nothing is held against any text
    ],
)
def test_a_cut_text_is_held_to_a_regex(pattern, good, bad):
    """Character by character, as far as an automaton can follow."""
    assert [text for text in good if not Regex(pattern).may_begin(text)] == []
    assert [text for text in bad if Regex(pattern).may_begin(text)] == []


def test_a_choice_is_exact():
    """To the letter, with its white space."""
    choice = Choice(("  a\nb ", "zor", "zorblax"))
    assert choice.admits("  a\nb ")
    assert choice.admits("zor")
    assert not choice.admits("a\nb")
    assert not choice.admits("Zor")
    assert choice.may_begin("zorb")
    assert not choice.may_begin("zorx")


@pytest.mark.parametrize(("profile", "dialect"), [("openai", OPENAI), ("telnyx", GUIDED), ("vllm", OPENAI)])
def test_a_family_is_asked_in_what_it_promises(profile, dialect):
    """OpenAI's spelling, unless the profile promises another one only."""
    assert dialect_for(load_profile(profile), JsonSchema) is dialect


def test_dialects_spell():
    """The body parameters of each."""
    regex = Regex("a+")
    assert GUIDED.params(regex) == {"guided_regex": "a+"}
    assert STRUCTURED.params(regex) == {"structured_outputs": {"regex": "a+"}}
    assert OPENAI.params(JsonObject()) == {"response_format": {"type": "json_object"}}
    assert dialect_for(load_profile("vllm"), Regex) is STRUCTURED
