"""Tests the comparison of several targets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sample
from typer.testing import CliRunner

from conformance.cli import app
from conformance.record import Run, RunWriter
from conformance.report.compare import TargetComparison, compare
from conformance.report.compare_html import comparison_html
from conformance.report.compare_text import comparison_csv, comparison_json, comparison_markdown
from conformance.report.model import build_model
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Redactor

A, B, C, D = "chat.stop.excluded", "chat.stop.array", "chat.tools.none", "models.list.shape"


def run_of(outcomes: Mapping[str, Outcome], name: str, **settings: object) -> Run:
    """A run of a named target with these outcomes."""
    run = sample.run()
    verdicts = tuple(
        Verdict(
            each,
            Level.MUST,
            outcome,
            reason=Reason.PREMISE_NOT_MET if outcome is Outcome.INCONCLUSIVE else None,
            findings=(Finding("text", "<b>other</b>"),) if outcome in (Outcome.FAIL, Outcome.WARN) else (),
        )
        for each, outcome in outcomes.items()
    )
    header = replace(run.header, settings={**run.header.settings, "name": name, **settings})
    return replace(run, header=header, verdicts=verdicts)


def compared(*runs: Run) -> TargetComparison:
    """The comparison of these runs."""
    return compare([build_model(run, sample.registry()) for run in runs], ["one", "two"])


FIRST = run_of({A: Outcome.PASS, B: Outcome.PASS, C: Outcome.FAIL, D: Outcome.PASS}, "one")
SECOND = run_of({A: Outcome.FAIL, B: Outcome.INCONCLUSIVE, C: Outcome.FAIL}, "two")


def test_only_judged_requirements_differ() -> None:
    """B could not be judged for the second target, and D was not tested there: neither counts against the target."""
    found = compared(FIRST, SECOND)
    assert [line.requirement for line in found.differences] == [A]
    assert {line.requirement for line in found.lines} == {A, B, C, D}
    untested = next(line for line in found.lines if line.requirement == D)
    assert [cell.label for cell in untested.cells] == ["passes", "not tested"]


def test_an_area_counts_what_was_judged() -> None:
    stop = next(each for each in compared(FIRST, SECOND).areas if each.area == "chat.stop")
    assert stop.passed == ((2, 2), (0, 1))


def test_unequal_runs_are_named() -> None:
    assert compared(FIRST, FIRST).notes == ()
    notes = compared(FIRST, run_of({A: Outcome.PASS}, "two", depth="smoke")).notes
    assert any(note.startswith("The runs have different depths") for note in notes)
    assert any("different numbers of requirements (one: 4, two: 1)" in note for note in notes)


def test_targets_with_the_same_name_stay_apart() -> None:
    names = [column.name for column in compared(FIRST, FIRST).columns]
    assert len(set(names)) == 2
    assert all(name.startswith("one") for name in names)


def test_markdown_has_differences_and_leaves_out_what_is_equal() -> None:
    text = comparison_markdown(compared(FIRST, SECOND))
    assert f"| `{A}` (MUST) | ✓ passes | ✕ breaks |" in text
    assert B not in text
    assert "| breaks | 1 | 2 |" in text


def test_json_and_csv_have_every_requirement() -> None:
    found = compared(FIRST, SECOND)
    data = json.loads(comparison_json(found))
    assert {each["requirement"]: each["differs"] for each in data["requirements"]} == {
        A: True,
        B: False,
        C: False,
        D: False,
    }
    rows = [*csv.reader(io.StringIO(comparison_csv(found)))]
    assert rows[0] == ["requirement", "area", "level", "one", "two"]
    assert [A, "chat.stop", "MUST", "passes", "breaks"] in rows


def test_a_name_cannot_be_a_formula_or_markup() -> None:
    hostile = run_of({A: Outcome.PASS}, "=HYPERLINK(1)<script>")
    found = compared(hostile, SECOND)
    assert next(csv.reader(io.StringIO(comparison_csv(found))))[3].startswith("'=")
    page = comparison_html(found)
    assert "<script>" not in page.replace('<script>"use strict"', "")
    assert "&lt;b&gt;other&lt;/b&gt;" in page


def test_the_page_links_to_the_reports() -> None:
    page = comparison_html(compared(FIRST, SECOND))
    assert 'href="one/report.html"' in page
    assert "default-src &#39;none&#39;" in page


def test_the_command_writes_four_files(tmp_path: Path) -> None:
    for name, run in (("one", FIRST), ("two", SECOND)):
        (tmp_path / name).mkdir()
        with RunWriter(tmp_path / name / "run.ndjson", Redactor()) as writer:
            writer.header(run.header)
            for verdict in run.verdicts:
                writer.verdict(verdict)
    result = CliRunner().invoke(
        app, ["compare", str(tmp_path / "one"), str(tmp_path / "two"), "--output", str(tmp_path / "out")]
    )
    assert result.exit_code == 0, result.output
    assert result.output.startswith("# Comparison of 2 targets")
    assert {file.suffix for file in (tmp_path / "out").iterdir()} == {".html", ".md", ".json", ".csv"}


def test_one_run_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="two runs"):
        CliRunner().invoke(app, ["compare", str(tmp_path)], catch_exceptions=False)


def test_service_figures_stand_apart_from_verdicts() -> None:
    """They are in every form of the comparison, and change no count."""
    found = compared(FIRST, SECOND)
    assert "## Service figures" in comparison_markdown(found)
    assert "time to first token (median)" in comparison_html(found)
    service = [column["service"] for column in json.loads(comparison_json(found))["targets"]]
    assert all(set(each) >= {"metrics", "errors", "retries", "rate_limited", "cost"} for each in service)


def test_region_and_labels_stand_beside_the_name() -> None:
    """They come from conformance.toml, by way of the run file."""
    labelled = run_of({A: Outcome.PASS}, "one", region="eu-west", labels=["production"])
    found = compared(labelled, SECOND)
    assert (found.columns[0].region, found.columns[0].labels) == ("eu-west", ("production",))
    assert "eu-west · production" in comparison_html(found)
