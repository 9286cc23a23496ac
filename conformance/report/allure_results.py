"""Writes a run as Allure results: a test per requirement, grouped by area, with attachments, environment and categories."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.report.evidence import bounded_curl
from conformance.report.gate_words import gate_sentence, waiver_words
from conformance.report.model import ReportModel
from conformance.report.rows import IGNORED, Row
from conformance.report.safe_text import clip, for_json, one_line, visible
from conformance.report.wording import MEANINGS, REASONS, sentence
from conformance.verdict import MARKS, STATES, Level, Outcome
from conformance.wire import Exchange

_BODY = 20_000
_EXCHANGES = 3
_STATUS = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.ERROR: "broken",
    Outcome.WARN: "skipped",
    Outcome.INCONCLUSIVE: "skipped",
    Outcome.UNSUPPORTED: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
}
_GATED = {Outcome.FAIL: ("skipped",), Outcome.WARN: ("failed",), Outcome.INCONCLUSIVE: ("failed",)}
"""The other statuses that an outcome has with a gate, which accepts fails and may fail on a SHOULD."""
_SEVERITY = {Level.MUST: "critical", Level.SHOULD: "normal", Level.MAY: "minor"}
_NAMES = uuid.UUID("6f0c4b0e-6a5d-4f43-9d0f-3a1f6a3f2c11")
_ATTACHED = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.ERROR, Outcome.INCONCLUSIVE})


def write_allure(model: ReportModel, directory: Path) -> None:
    """Write the Allure results into a directory, which is created if missing.

    Files that are already in the results directory are kept.

    Raises `OSError` if the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for row in model.rows:
        result, attachments = _result(model, row)
        for name, text in attachments.items():
            (directory / name).write_text(text, encoding="utf-8")
        _write_json(directory / f"{result['uuid']}-result.json", result)
    _write_json(directory / "categories.json", _categories())
    lines = [f"{name}={one_line(value)}" for name, value in _environment(model).items()]
    (directory / "environment.properties").write_text("\n".join(lines).replace("\\", "\\\\") + "\n", encoding="utf-8")


def _write_json(path: Path, data: Any) -> None:
    path.write_text(for_json(json.dumps(data, ensure_ascii=False)), encoding="utf-8")


def _environment(model: ReportModel) -> dict[str, str]:
    return {
        "target": model.title,
        "url": model.url,
        "model": model.model,
        "profile": model.profile,
        "suite": f"{model.suite_name} {model.suite_version}",
        "verdict": sentence(model),
        **({"gate": gate_sentence(model.gated)} if model.gated else {}),
    }


def _categories() -> list[dict[str, Any]]:
    """Return a category for each state with its mark, except plain passes, selected by the beginning of the message."""
    named = [outcome for outcome in reversed(Outcome) if outcome is not Outcome.PASS]
    return [
        {
            "name": f"{MEANINGS[outcome].label}: {MEANINGS[outcome].text}",
            "matchedStatuses": sorted({_STATUS[outcome], *_GATED.get(outcome, ())}),
            "messageRegex": f"(?s)^{re.escape(MEANINGS[outcome].label)}(?! \\((?:{'|'.join(MARKS.values())})\\)).*",
        }
        for outcome in named
    ]


def _result(model: ReportModel, row: Row) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the result of one requirement, and its attached files by name."""
    start = _milliseconds(model.started)
    own = str(uuid.uuid5(_NAMES, for_json(f"{model.started} {model.url} {row.requirement}")))
    known = str(uuid.uuid5(_NAMES, for_json(row.requirement)))
    about = (("Source", row.source), ("Impact", row.impact), ("Fix", row.fix))
    labels = (
        ("parentSuite", row.contract or "other"),
        ("suite", row.area),
        ("epic", row.contract or "other"),
        ("feature", row.area),
        ("story", row.requirement),
        ("severity", _SEVERITY[row.level]),
        ("tag", str(row.level)),
        ("tag", str(STATES[row.outcome])),
        *([("tag", IGNORED)] if row.silently_ignored else []),
        ("framework", model.suite_name),
        *((("tag", str(row.status)),) if row.status else ()),
    )
    result: dict[str, Any] = {
        "uuid": own,
        "historyId": known,
        "testCaseId": known,
        "fullName": row.requirement,
        "name": visible(f"{row.requirement}: {row.statement}"),
        "description": visible("\n\n".join([row.statement, *(f"{name}: {text}" for name, text in about if text)])),
        "status": _status(model, row),
        "stage": "finished",
        "start": start,
        "stop": start + round(1_000 * model.seconds_of(row)),
        "labels": [{"name": name, "value": visible(value)} for name, value in labels],
    }
    if row.outcome is not Outcome.PASS:
        result["statusDetails"] = _details(row)
    attachments: dict[str, str] = {}
    if row.outcome in _ATTACHED:
        result["attachments"] = _attach(model, row, own, attachments)
    return result, attachments


def _status(model: ReportModel, row: Row) -> str:
    if model.fails(row):
        return "failed"
    if row.outcome is Outcome.FAIL:
        return "skipped"
    return _STATUS[row.outcome]


def _details(row: Row) -> dict[str, str]:
    why = f", {row.reason} ({REASONS.get(str(row.reason), '')})" if row.reason else ""
    lines = [f"{row.label}{why}: {row.observed or row.statement}"]
    lines += [f"{row.status}: {waiver_words(row.waiver)}" if row.waiver else str(row.status)] if row.status else []
    trace = [
        f"expected: {clip(finding.expected, 800)}\ngot:      {clip(finding.observed, 800)}\nat:       {finding.where}"
        for finding, *_ in row.causes[:5]
    ]
    return {"message": visible(clip("\n".join(lines), 2_000)), "trace": visible("\n\n".join(trace))}


def _attach(model: ReportModel, row: Row, own: str, files: dict[str, str]) -> list[dict[str, str]]:
    """Return Allure's list of the attachments, and add their text to `files`."""
    named = [finding.exchange for finding in row.verdict.findings if finding.exchange] or list(row.verdict.exchanges)
    attached = []
    for name in list(dict.fromkeys(named))[:_EXCHANGES]:
        exchange = model.exchanges.get(name)
        if exchange is None:
            continue
        for part, text, kind in _parts(exchange, model.key_env):
            suffix = "json" if kind == "application/json" else "txt"
            file = f"{own}-{name}-{part.replace(' ', '-')}-attachment.{suffix}"
            files[file] = for_json(text)
            attached.append({"name": f"{name} {part}", "source": file, "type": kind})
    return attached


def _parts(exchange: Exchange, key_env: str) -> list[tuple[str, str, str]]:
    """Return the files of one exchange: name, text and media type. JSON bodies are attached as JSON."""
    request = exchange.request
    failure = f"\n({exchange.failure.kind}: {exchange.failure.message})" if exchange.failure else ""
    heads = "\n".join(
        [
            f"{request.method} {request.url}",
            *(f"{name}: {value}" for name, value in request.headers),
            "",
            f"{exchange.http_version} {exchange.status}{failure}",
            *(f"{name}: {value}" for name, value in exchange.headers),
        ]
    )
    parts = [("curl", bounded_curl(exchange, key_env, _BODY), "text/plain"), ("headers", visible(heads), "text/plain")]
    parts += [("request body", *_body(request.body))] if request.body else []
    return [*parts, ("response body", *_body(exchange.body))] if exchange.body else parts


def _body(body: bytes) -> tuple[str, str]:
    text = visible(clip(body[: 2 * _BODY].decode("utf-8", "replace"), _BODY))
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text, "text/plain"
    return text, "application/json"


def _milliseconds(moment: str) -> int:
    try:
        return round(1_000 * datetime.fromisoformat(moment).timestamp())
    except ValueError:
        return 0
