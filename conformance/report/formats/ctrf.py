"""Generates `ctrf.json`, the run in the Common Test Report Format, for dashboards and CI plugins."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from conformance.acceptance import Gated
from conformance.report.evidence import bounded_curl
from conformance.report.formats import renders
from conformance.report.gate_words import gate_sentence, waiver_words
from conformance.report.model import ReportModel
from conformance.report.rows import IGNORED, Row
from conformance.report.safe_text import clip, for_json, for_json_text, one_line
from conformance.report.wording import sentence
from conformance.verdict import Outcome

SPEC_VERSION = "0.1.0"
_STATUS = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.ERROR: "failed",
    Outcome.WARN: "other",
    Outcome.INCONCLUSIVE: "skipped",
    Outcome.UNSUPPORTED: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
}
_MESSAGE, _CURL = 2_000, 4_000


@renders("ctrf", file="ctrf.json")
def render_ctrf(model: ReportModel) -> str:
    """Return the CTRF report.

    The report has one test for each requirement, in the suite of the requirement's area. In each test of the report,
    `rawStatus` is the state of the requirement.

    The test of a violated SHOULD has the CTRF status `other`. If the run ended without an overall verdict, the report
    begins with an additional failed test that gives the reason.
    """
    tests = [*_ended(model), *(_gate(model.gated) if model.gated else ()), *(_test(model, row) for row in model.rows)]
    statuses = [test["status"] for test in tests]
    start = _milliseconds(model.started)
    summary = {
        "tests": len(tests),
        **{status: statuses.count(status) for status in ("passed", "failed", "skipped", "pending", "other")},
        "suites": len({test["suite"][-1] for test in tests}),
        "start": start,
        "stop": max(start, _milliseconds(model.ended)),
    }
    data = {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": model.suite_name,
        "results": {
            "tool": {"name": model.suite_name, "version": model.suite_version},
            "summary": summary,
            "tests": tests,
            "environment": {"appName": _text(model.title), "testEnvironment": _text(model.url)},
            "extra": {
                "verdict": _text(sentence(model)),
                "model": _text(model.model),
                "profile": _text(model.profile),
                **({"gate": _text(gate_sentence(model.gated))} if model.gated else {}),
            },
        },
    }
    return for_json_text(json.dumps(data, ensure_ascii=False, indent=1)) + "\n"


def _ended(model: ReportModel) -> list[dict[str, Any]]:
    if model.ending is None:
        return []
    said = _text(f"{model.ending.said} {model.ending.advice}".rstrip())
    raw = f"exit code {int(model.ending.code)}"
    name = "the run came to its end"
    return [{"name": name, "status": "failed", "duration": 0, "suite": ["run"], "message": said, "rawStatus": raw}]


def _gate(gated: Gated) -> list[dict[str, Any]]:
    """Return the decision, and the stale waivers that fail it."""
    decided: dict[str, Any] = {"name": "gate", "duration": 0, "suite": ["gate"], "message": _text(gate_sentence(gated))}
    decided["status"] = "passed" if gated.passes else "other" if gated.informs else "failed"
    stale = (f"{each.place} {each.subject}: {waiver_words(each)}" for each in gated.acceptance.stale)
    status = "failed" if gated.failing_waivers else "other"
    others = (f"stale waiver {_text(each)}" for each in stale)
    return [
        decided,
        *({"name": name, "status": status, "duration": 0, "suite": ["gate"], "rawStatus": "stale"} for name in others),
    ]


def _status(model: ReportModel, row: Row) -> str:
    if model.fails(row):
        return "failed"
    if row.outcome is Outcome.FAIL:
        return "other"
    return _STATUS[row.outcome]


def _test(model: ReportModel, row: Row) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": _text(row.requirement),
        "status": _status(model, row),
        "duration": round(1_000 * model.seconds_of(row)),
        "suite": [_text(row.area)],
        "rawStatus": row.label,
        "tags": [str(row.level), *([IGNORED] if row.silently_ignored else [])],
    }
    if row.outcome is Outcome.PASS:
        return test
    test["message"] = _text(row.observed or row.statement)
    if row.verdict.findings:
        finding = row.verdict.findings[0]
        where = f"\nat: {finding.where}" if finding.where else ""
        test["trace"] = _text(
            f"{row.statement}\nexpected: {finding.expected}\ngot: {finding.observed}{where}\nfix: {row.fix}"
        )
        exchange = model.exchanges.get(finding.exchange)
        if exchange is not None:
            test["stdout"] = for_json(bounded_curl(exchange, model.key_env, _CURL)).splitlines()
    labels = {"reason": str(row.reason)} if row.reason else {}
    labels |= {"acceptance": str(row.status)} if row.status else {}
    labels |= {"waiver": _text(waiver_words(row.waiver))} if row.waiver else {}
    if labels:
        test["labels"] = labels
    return test


def _text(text: str) -> str:
    return for_json(clip(text, _MESSAGE)) if "\n" in text else one_line(text, _MESSAGE) or "-"


def _milliseconds(moment: str) -> int:
    """Return a time of a run file as milliseconds since 1970; 0 if it is missing or invalid."""
    try:
        return round(1_000 * datetime.fromisoformat(moment).timestamp())
    except ValueError:
        return 0
