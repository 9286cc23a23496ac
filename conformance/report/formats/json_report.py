"""Generates `report.json`, the run as data for programs.

`report.schema.json` defines the format of `report.json`, on which other programs may rely.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from conformance.causes import Cause
from conformance.report.feature_map import FeatureMap
from conformance.report.formats import renders
from conformance.report.gate_data import gate_data
from conformance.report.model import ReportModel
from conformance.report.rows import Row, Untested
from conformance.report.safe_text import clip, for_json, for_json_text
from conformance.report.wording import sentence
from conformance.verdict import STATES, count_states

FORMAT = 1
SCHEMA = Path(__file__).parent.with_name("report.schema.json")
"""The JSON Schema (2020-12) of `report.json`."""

_TEXT = 8_000  # characters of one text: a finding is an excerpt, the whole body is in run.ndjson


@renders("json", file="report.json")
def render_json(model: ReportModel) -> str:
    """Return the JSON report as indented text with a final newline. Any strict JSON parser can read `report.json`."""
    data = report_data(model)
    try:
        text = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # half a character, or a number of more than 64 bits
        text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    return for_json_text(text) + "\n"


def report_data(model: ReportModel) -> dict[str, Any]:
    """Return the JSON report as data that matches `report.schema.json`."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "suite": {"name": model.suite_name, "version": model.suite_version},
        "target": {
            "url": model.url,
            "model": model.model,
            "profile": model.profile,
            "contracts": list(model.contracts),
            "name": model.title,
            "facts": list(model.identity.facts),
        },
        "started": model.started,
        "ended": model.ended or None,
        "complete": model.complete,
        "interrupted": model.interrupted,
        "sentence": sentence(model),
        "exit_code": int(model.exit_code),
        "ending": model.ending.to_dict() if model.ending else None,
        "gate": gate_data(model.gated) if model.gated else None,
        "summary": {
            "requests": model.summary.requests,
            "exchanges": model.summary.exchanges,
            "output_tokens": model.summary.output_tokens,
            "seconds": model.summary.seconds,
            **({"cost": model.summary.cost} if model.summary.cost is not None else {}),
            "by_outcome": {str(outcome): number for outcome, number in model.summary.by_outcome.items()},
            "by_state": {str(state): number for state, number in count_states(model.summary.by_outcome).items()},
        },
        "service": model.service.to_dict(),
        "fix_first": [_cause(cause) for cause in model.fix_first],
        "causes": [_cause(cause) for cause in model.causes],
        "verdicts": [_verdict(row) for row in model.rows],
        "feature_map": _features(model.features) if model.features else None,
        "not_tested": [_untested(each) for each in model.untested],
        "excluded": [{**_untested(each), "why": each.why} for each in model.excluded],
        "contracts": model.contracts_compared.to_dict() if model.contracts_compared else None,
        "settings": dict(model.settings),
        "notes": list(model.notes),
    }
    cleaned: dict[str, Any] = _clean(data)
    return cleaned


def _verdict(row: Row) -> dict[str, Any]:
    verdict = row.verdict
    return {
        "requirement": row.requirement,
        "contract": row.contract,
        "area": row.area,
        "level": str(row.level),
        "statement": row.statement,
        "outcome": str(row.outcome),
        "state": str(STATES[row.outcome]),
        "reason": str(row.reason) if row.reason else None,
        "detail": verdict.detail,
        "expected": row.expected,
        "observed": row.observed,
        "documented_difference": row.difference or None,
        "silently_ignored": row.silently_ignored,
        **({"acceptance": str(row.status)} if row.status else {}),
        "findings": [finding.to_dict() for finding in verdict.findings],
        "exchanges": list(verdict.exchanges),
        "seen": verdict.seen,
        "asked": verdict.asked,
        "failed": verdict.failed,
        "cases": [
            {
                "case": case.case,
                "outcome": str(case.outcome),
                "reason": str(case.reason) if case.reason else None,
                "detail": case.detail,
                "seen": case.seen,
            }
            for case in row.cases
        ],
    }


def _features(features: FeatureMap) -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "feature": row.feature,
            "spelling": column,
            "requirement": cell.requirement,
            "outcome": str(cell.outcome),
            "said": cell.said,
        }
        for group, rows in features.groups
        for row in rows
        for column, cell in zip(features.columns, row.cells, strict=True)
        if cell
    ]


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.key,
        "title": cause.title,
        "outcome": str(cause.outcome),
        "level": str(cause.level),
        "requirements": list(cause.requirements),
        "musts": list(cause.musts),
        "expected": cause.finding.expected,
        "observed": cause.finding.observed,
        "where": cause.finding.where,
        "impact": cause.impact,
        "fix": cause.fix,
        "exchange": cause.exchange or None,
        "evidence": list(cause.evidence),
        "exchanges": cause.exchanges,
        "of": cause.of,
        "silently_ignored": cause.silently_ignored,
        "clients": list(cause.clients),
        "clients_tested": cause.clients_tested,
    }


def _untested(each: Untested) -> dict[str, Any]:
    return {
        "requirement": each.requirement,
        "contract": each.contract,
        "area": each.area,
        "level": str(each.level),
        "statement": each.statement,
    }


def _clean(value: Any) -> Any:
    """Return the value with text for every JSON parser; values without a JSON form (a path, NaN) become text."""
    if isinstance(value, str):
        return for_json(clip(value, _TEXT))
    if isinstance(value, Mapping):
        return {for_json(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value - value == 0:  # neither NaN nor infinite
        return value
    return for_json(clip(str(value), _TEXT))
