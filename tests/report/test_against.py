"""The comparison with a reference: expected, reference, candidate; fields that differ; safe pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sample
from typer.testing import CliRunner

from conformance.cli import app
from conformance.record import Run, RunWriter
from conformance.report.against import CandidateComparison, ReferenceComparison, compare_with
from conformance.report.against_html import against_html
from conformance.report.against_text import against_json, against_markdown
from conformance.report.model import build_model
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Exchange, Redactor, Request

A, B, C, D = "chat.stop.excluded", "chat.stop.array", "chat.tools.none", "models.list.shape"
WHERE = "/choices/0/finish_reason"


def run_of(outcomes: Mapping[str, Outcome], name: str, answer: object, got: str = "eos") -> Run:
    """A run with these outcomes and one exchange."""
    run = sample.run()
    verdicts = tuple(
        Verdict(
            each,
            Level.MUST,
            outcome,
            reason=Reason.PREMISE_NOT_MET if outcome is Outcome.INCONCLUSIVE else None,
            findings=(Finding("stop", got, WHERE, "x0001"),) if outcome is Outcome.FAIL else (),
        )
        for each, outcome in outcomes.items()
    )
    header = replace(run.header, settings={**run.header.settings, "name": name})
    body = json.dumps({"model": header.target.model, "messages": []}).encode()
    request = Request("POST", f"{header.target.url}/chat/completions", (), body)
    headers = (("content-type", "application/json"),)
    exchange = Exchange("x0001", request, "p", 200, "HTTP/1.1", headers, json.dumps(answer).encode())
    return replace(run, header=header, verdicts=verdicts, exchanges={exchange.id: exchange})


GOOD = {"id": "a", "choices": [{"finish_reason": "stop"}], "usage": {"total_tokens": 1}}
BAD = {"id": "a", "choices": [{"finish_reason": "eos"}]}
REFERENCE = run_of({A: Outcome.PASS, B: Outcome.FAIL, C: Outcome.FAIL, D: Outcome.PASS}, "openai", GOOD)
CANDIDATE = run_of({A: Outcome.FAIL, B: Outcome.FAIL, C: Outcome.PASS, D: Outcome.INCONCLUSIVE}, "acme", BAD)


def compared(*candidates: Run) -> ReferenceComparison:
    """The comparison of candidates with the reference."""
    models = [build_model(run, sample.registry()) for run in (REFERENCE, *candidates)]
    return compare_with(("openai", models[0], "one"), [("acme", each, "two") for each in models[1:]])


def first() -> CandidateComparison:
    return compared(CANDIDATE).candidates[0]


def test_each_requirement_shows_expected_reference_and_candidate() -> None:
    lines = {line.requirement: line for line in first().lines}
    assert {name: line.kind for name, line in lines.items()} == {A: "candidate", B: "both", C: "reference"}
    assert (lines[A].expected, lines[A].reference_why, lines[A].candidate_why) == ("stop", "", "eos")
    assert [line.requirement for line in first().lines] == [A, B, C]


def test_what_could_not_be_judged_is_no_difference() -> None:
    assert D not in [line.requirement for line in first().lines]


def test_a_difference_of_shape_names_the_cause_with_a_finding_at_its_place() -> None:
    found = {each.difference.place: each for each in first().differences}
    assert set(found) == {"/choices/[]/finish_reason", "/usage"}
    assert found["/choices/[]/finish_reason"].causes
    assert found["/usage"].causes == ()
    assert (first().pairs, first().unpaired) == (1, 0)


def test_an_equal_candidate_has_no_differences() -> None:
    (same,) = compared(REFERENCE).candidates
    assert same.differences == ()
    assert {line.kind for line in same.lines} == {"both"}


def test_texts_have_every_difference() -> None:
    text = against_markdown(compared(CANDIDATE))
    assert "1 requirement broken only by the candidate. 1 requirement broken by both." in text
    assert f"| `{A}` (MUST) | stop | ✓ passes | ✕ breaks: eos |" in text
    assert "| field `/usage` | `object` | `absent` | 1 of 1 |  |" in text
    data = json.loads(against_json(compared(CANDIDATE)))
    assert data["candidates"][0]["requirements"][0]["kind"] == "candidate"
    places = {each["place"]: each["always"] for each in data["candidates"][0]["differences"]}
    assert places == {"/choices/[]/finish_reason": True, "/usage": True}


def test_nothing_of_a_target_is_markup_in_the_page() -> None:
    hostile = "<script>alert(1)</script>\x1b[2J"
    answer = {"choices": [{"finish_reason": "x", hostile: 1}], hostile: {hostile: None}}
    candidate = run_of({A: Outcome.FAIL}, hostile, answer, hostile)
    page = against_html(compared(candidate))
    assert page.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page + against_markdown(compared(candidate)) + against_json(compared(candidate))
    assert 'href="two/report.html#' in page


def folder(path: Path, run: Run) -> Path:
    """Write a run folder."""
    path.mkdir()
    with RunWriter(path / "run.ndjson", Redactor()) as writer:
        for each in (run.header, *run.exchanges.values(), *run.verdicts):
            writer.write(each)
    return path


@pytest.mark.parametrize("name", ["openai", "one", "{one}"])
def test_the_command_takes_the_name_or_the_folder_of_the_reference(tmp_path: Path, name: str) -> None:
    one, two = folder(tmp_path / "one", REFERENCE), folder(tmp_path / "two", CANDIDATE)
    words = ["compare", str(two), str(one), "--reference", name.replace("{one}", str(one)), "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert "# Compared with the reference openai" in result.output
    assert {file.name for file in (tmp_path / "out").glob("reference.*")} == {
        "reference.html",
        "reference.json",
        "reference.md",
    }


def test_an_unknown_reference_is_wrong_usage(tmp_path: Path) -> None:
    one, two = folder(tmp_path / "one", REFERENCE), folder(tmp_path / "two", CANDIDATE)
    result = CliRunner().invoke(app, ["compare", str(one), str(two), "--reference", "other"])
    assert "no run has this name or folder. The runs are openai, acme" in str(result.exception)
