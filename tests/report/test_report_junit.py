"""junit.xml is read by every CI server, and agrees with the model."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import sample

from conformance.record import Run
from conformance.report.formats.junit import render_junit
from conformance.report.model import build_model
from conformance.report.wording import sentence
from conformance.verdict import Ending, ExitCode, Level, Outcome, Reason, Verdict

# What the common schema (Jenkins' and Ant's) allows: children, then attributes.
_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"skipped", "failure", "error", "system-out"},
    "system-out": set(),
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
    "system-out": set(),
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
        assert [child.tag for child in case][1:] in ([], ["system-out"])


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
    assert cases["http.request-id"][0].attrib["type"] == "passes (warned)"
    assert "the same 29 more times" in (cases["http.request-id"][0].text or "")
    assert "premise-not-met" in cases["chat.tools.arguments"][0].attrib["message"]
    assert cases["models.retrieve.unknown"][0].tag == "error"
    assert len(cases["http.method"]) == 0


def test_a_documented_difference_has_its_reason() -> None:
    """A reader of the test page need not know the outcome "not applicable"."""
    cases = {case.attrib["name"]: case for case in parsed(sample.run()).iter("testcase")}
    assert cases["chat.sampling.n"][0].attrib["message"] == "documented difference: The engine serves one choice."


def test_broken_shoulds_have_a_suite_of_their_own_that_fails_no_build() -> None:
    """They are told from what could not be judged, and no build is red for them."""
    suites = {suite.attrib["name"]: suite for suite in parsed(sample.run())}
    assert list(suites)[-1] == "recommendations"
    advice = suites.pop("recommendations")
    assert [case.attrib["name"] for case in advice.iter("testcase")] == ["http.request-id", "chat.stream.incremental"]
    assert (advice.attrib["failures"], advice.attrib["errors"], advice.attrib["skipped"]) == ("0", "0", "2")
    assert {"passes (warned)"} == {each.attrib["type"] for each in advice.iter("skipped")}
    assert "passes (warned)" not in {each.attrib["type"] for suite in suites.values() for each in suite.iter("skipped")}


def test_a_failure_has_its_curl_its_command_and_its_place_in_the_report() -> None:
    """Whoever reads the job page can see it again at once."""
    (case,) = (each for each in parsed(sample.run()).iter("testcase") if each.attrib["name"] == "chat.stop.excluded")
    said = case.findtext("system-out") or ""
    assert said.startswith("curl -sS -N")
    assert "$SAMPLE_KEY" in said
    assert "--only chat.stop.excluded\nreport.html#chat.stop.excluded" in said


def test_times_are_those_of_the_exchanges_and_facts_are_said_once() -> None:
    """Not zero for all; properties are in the first suite."""
    root = parsed(sample.run())
    case = next(each for each in root.iter("testcase") if each.attrib["name"] == "chat.stop.excluded")
    assert float(case.attrib["time"]) == pytest.approx(
        (sample.exchanges()["x0012"].timing.last_byte_ms or 0) / 1000, abs=0.001
    )
    for suite in root:
        assert float(suite.attrib["time"]) == pytest.approx(
            sum(float(each.attrib["time"]) for each in suite.iter("testcase")), abs=0.02
        )
    assert len(root.findall("testsuite/properties")) == 1
    assert root[0][0].tag == "properties"


def test_a_run_without_a_footer_is_an_error() -> None:
    """Whatever was seen to hold: what a run that was killed did not see may be broken. Its exit code is not 0."""
    verdict = sample.verdicts()[0]
    good = Verdict(verdict.requirement, verdict.level, Outcome.PASS)
    run = Run(sample.header(), sample.exchanges(), (good,), None)
    (error,) = parsed(run).iter("error")
    assert "incomplete" in error.attrib["message"]
    assert "--resume" in error.attrib["message"]
    assert build_model(run, sample.registry()).exit_code is ExitCode.NOTHING_JUDGED


def test_a_run_that_never_began_is_one_error() -> None:
    """Five hundred skipped tests say nothing that the error does not."""
    verdict = Verdict("chat.stop.array", Level.MUST, Outcome.INCONCLUSIVE, reason=Reason.PREREQUISITE_FAILED)
    ending = Ending(ExitCode.TARGET_GONE, "Cannot test http://x/v1: nothing accepts connections there.")
    footer = replace(sample.footer(), summary={"ending": ending.to_dict()})
    run = Run(sample.header(), {}, (verdict,), footer)
    root = parsed(run)
    assert (root.attrib["errors"], root.attrib["tests"]) == ("1", "1")
    assert build_model(run, sample.registry()).areas == ()
    assert "Nothing could be judged" in sentence(build_model(run, sample.registry()))


def test_a_run_that_judged_nothing_is_an_error() -> None:
    """Four hundred skipped tests look green to every CI server."""
    verdict = Verdict("chat.stop.array", Level.MUST, Outcome.INCONCLUSIVE, reason=Reason.ACCEPTS_EVERYTHING)
    root = parsed(Run(sample.header(), {}, (verdict,), sample.run().footer))
    assert (root.attrib["errors"], root.attrib["tests"], root[0].attrib["name"]) == ("1", "2", "run")
