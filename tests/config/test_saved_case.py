"""A generated case is saved, found again by its id or its file, and refused when it is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config import Depth, SavedCase, TargetError, find_case
from conformance.config.resolve import gather, resolve
from conformance.config.saved_case import case_id
from conformance.options import command_line

CASE = SavedCase("type-1", "generated.invalid.type", '{"n": "x"}', "/n", "type", "must be an integer", 7, "200", "x1")


def test_a_saved_case_comes_back_as_it_was(tmp_path: Path) -> None:
    """By its file, and by its id below the folder of all runs."""
    run = tmp_path / "reports" / "target" / "today"
    run.mkdir(parents=True)
    file = CASE.write(run)
    assert find_case(str(file)) == CASE
    assert find_case("type-1", (tmp_path / "reports",)) == CASE


def test_an_unknown_case_says_where_it_was_looked_for(tmp_path: Path) -> None:
    """And how to name one."""
    with pytest.raises(TargetError, match=r"no case 'type-9' .*RUN/cases/ID\.json"):
        find_case("type-9", (tmp_path,))


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        json.dumps({"id": "a", "requirement": "chat.stop", "body": "{}"}),
        json.dumps({"id": "a", "requirement": "generated.x", "body": 5}),
        json.dumps({"id": "a", "requirement": "generated.x", "body": "{}", "seed": "1"}),
        json.dumps({"id": "a", "requirement": "generated.x", "body": "[1]"}),
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_case_is_refused(tmp_path: Path, text: str) -> None:
    """With its name, and in one sentence."""
    file = tmp_path / "case.json"
    file.write_text(text)
    with pytest.raises(TargetError, match=r"case\.json"):
        find_case(str(file))


def test_the_same_body_has_the_same_name() -> None:
    """So that a case is the same case in the next run."""
    assert case_id("type", "{}") == case_id("type", "{}") != case_id("type", "{} ")
    assert case_id("type", "{}").startswith("type-")


@pytest.mark.parametrize(
    ("word", "deep", "expected"),
    [
        (None, False, Depth.QUICK),
        (None, True, Depth.DEEP),
        ("standard", False, Depth.STANDARD),
        ("deep", False, Depth.DEEP),
    ],
)
def test_depth_is_one_word(word: str | None, deep: bool, expected: Depth) -> None:
    """`--deep` is short for the deepest."""
    given = command_line({"target": "http://localhost/v1", "depth": word, "deep": deep or None})
    assert resolve(gather(given, environ={})).depth is expected


def test_an_unknown_depth_is_refused() -> None:
    """With the words that there are."""
    with pytest.raises(TargetError, match="quick, standard, deep"):
        command_line({"depth": "deeper"})


def test_a_lone_surrogate_of_the_target_is_saved_and_read_again(tmp_path: Path) -> None:
    """UTF-8 cannot write it, so the file has it as a JSON escape."""
    case = replace(CASE, observed="200 \ud800", body='{"n": "\ud800 \u2028 \u00fc"}')
    assert find_case(str(case.write(tmp_path))) == case
