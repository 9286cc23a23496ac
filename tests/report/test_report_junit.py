"""junit.xml is read by every CI server, and agrees with the model."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
import sample

from conformance.record import Run
from conformance.report.formats.junit import render_junit
from conformance.report.model import build_model
from conformance.verdict import ExitCode, Level, Outcome, Reason, Verdict

# What the common schema (Jenkins' and Ant's) allows: children, then attributes.
_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"skipped", "failure", "error"},
    "skipped": set(),
    "failure": set(),
    "error": set(),
}
_ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "skipped": {"message", "type"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}


def parsed(run: Run) -> ET.Element:
    return ET.fromstring(render_junit(build_model(run, sample.registry())))  # noqa: S314 - our own text


@pytest.mark.parametrize("run", [sample.run(), sample.hostile_run()], ids=["sample", "hostile"])
def test_only_elements_and_attributes_of_the_common_schema_are_used(run: Run) -> None:
    """The file parses and holds nothing a strict reader would refuse."""
    for element in parsed(run).iter():
        assert {child.tag for child in element} <= _CHILDREN[element.tag]
        assert set(element.attrib) <= _ATTRIBUTES[element.tag]
    for case in parsed(run).iter("testcase"):
        assert len(case) <= 1


def test_counts_agree_with_the_cases_and_the_model() -> None:
    """tests, failures, errors and skipped are what is inside."""
    root, model = parsed(sample.run()), build_model(sample.run(), sample.registry())
    assert int(root.attrib["tests"]) == len(model.rows) == len(list(root.iter("testcase")))
    assert int(root.attrib["failures"]) == model.summary.by_outcome[Outcome.FAIL] == len(list(root.iter("failure")))
    assert int(root.attrib["errors"]) == model.summary.by_outcome[Outcome.ERROR] == len(list(root.iter("error")))
    for suite in root:
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == len(list(suite.iter(tag)))
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))


def test_outcomes_become_what_a_ci_server_knows() -> None:
    """A fail is a failure with its evidence, warn and inconclusive are skipped with their reason, pass is empty."""
    cases = {case.attrib["name"]: case for case in parsed(sample.run()).iter("testcase")}
    failure = cases["chat.stop.excluded"][0]
    assert failure.tag == "failure"
    assert failure.attrib["message"] == "expected a text without '5', got 'One, two, three, four, 5'"
    assert "exchange: x0012" in (failure.text or "")
    assert cases["http.request-id"][0].tag == "skipped"
    assert cases["http.request-id"][0].attrib["type"] == "warn"
    assert "the same 29 more times" in (cases["http.request-id"][0].text or "")
    assert "premise-not-met" in cases["chat.tools.arguments"][0].attrib["message"]
    assert cases["models.retrieve.unknown"][0].tag == "error"
    assert len(cases["http.method"]) == 0


def test_a_run_without_a_footer_is_an_error() -> None:
    """Whatever was seen to hold: what a run that was killed did not see may be broken. Its exit code is not 0."""
    verdict = sample.verdicts()[0]
    good = Verdict(verdict.requirement, verdict.level, Outcome.PASS)
    run = Run(sample.header(), sample.exchanges(), (good,), None)
    (error,) = parsed(run).iter("error")
    assert "incomplete" in error.attrib["message"]
    assert "--resume" in error.attrib["message"]
    assert build_model(run, sample.registry()).exit_code is ExitCode.NOTHING_JUDGED


def test_a_run_that_judged_nothing_is_an_error() -> None:
    """Four hundred skipped tests look green to every CI server."""
    verdict = Verdict("chat.stop.array", Level.MUST, Outcome.INCONCLUSIVE, reason=Reason.ACCEPTS_EVERYTHING)
    root = parsed(Run(sample.header(), {}, (verdict,), sample.run().footer))
    assert (root.attrib["errors"], root.attrib["tests"], root[0].attrib["name"]) == ("1", "2", "run")
