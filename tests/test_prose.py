"""The prose check finds what it bans, and nothing in what is rewritten."""

from __future__ import annotations

import re

import pytest

from tests.prose import RULES, VALUE, Text, everything, excepted, messages, sample, shared, stale, violations


def _problems(text: str, kind: str = "page") -> list[str]:
    return [problem for _, problem in violations([Text("x.md", "here", kind, text)])]


@pytest.mark.parametrize(
    "text",
    [
        "The parameter is dropped without a word.",
        "Each route has a handler of its own.",
        "The request is refused with a 400.",
        "Classifiers return what is no class.",
    ],
)
def test_a_banned_phrase_is_found(text: str) -> None:
    assert _problems(text)


def test_code_is_not_prose() -> None:
    assert not _problems("`refused without a word` is a name, and [this](of its own) is a link.")


def test_a_long_sentence_of_a_requirement_is_found() -> None:
    words = "The server returns " + "very " * 21 + "long"
    assert not _problems(f"{words}.", "impact")
    assert _problems(f"{words} text.", "impact")
    assert not _problems(f"{words} text.")


def test_a_statement_is_one_sentence() -> None:
    assert _problems("`n` is honoured. `stop` is, too.", "statement") == ["a statement is one sentence"]
    assert not _problems("A list, e.g. `[1]`, is accepted.", "statement")


def test_a_fix_of_four_requirements_is_found() -> None:
    texts = [Text("x.yaml", f"id.{number}", "fix", "Check the range.") for number in range(4)]
    assert [where.where for where, _ in shared(texts)] == ["id.0"]
    assert not list(shared(texts[:3]))


def test_every_rule_and_exception_is_complete() -> None:
    for row in RULES["phrases"]:
        re.compile(row["find"])
        assert row["say"]
    for row in [*RULES["exceptions"], *RULES["shared"], *RULES["spelling"]["words"], *RULES["spelling"]["files"]]:
        assert row["reason"]


def test_what_users_read_breaks_no_rule() -> None:
    broken = list(violations(everything()))
    assert not [(text.file, text.where, problem) for text, problem in broken if not excepted(text)]
    assert not list(stale(broken))


def test_a_sample_hides_the_planted_sentences_and_can_be_repeated() -> None:
    texts = everything()
    planted = ["Data that was deleted still speaks."]
    drawn = sample(texts, 20, 7, planted)
    assert len(drawn) == 20
    assert sum(planted[0] in line for line in drawn) == 1
    assert drawn == sample(texts, 20, 7, planted)


def test_texts_of_findings_and_errors_are_read() -> None:
    found = {(text.kind, text.text) for text in messages()}
    assert ("expected", "the same text twice") in found
    assert ("message", "No target. Give a URL like http://localhost:8000/v1, or a name from conformance.toml") in found


def test_a_sample_has_no_sentence_with_a_hidden_value() -> None:
    texts = [Text("x.py", "here", "message", f"The file number {number} is {VALUE} there.") for number in range(9)]
    texts += [Text("x.py", "here", "message", f"The file number {number} is there.") for number in range(9)]
    assert not [line for line in sample(texts, 9, 1, []) if VALUE in line]


def test_a_sample_has_only_whole_sentences_and_no_table_cells() -> None:
    texts = [Text("x.md", "here", "page", f"The page number {number} explains a rule.") for number in range(9)]
    texts += [Text("x.md", "here", "page", f"the rest of item {number} of a list.") for number in range(9)]
    texts += [Text("x.md", "here", "cell", f"The cell number {number} needs its column.") for number in range(9)]
    assert all("The page number" in line for line in sample(texts, 9, 1, []))


def test_a_dot_before_an_underscore_does_not_end_a_sentence() -> None:
    text = Text("x.py", "here", "docstring", "A method calls `self._post(path)`. Another method returns.")
    assert text.sentences == ["A method calls `self._post(path)`.", "Another method returns."]
