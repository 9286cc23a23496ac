"""Every report tells the same states, and marks what is silently ignored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sample

from conformance.record import Run
from conformance.report import write_all
from conformance.report.allure_results import write_allure
from conformance.report.model import build_model
from conformance.report.wording import sentence
from conformance.verdict import Finding, Level, Outcome

IGNORED = Finding("one choice", "three", "/choices", "x0012", "ignored:n")


def run() -> Run:
    verdicts = [each for each in sample.verdicts() if each.requirement != "chat.stop.excluded"]
    broken = sample.broken("chat.stop.excluded", Level.MUST, IGNORED)
    return Run(sample.header(), sample.exchanges(), (*verdicts, broken), sample.footer())


@pytest.mark.parametrize("file", ["report.html", "report.json", "junit.xml", "ctrf.json", "summary.md"])
def test_what_is_silently_ignored_is_marked(tmp_path: Path, file: str) -> None:
    """Callers cannot see it, so each report says it at the finding and in its first sentence."""
    write_all(run(), tmp_path, sample.registry())
    text = (tmp_path / file).read_text("utf-8")
    assert "Silently ignores 1 parameter." in text
    assert re.search("silently[_ ]ignored", text)


@pytest.mark.parametrize("file", ["report.html", "report.json", "summary.md"])
def test_clients_that_fail_are_counted(tmp_path: Path, file: str) -> None:
    """All tested clients fail on a line of a stream that is not JSON."""
    line = Finding("one JSON object", "ping", "event 1 /data", "x0012", "field:data")
    with_line = (*sample.verdicts(), sample.broken("chat.stream.json", Level.MUST, line))
    write_all(Run(sample.header(), sample.exchanges(), with_line, sample.footer()), tmp_path, sample.registry())
    text = (tmp_path / file).read_text("utf-8")
    assert '"clients_tested": 11' in text if file == "report.json" else "11 of 11 tested clients" in text


def test_an_unmet_recommendation_is_not_called_ignored() -> None:
    """A weak model that breaks a rule of the system message has not lost it."""
    warned = sample.broken("http.request-id", Level.SHOULD, IGNORED)
    verdicts = [each for each in sample.verdicts() if each.requirement != "http.request-id"]
    model = build_model(
        Run(sample.header(), sample.exchanges(), (*verdicts, warned), sample.footer()), sample.registry()
    )
    assert not any(cause.silently_ignored for cause in model.causes)
    assert "ilently" not in sentence(model)


def test_rows_are_marked_for_programs() -> None:
    """`report.json` has it for each requirement."""
    model = build_model(run(), sample.registry())
    assert [row.requirement for row in model.rows if row.silently_ignored] == ["chat.stop.excluded"]
    assert next(row for row in model.rows if row.silently_ignored).label == "breaks (silently ignored)"


def test_allure_has_a_category_for_each_state_and_no_test_in_two(tmp_path: Path) -> None:
    """A category is chosen by the first words of the message, which are the state and its mark."""
    write_allure(build_model(run(), sample.registry()), tmp_path)
    categories = json.loads((tmp_path / "categories.json").read_text("utf-8"))
    for file in tmp_path.glob("*-result.json"):
        result = json.loads(file.read_text("utf-8"))
        if result["status"] == "passed":
            continue
        message = result["statusDetails"]["message"]
        found = [
            each["name"]
            for each in categories
            if result["status"] in each["matchedStatuses"] and re.fullmatch(each["messageRegex"], message)
        ]
        assert len(found) == 1, (message, found)
        assert message.startswith(found[0].partition(":")[0])


def test_labels_of_outcomes_come_from_the_one_table() -> None:
    """No report has words of its own for an outcome."""
    labels = {row.outcome: row.label for row in build_model(sample.run(), sample.registry()).rows}
    assert set(labels) == set(Outcome)
    assert sorted(labels.values()) == [
        "breaks",
        "not applicable",
        "not judged",
        "not judged (suite failed)",
        "not offered",
        "passes",
        "passes (warned)",
    ]
