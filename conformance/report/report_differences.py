"""Compares `report.json` with the report that follows from the run file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.report.formats.json_report import render_json
from conformance.report.model import ReportModel
from conformance.verdict import Ending, ExitCode

_OF_GATE = ("gate", "exit_code", "sentence", "ending", "fix_first")
"""Fields that also depend on waivers and on the options of a gate."""


def report_differences(file: Path, model: ReportModel) -> list[str]:
    """Return one sentence for each difference between a `report.json` and the report model of the run.

    The report model must have been built without a gate.

    If a gate decided about the run, the fields that depend on the gate are not compared. Raises `OSError`.
    """
    try:
        written = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return ["report.json is not JSON"]
    if not isinstance(written, dict):
        return ["report.json is not a JSON object"]
    expected = json.loads(render_json(_as_ended(model, written.get("ending"))))
    if written.get("gate") is not None:
        written, expected = _without_gate(written), _without_gate(expected)
    return [*_verdicts(written.pop("verdicts", None), expected.pop("verdicts")), *_fields(written, expected)]


def _as_ended(model: ReportModel, ending: object) -> ReportModel:
    """Return the model with the report's ending if the suite failed, because the run file then lacks the ending."""
    try:
        said = Ending.from_dict(ending) if isinstance(ending, Mapping) else None
    except (KeyError, ValueError, TypeError):
        return model
    if said is None or said.code is not ExitCode.HARNESS_ERROR:
        return model
    return replace(model, ending=said, exit_code=said.code)


def _without_gate(data: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in data.items() if name not in _OF_GATE}
    if isinstance(rows := kept.get("verdicts"), list):
        kept["verdicts"] = [
            {key: value for key, value in row.items() if key != "acceptance"} if isinstance(row, dict) else row
            for row in rows
        ]
    return kept


def _verdicts(written: Any, expected: list[dict[str, Any]]) -> Iterator[str]:
    if not isinstance(written, list) or not all(isinstance(row, dict) for row in written):
        yield "report.json has no list of verdicts"
        return
    rows = {str(row.get("requirement")): row for row in written}
    if len(rows) < len(written):
        yield "report.json has two verdicts about one requirement"
    for row in expected:
        other = rows.pop(row["requirement"], None)
        if other is None:
            yield f"{row['requirement']}: report.json has no verdict, run.ndjson says {row['outcome']}"
        elif other.get("outcome") != row["outcome"]:
            yield f"{row['requirement']}: report.json says {other.get('outcome')}, run.ndjson says {row['outcome']}"
        elif fields := _unequal(other, row):
            yield f"{row['requirement']}: report.json differs from run.ndjson in {', '.join(fields)}"
    for name in rows:
        yield f"{name}: report.json has a verdict, run.ndjson has none"


def _fields(written: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    for name in _unequal(written, expected):
        yield f"report.json differs from run.ndjson in the field {name}"


def _unequal(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    missing = object()
    return [name for name in {**one, **other} if one.get(name, missing) != other.get(name, missing)]
