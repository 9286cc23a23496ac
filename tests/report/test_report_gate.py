"""Every report says what a gate decides: accepted, new, fixed, expired, stale; CI files fail only where the gate fails."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
import sample
from rich.console import Console

from conformance.acceptance import Configuration, FailOn, Origin, Policy, QualityGate, Reaction, Waiver
from conformance.contract.editions import Edition
from conformance.report.allure_results import write_allure
from conformance.report.formats import formats
from conformance.report.formats.json_report import SCHEMA
from conformance.report.model import ReportModel, build_model
from conformance.report.terminal import print_summary
from conformance.verdict import Level, Outcome, Reason

TODAY = date(2026, 11, 30)
WHOLE = sample.run()
RUN = replace(WHOLE, verdicts=tuple(each for each in WHOLE.verdicts if each.outcome is not Outcome.ERROR))
"""The sample without the fault of the suite, which no gate hides."""
PLAIN = build_model(RUN, sample.registry())
FAILS = [row.requirement for row in PLAIN.rows if row.outcome is Outcome.FAIL]
WARNS = [row.requirement for row in PLAIN.rows if row.outcome is Outcome.WARN]
PASSES = [row.requirement for row in PLAIN.rows if row.outcome is Outcome.PASS]
ACCEPTED, EXPIRED = FAILS[0], FAILS[1]
WAIVERS = (
    Waiver(id=ACCEPTED, reason="Known `bug`.", owner="core", link="https://example.com/7", place="waivers.toml:1"),
    Waiver(id=EXPIRED, reason="Was to be fixed.", owner="edge", until=date(2026, 11, 29), place="waivers.toml:6"),
    Waiver(id=PASSES[0], reason="Long ago.", owner="core", place="waivers.toml:12"),
    Waiver(id=PASSES[1], reason="Known.", origin=Origin.BASELINE, place="baseline.toml:9"),
)


def gated(*waivers: Waiver, policy: Policy | None = None, baseline: Configuration | None = None) -> ReportModel:
    gate = QualityGate(policy or Policy(), TODAY, waivers, None, baseline)
    return build_model(RUN, sample.registry(), gate)


MODEL = gated(*WAIVERS)


def rendered(tmp_path: Path, model: ReportModel) -> dict[str, str]:
    texts = {
        name: each.render(model) for name, each in formats().items() if "badge" not in name
    }  # a badge has no details
    console = Console(file=io.StringIO(), width=400)
    print_summary(model, console)
    texts["terminal"] = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of above
    write_allure(model, tmp_path)
    texts["allure"] = (tmp_path / "environment.properties").read_text(encoding="utf-8")
    return texts


def test_every_report_says_the_five_counts(tmp_path: Path) -> None:
    """Terminal, HTML, JSON, JUnit, CTRF, summary and Allure."""
    texts = rendered(tmp_path, MODEL)
    assert {"terminal", "html", "json", "junit", "ctrf", "markdown", "allure"} <= texts.keys()
    new = len(FAILS) - 2 + len(WARNS)
    said = f"accepted 1, new {new}, fixed 1, expired 1, stale 1"
    assert [name for name, text in texts.items() if said not in text and name != "cases"] == []


def test_a_reader_sees_why_who_and_until_when(tmp_path: Path) -> None:
    """The text of a waiver is in every report that people read."""
    texts = rendered(tmp_path, MODEL)
    for name in ("terminal", "html", "markdown"):
        assert "owner edge" in texts[name], name
        assert "until 2026" in texts[name].replace("&#45;", "-"), name
        assert "waivers.toml" in texts[name], name


def test_report_json_keeps_to_its_schema_and_has_everything() -> None:
    """Programs decide by it."""
    data = json.loads(formats()["json"].render(MODEL))
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8"))).validate(data)
    gate = data["gate"]
    assert gate["stale"][0]["place"] == "waivers.toml:12"
    assert gate["fixed"][0]["origin"] == "baseline"
    statuses = {each["requirement"]: each["status"] for each in gate["violations"]}
    assert (statuses[ACCEPTED], statuses[EXPIRED], statuses[FAILS[2]]) == ("accepted", "expired", "new")
    assert ACCEPTED not in gate["failing"]
    assert EXPIRED in gate["failing"]
    verdict = next(each for each in data["verdicts"] if each["requirement"] == ACCEPTED)
    assert (verdict["outcome"], verdict["acceptance"]) == ("fail", "accepted")
    assert json.loads(formats()["json"].render(PLAIN))["gate"] is None


def junit(model: ReportModel) -> ET.Element:
    return ET.fromstring(formats()["junit"].render(model))  # noqa: S314 - our own text


def test_junit_fails_for_what_fails_the_gate_alone() -> None:
    """GitLab and Jenkins decide by the number of failures."""
    root = junit(MODEL)
    failures = {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None}
    assert failures == {"decision", *FAILS} - {ACCEPTED}
    assert root.get("failures") == str(len(failures))
    accepted = next(case for case in root.iter("testcase") if case.get("name") == ACCEPTED)
    assert "owner core" in accepted.find("skipped").get("message")
    for suite in root.iter("testsuite"):
        kinds = [len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")]
        assert kinds == [int(suite.get(name)) for name in ("failures", "errors", "skipped")], suite.get("name")


def test_junit_and_ctrf_are_green_when_all_is_accepted_or_the_gate_only_informs() -> None:
    """No other job may be red for what the team has accepted."""
    all_accepted = gated(*(Waiver(id=name, reason="r", owner="o") for name in FAILS))
    for model in (all_accepted, gated(policy=Policy(FailOn.NEVER))):
        assert junit(model).get("failures") == "0"
        statuses = [each["status"] for each in json.loads(formats()["ctrf"].render(model))["results"]["tests"]]
        assert "failed" not in statuses
        assert model.exit_code == 0


def test_a_broken_should_is_a_failure_where_the_gate_says_so() -> None:
    """`--fail-on should`."""
    model = gated(policy=Policy(FailOn.SHOULD))
    failures = {case.get("name") for case in junit(model).iter("testcase") if case.find("failure") is not None}
    assert set(WARNS) <= failures
    assert model.exit_code == 1


def test_a_flaky_check_that_fails_the_gate_is_a_failure_everywhere(tmp_path: Path) -> None:
    """The number of failures and the failures agree, also where the outcome is not a fail."""
    name = PASSES[3]
    flaky = replace(RUN.by_requirement[name], outcome=Outcome.INCONCLUSIVE, reason=Reason.FLAKY)
    others = (each for each in RUN.verdicts if each.requirement not in (name, *FAILS))
    run = replace(RUN, verdicts=(*others, flaky))
    model = build_model(run, sample.registry(), QualityGate(Policy(flaky=Reaction.FAIL), TODAY))
    assert (model.exit_code, model.gated.failing) == (1, (name,))
    root = junit(model)
    failed = [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None]
    assert (root.get("failures"), failed) == ("2", ["decision", name])
    tests = json.loads(formats()["ctrf"].render(model))["results"]["tests"]
    assert [each["name"] for each in tests if each["status"] == "failed"] == ["gate", name]
    write_allure(model, tmp_path)
    results = [json.loads(file.read_text("utf-8")) for file in tmp_path.glob("*-result.json")]
    assert [each["fullName"] for each in results if each["status"] == "failed"] == [name]


def test_a_stale_waiver_fails_by_a_setting_only() -> None:
    """Reported always."""
    accepted = [Waiver(id=name, reason="r", owner="o") for name in FAILS]
    stale = Waiver(id=PASSES[0], reason="r", owner="o", place="w.toml:3")
    assert gated(*accepted, stale).exit_code == 0
    model = gated(*accepted, stale, policy=Policy(stale=Reaction.FAIL))
    assert model.exit_code == 1
    assert junit(model).get("failures") == "2"
    tests = json.loads(formats()["ctrf"].render(model))["results"]["tests"]
    assert sum(each["status"] == "failed" for each in tests) == 2


@pytest.mark.parametrize("field", ["profile", "model"])
def test_a_run_that_differs_from_the_baseline_is_refused(field: str, tmp_path: Path) -> None:
    """Exit code 2, and every report says what differs."""
    configuration = replace(Configuration.of(RUN.header), **{field: "another"})
    model = gated(*WAIVERS, policy=Policy(FailOn.NEW), baseline=configuration)
    assert model.exit_code == 2
    for name, text in rendered(tmp_path, model).items():
        if name != "cases":
            assert "another" in text, name
    same = gated(*WAIVERS, policy=Policy(FailOn.NEW), baseline=Configuration.of(RUN.header))
    assert same.exit_code == 1


def test_a_waiver_with_the_wrong_cause_says_which_cause_it_is(tmp_path: Path) -> None:
    """A slip in the file is found at once."""
    wrong = Waiver(id=ACCEPTED, cause="ignored-nothing", reason="r", owner="o", place="w.toml:1")
    text = rendered(tmp_path, gated(wrong))["terminal"]
    assert "w.toml:1" in text
    assert f"breaks {ACCEPTED}. Correct or remove it." in " ".join(text.split())


def test_a_text_of_a_waiver_is_never_markup(tmp_path: Path) -> None:
    """A waivers file may come with a pull request from anyone."""
    evil = "<script>alert(1)</script> [x](javascript:1) @team ::error::"
    texts = rendered(tmp_path, gated(Waiver(id=ACCEPTED, reason=evil, owner=evil, link=evil)))
    assert "<script>alert" not in texts["html"].replace("\\u003c", "<").partition('<script type="application/json"')[0]
    assert "[x](javascript" not in texts["markdown"]
    assert "<script>" not in texts["markdown"]


def test_a_fault_of_the_suite_is_no_success_whatever_is_accepted() -> None:
    """Exit code 3 stays."""
    gate = QualityGate(Policy(FailOn.NEVER), TODAY)
    assert build_model(WHOLE, sample.registry(), gate).exit_code == 3


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("most", [4, 9])
def test_a_gate_leaves_the_screen_at_forty_lines(width: int, most: int) -> None:
    """Many expired and stale waivers do not push the verdict off the screen."""
    waivers = [replace(WAIVERS[1], id=name) for name in FAILS[:most]] + [
        replace(WAIVERS[2], id=name) for name in PASSES
    ]
    console = Console(file=io.StringIO(), width=width)
    print_summary(gated(*waivers), console, {"html": Path("/out/report.html")})
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is the StringIO of above
    assert len(lines) <= 40
    assert any(line.startswith("Gate fails") for line in lines)
    assert any(line.startswith("3. ") for line in lines)


def edition(**levels: Level) -> Edition:
    """An edition with the sample's requirements, some of them left out or with another level."""
    known = {row.requirement: row.level for row in PLAIN.rows}
    return Edition("2026.11", ("openai",), {**known, **levels})


def test_what_is_newer_than_the_edition_runs_unscored_and_is_shown_apart(tmp_path: Path) -> None:
    """A new version of the suite turns no gate red."""
    old = edition()
    old = replace(old, levels={name: level for name, level in old.levels.items() if name not in FAILS})
    model = build_model(RUN, sample.registry(), QualityGate(Policy(), TODAY, (), old))
    assert model.exit_code == 0
    assert model.gated.newer_broken == tuple(FAILS)
    texts = rendered(tmp_path, model)
    said = f"{len(FAILS)} newer requirements not scored, {len(FAILS)} of them broken."
    assert [name for name, text in texts.items() if said not in text and name != "cases"] == []
    assert junit(model).get("failures") == "0"


def test_the_level_of_the_edition_counts() -> None:
    """A SHOULD that became a MUST later is a SHOULD for this gate."""
    should = edition(**dict.fromkeys(FAILS, Level.SHOULD))
    assert build_model(RUN, sample.registry(), QualityGate(Policy(), TODAY, (), should)).exit_code == 0
    strict = QualityGate(Policy(FailOn.SHOULD), TODAY, (), should)
    assert build_model(RUN, sample.registry(), strict).exit_code == 1
