"""Log probabilities of chat: whose tokens spell the text, and whose do not."""

from __future__ import annotations

import json

import pytest

from conformance.checks.invariants import logprobs
from conformance.wire import Exchange
from tests.checks.examples import both, broken_by, finding, put, seen, tallies, whole

FIRST, SECOND = "choices/0/logprobs/content/0", "choices/0/logprobs/content/1"
ELSEWHERE = {"chat.logprobs.text": "/choices/*/logprobs"}
SCHEMA = "chat.response.schema"


def entry(token: str, raw: object) -> dict[str, object]:
    return {"token": token, "logprob": -1.0, "bytes": raw, "top_logprobs": []}


def test_every_choice_is_looked_at() -> None:
    """Also behind one without log probabilities, and behind one whose bytes are none."""
    second = put("choices/1/message", {"role": "assistant", "content": "Hello", "refusal": None})
    wrong = put("choices/1/logprobs", {"content": [entry("No", list(b"No"))], "refusal": None})
    assert broken_by(whole(both(second, wrong, put("choices/0/logprobs", None)))) == ELSEWHERE
    found = tallies(whole(both(second, wrong, put(f"{FIRST}/bytes", [300]))))["chat.logprobs.text"].verdict().findings
    assert [each.where for each in found] == ["/choices/0/logprobs/content/0/bytes", "/choices/*/logprobs"]


def test_bytes_that_are_no_text_spell_what_stands_for_them() -> None:
    """A token may end within a character: what cannot be read is U+FFFD on both sides."""
    text = put("choices/0/message/content", "Hel\ufffd")
    assert broken_by(whole(both(text, put(f"{SECOND}/bytes", [255])))) == {}


def test_a_token_that_is_missing_spells_nothing() -> None:
    """Where no entry has bytes the tokens count, and one without a token adds nothing."""
    entries = [{"logprob": -1.0, "bytes": None, "top_logprobs": []}, entry("Hello", None)]
    assert set(broken_by(whole(put("choices/0/logprobs/content", entries)))) == {SCHEMA}


@pytest.mark.parametrize("value", [True, "-1", None])
def test_a_logprob_is_a_number(value: object) -> None:
    """A text or null is none; true is above 0."""
    found = broken_by(whole(put(f"{FIRST}/logprob", value)))
    assert found["chat.logprobs.values"] == "/choices/0/logprobs/content/0/logprob"


@pytest.mark.parametrize(("value", "right"), [(0, True), (1.2e-7, True), (logprobs.NOISE, True), (0.01, False)])
def test_a_probability_of_one_may_be_a_little_off(value: float, right: bool) -> None:
    """The logarithm of 1, computed from 16 or 32 bits, may come to lie a hair above 0."""
    assert broken_by(whole(put(f"{FIRST}/logprob", value))) == (
        {} if right else {"chat.logprobs.values": "/choices/0/logprobs/content/0/logprob"}
    )


def alternatives(*pairs: tuple[object, object]) -> Exchange:
    listed = [{"token": token, "logprob": value, "bytes": None} for token, value in pairs]
    return whole(put(f"{FIRST}/top_logprobs", listed))


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", -0.7), ("b", -0.7)],
        [("a", -0.69), ("b", -0.69)],
        [("a", 0), ("a", 0)],
        [("a", 0), ("b", -9999.0)],
        [("a", 0.0)],
    ],
    ids=["a half each", "rounded", "listed twice", "nothing beside it", "alone"],
)
def test_alternatives_share_one(pairs: list[tuple[object, object]]) -> None:
    """Rounding and a token that is listed twice do no harm."""
    assert broken_by(alternatives(*pairs)) == {}


def test_alternatives_beyond_one_are_told() -> None:
    """With their sum."""
    wrong = alternatives(("a", -0.1), ("b", -0.1))
    assert broken_by(wrong) == {"chat.top-logprobs.sum": "/choices/0/logprobs/content/0/top_logprobs"}
    assert finding(wrong, "chat.top-logprobs.sum").observed == "1.81"


def test_alternatives_that_are_none_are_not_added() -> None:
    """What is no pair, or above 0, is another requirement's."""
    assert not seen(alternatives((1, -0.1), ("b", "x"), ("c", 0.5), ("d", -0.1)), "chat.top-logprobs.sum")


def test_findings_show_the_beginning() -> None:
    """Three entries of bytes, a hundred characters of both texts."""
    entries = [entry("a", [300]), entry("b", [98]), entry("c", [99]), entry("d", [100])]
    shown = finding(whole(put("choices/0/logprobs/content", entries)), "chat.logprobs.text")
    assert json.loads(shown.observed) == [[300], [98], [99]]
    long = both(
        put("choices/0/message/content", "b" * 300),
        put("choices/0/logprobs/content", [entry("a" * 300, None)]),
    )
    assert finding(whole(long), "chat.logprobs.text").observed == f'"{"a" * 100} / {"b" * 100}"'


def test_each_part_of_an_alternative_decides_whether_it_counts() -> None:
    """A token that is none, or a value that is none, leaves the others to be added; 0 is a whole probability."""
    name = "chat.top-logprobs.sum"
    assert not seen(alternatives((1, -0.1), ("d", -0.1)), name)
    assert broken_by(alternatives(("a", 0), ("b", -0.1), ("c", 0.5)))[name]
    assert finding(alternatives(("a", 0), ("b", -0.1)), name).observed == "1.905"
    assert seen(alternatives(("a", -0.7), ("b", "x"), ("c", -0.7)), name)
    assert finding(alternatives(("a", logprobs.NOISE), ("b", -0.1)), name).observed == "1.906"


def test_what_rounding_may_add_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound itself belongs to what is right."""
    monkeypatch.setattr(logprobs, "ROUNDING", 1.0)
    assert broken_by(alternatives(("a", 0), ("b", 0))) == {}
