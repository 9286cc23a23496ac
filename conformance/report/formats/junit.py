"""`junit.xml`: a suite for each area, a case for each requirement, for the test pages of CI servers."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from conformance.report.formats import renders
from conformance.report.model import Area, ReportModel
from conformance.report.rows import Row
from conformance.report.safe_text import clip, for_xml, one_line
from conformance.report.wording import MEANINGS, REASONS, count, last_requests, sentence
from conformance.verdict import Ending, Outcome

_BODY = 4_000
_FINDINGS = 20


@renders("junit", file="junit.xml")
def render_junit(model: ReportModel) -> str:
    """The report as JUnit XML: `fail` is a failure, `error` an error, and what is neither they nor `pass` is skipped.

    A broken SHOULD is skipped, with type `warn` and its evidence: it does not fail a build, and is not lost. A run that
    came to no verdict as a whole (an exit code but 0, 1 and 3) has an error of its own, first, that says what happened.
    """
    seconds = f"{model.summary.seconds or 0:.3f}"
    counts = _counts(model.rows, model.ending)
    root = ET.Element("testsuites", {"name": for_xml(model.suite_name), **counts, "time": seconds})
    if model.ending is not None:
        root.append(_ended(model, model.ending))
    for area in model.areas:
        root.append(_suite(model, area))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(rows: tuple[Row, ...], ending: Ending | None = None) -> dict[str, str]:
    outcomes = [row.outcome for row in rows]
    own = ending is not None
    failures, errors = outcomes.count(Outcome.FAIL), outcomes.count(Outcome.ERROR) + own
    return {"tests": str(len(rows) + own), "failures": str(failures), "errors": str(errors)}


def _ended(model: ReportModel, ending: Ending) -> ET.Element:
    """The suite of the run itself: one case, which failed."""
    suite = ET.Element("testsuite", {"name": "run", **_counts((), ending), "skipped": "0", "time": "0"})
    case = ET.SubElement(suite, "testcase", {"classname": "run", "name": "the run came to its end", "time": "0"})
    said = f"{ending.said} {ending.advice}".rstrip()
    attributes = {"message": one_line(said, 800), "type": f"exit code {int(ending.code)}"}
    error = ET.SubElement(case, "error", attributes)
    error.text = for_xml(clip("\n".join([said, *last_requests(model)]), _BODY))
    return suite


def _suite(model: ReportModel, area: Area) -> ET.Element:
    counts = _counts(area.rows)
    skipped = sum(row.outcome not in (Outcome.PASS, Outcome.FAIL, Outcome.ERROR) for row in area.rows)
    attributes = {"name": for_xml(area.name), **counts, "skipped": str(skipped), "time": "0"}
    if model.started:
        attributes["timestamp"] = for_xml(model.started.removesuffix("Z").partition(".")[0])
    suite = ET.Element("testsuite", attributes)
    properties = ET.SubElement(suite, "properties")
    facts = {
        "target": model.url,
        "model": model.model,
        "profile": model.profile,
        "suite": f"{model.suite_name} {model.suite_version}",
        "complete": str(model.complete).lower(),
        "verdict": sentence(model),
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": one_line(value)})
    for row in area.rows:
        suite.append(_case(row))
    return suite


def _case(row: Row) -> ET.Element:
    case = ET.Element("testcase", {"classname": for_xml(row.area), "name": for_xml(row.requirement), "time": "0"})
    if row.outcome is Outcome.PASS:
        return case
    kind, message = "skipped", f"{MEANINGS[row.outcome].label}: {row.observed or row.statement}"
    attributes = {"type": str(row.outcome)}
    match row.outcome:
        case Outcome.FAIL:
            kind, message = "failure", f"expected {row.expected}, got {row.observed}"
            attributes["type"] = str(row.level)
        case Outcome.ERROR:
            kind, message = "error", row.verdict.detail or row.observed
        case Outcome.WARN:
            message = f"warn: expected {row.expected}, got {row.observed}"
        case Outcome.INCONCLUSIVE:
            why = REASONS.get(str(row.reason), "")
            message = f"inconclusive ({row.reason}): {row.verdict.detail or why}"
    element = ET.SubElement(case, kind, {"message": one_line(message, 500), **attributes})
    element.text = for_xml(clip(_body(row), _BODY))
    return case


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
    return "\n".join(lines)
