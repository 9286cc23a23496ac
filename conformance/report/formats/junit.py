"""Generates `junit.xml` for the test pages of CI servers: a suite for each area, a case for each requirement."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from conformance.report.evidence import bounded_curl
from conformance.report.formats import renders
from conformance.report.formats.junit_gate import gate_suite
from conformance.report.gate_words import waiver_words
from conformance.report.model import ReportModel
from conformance.report.rows import IGNORED, Row
from conformance.report.safe_text import clip, for_xml, one_line
from conformance.report.wording import REASONS, command, count, last_requests, sentence
from conformance.verdict import Ending, Outcome, described

_BODY = 4_000
_FINDINGS = 20
RECOMMENDATIONS = "recommendations"
"""The suite of the failed SHOULDs."""


@renders("junit", file="junit.xml")
def render_junit(model: ReportModel) -> str:
    """Return the report as JUnit XML. Broken requirements are JUnit failures; errors of the suite are JUnit errors.

    Requirements without a verdict are skipped JUnit cases. Violated SHOULDs are in a separate JUnit suite at the end of
    the report, marked as skipped, with their evidence. Violated SHOULDs are skipped JUnit cases, so they do not fail a
    build. Violated SHOULDs have a separate JUnit suite, so they are not mistaken for inconclusive requirements. If the
    run ended without an overall verdict (exit code other than 0, 1 and 3), the report begins with a JUnit error that
    gives the reason. The time of a JUnit case is the total time of its exchanges.
    """
    seconds = f"{model.summary.seconds or 0:.3f}"
    gate = gate_suite(model.gated) if model.gated else None
    counts = _counts(model, model.rows, model.ending, gate)
    root = ET.Element("testsuites", {"name": for_xml(model.title), **counts, "time": seconds})
    if model.ending is not None:
        root.append(_ended(model, model.ending))
    if gate is not None:
        root.append(gate)
    for area in model.areas:
        if rows := [row for row in area.rows if row.outcome is not Outcome.WARN or model.fails(row)]:
            root.append(_suite(model, area.name, rows))
    if advice := [row for row in model.rows if row.outcome is Outcome.WARN and not model.fails(row)]:
        root.append(_suite(model, RECOMMENDATIONS, advice))
    if len(root):
        root[0].insert(0, _properties(model))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(
    model: ReportModel, rows: Sequence[Row], ending: Ending | None = None, gate: ET.Element | None = None
) -> dict[str, str]:
    own = ending is not None
    failures = sum(map(model.fails, rows)) + (int(gate.attrib["failures"]) if gate is not None else 0)
    errors = sum(row.outcome is Outcome.ERROR for row in rows) + own
    tests = len(rows) + own + (len(gate) if gate is not None else 0)
    return {"tests": str(tests), "failures": str(failures), "errors": str(errors)}


def _ended(model: ReportModel, ending: Ending) -> ET.Element:
    """Return the suite of the run itself: one failed case."""
    suite = ET.Element("testsuite", {"name": "run", **_counts(model, (), ending), "skipped": "0", "time": "0"})
    case = ET.SubElement(suite, "testcase", {"classname": "run", "name": "the run came to its end", "time": "0"})
    said = f"{ending.said} {ending.advice}".rstrip()
    attributes = {"message": one_line(said, 800), "type": f"exit code {int(ending.code)}"}
    error = ET.SubElement(case, "error", attributes)
    error.text = for_xml(clip("\n".join([said, *last_requests(model)]), _BODY))
    return suite


def _properties(model: ReportModel) -> ET.Element:
    """Add the facts of the run to its first suite only."""
    properties = ET.Element("properties")
    facts = {
        "target": model.url,
        "name": model.title,
        "model": model.model,
        "profile": model.profile,
        "suite": f"{model.suite_name} {model.suite_version}",
        "complete": str(model.complete).lower(),
        "verdict": sentence(model),
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": one_line(value)})
    return properties


def _suite(model: ReportModel, name: str, rows: Sequence[Row]) -> ET.Element:
    skipped = sum(row.outcome not in (Outcome.PASS, Outcome.ERROR) and not model.fails(row) for row in rows)
    seconds = f"{sum(model.seconds_of(row) for row in rows):.3f}"
    attributes = {"name": for_xml(name), **_counts(model, rows), "skipped": str(skipped), "time": seconds}
    if model.started:
        attributes["timestamp"] = for_xml(model.started.removesuffix("Z").partition(".")[0])
    suite = ET.Element("testsuite", attributes)
    for row in rows:
        suite.append(_case(model, row))
    return suite


def _case(model: ReportModel, row: Row) -> ET.Element:
    attributes = {"classname": for_xml(row.area), "name": for_xml(row.requirement)}
    case = ET.Element("testcase", {**attributes, "time": f"{model.seconds_of(row):.3f}"})
    if row.outcome is Outcome.PASS:
        return case
    mark = f"{IGNORED}: " if row.silently_ignored else ""
    kind, message = "skipped", f"{row.label}: {row.observed or row.statement}"
    attributes = {"type": described(row.outcome)}
    match row.outcome:
        case _ if model.fails(row):
            kind, message = "failure", f"{mark}expected {row.expected}, got {row.observed}"
            attributes["type"] = str(row.level)
        case Outcome.ERROR:
            kind, message = "error", row.verdict.detail or row.observed
        case Outcome.FAIL:
            said = waiver_words(row.waiver) if row.waiver else "it does not fail this gate"
            message, attributes["type"] = f"{row.status}: {said}: got {row.observed}", str(row.status)
        case Outcome.WARN:
            message = f"{row.label}: expected {row.expected}, got {row.observed}"
        case Outcome.NOT_APPLICABLE if row.difference:
            message = f"documented difference: {row.difference}"
        case Outcome.INCONCLUSIVE:
            why = REASONS.get(str(row.reason), "")
            message = f"{row.label}, {row.reason}: {row.verdict.detail or why}"
    element = ET.SubElement(case, kind, {"message": one_line(message, 500), **attributes})
    element.text = for_xml(clip(_body(row), _BODY))
    if row.verdict.findings:
        ET.SubElement(case, "system-out").text = for_xml(_how(model, row))
    return case


def _how(model: ReportModel, row: Row) -> str:
    """Return how to reproduce it: a curl command, the command that repeats this requirement, and the report's location."""
    exchange = model.exchanges.get(row.verdict.findings[0].exchange)
    lines = [bounded_curl(exchange, model.key_env, _BODY), ""] if exchange else []
    return "\n".join([*lines, command(model, row.requirement), f"report.html#{row.requirement}"])


def _body(row: Row) -> str:
    lines = [f"{row.level} {row.requirement}: {row.statement}"]
    for finding, *others in row.causes[:_FINDINGS]:
        lines += ["", f"expected: {clip(finding.expected, 800)}", f"got:      {clip(finding.observed, 800)}"]
        if finding.where:
            lines.append(f"where:    {clip(finding.where, 300)}")
        if finding.exchange:
            lines.append(f"exchange: {finding.exchange}")
        if others:
            lines.append(f"the same {count(len(others), 'more time')}")
    if len(row.causes) > _FINDINGS:
        lines += ["", f"{len(row.causes) - _FINDINGS} more causes in report.json"]
    lines += [f"\nimpact:   {row.impact}"] if row.impact else []
    lines += [f"fix:      {row.fix}"] if row.fix else []
    lines += [f"source:   {row.source}"] if row.source else []
    lines += [f"page:     {row.page}"] if row.page else []
    return "\n".join(lines)
