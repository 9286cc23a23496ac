"""Generates the data for the script of `report.html`: requirements and exchanges, in a limited number of bytes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conformance.report.evidence import exchange_view
from conformance.report.gate_words import waiver_words
from conformance.report.rows import IGNORED
from conformance.report.safe_text import clip, visible
from conformance.verdict import Finding, Outcome

if TYPE_CHECKING:
    from conformance.report.model import ReportModel
    from conformance.report.rows import Row
    from conformance.wire import Exchange

_ROWS_SHARE = 0.7
"""The share of the space for the requirements; texts of findings are shortened until they fit."""
_CUTS = ((2_000, 25, 12), (800, 10, 8), (400, 4, 4), (200, 2, 2), (120, 1, 0))
"""Characters of a text, causes of a requirement, and other places of a cause: the first set that fits is used."""
_BODIES = ((20_000, 4_000), (12_000, 2_000), (8_000, 1_000), (4_000, 500), (2_000, 300), (1_000, 200), (500, 100))
"""Bytes of a body: in an exchange that shows a violation, and in others."""
_LINKED, _LINKED_OF_A_PASS = 60, 3
_CURL_BODY = "\0"
"""Replaces the quoted body in a curl command, because the page already has it."""


def embedded(value: Any) -> str:
    """Return JSON text that is safe in an HTML script element: it cannot end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def row_views(model: ReportModel, room: int) -> list[dict[str, Any]]:
    """Return the data of all requirements for `report.html`, in the order of the areas.

    `room` is the maximum size of the page in bytes. If the data of the requirements is too large for the page, the
    texts of findings are shortened in several steps.
    """
    rows = [row for area in model.areas for row in area.rows]
    views: list[dict[str, Any]] = []
    for text, causes, places in _CUTS:
        views = [_row(row, model.exchanges, text, causes, places) for row in rows]
        if len(embedded(views)) <= _ROWS_SHARE * room:
            break
    return views


def linked_exchanges(row: Row, exchanges: Mapping[str, Exchange]) -> list[str]:
    """Return the ids of the exchanges shown for a requirement, beginning with the exchanges of its findings."""
    named = [finding.exchange for finding in row.verdict.findings if finding.exchange]
    most = _LINKED_OF_A_PASS if row.outcome is Outcome.PASS else _LINKED
    return [name for name in dict.fromkeys([*named, *row.verdict.exchanges]) if name in exchanges][:most]


def _row(row: Row, exchanges: Mapping[str, Exchange], text: int, causes: int, places: int) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": row.requirement,
        "area": row.area,
        "level": str(row.level),
        "outcome": str(row.outcome),
        "ignored": IGNORED if row.silently_ignored else "",
        "statement": row.statement,
        "reason": str(row.reason) if row.reason else "",
        "detail": clip(row.verdict.detail, text),
        "source": f"{row.source} ({row.basis})" if row.source else "",
        "page": row.page,
        "seen": row.verdict.seen,
        "model": row.model if row.model != "none" else "",
        "acceptance": _acceptance(row),
        "findings": [_finding(found, text, places) for found in row.causes[:causes]],
        "cases": [[str(case.outcome), case.case or "-"] for case in row.cases] if len(row.cases) > 1 else [],
        "exchanges": linked_exchanges(row, exchanges),
        "status": sorted(_status_classes(row, exchanges)),
    }
    if row.outcome is not Outcome.PASS:
        view |= {"impact": row.impact, "fix": row.fix}
    shown: dict[str, Any] = _shown(view)
    return {name: value for name, value in shown.items() if value not in ("", [], 0)}


def _acceptance(row: Row) -> str:
    """Return what a gate says about the row: `accepted: known bug (owner core)`; "" without a gate."""
    if not row.status:
        return ""
    return f"{row.status}: {waiver_words(row.waiver)}" if row.waiver else str(row.status)


def _finding(found: Sequence[Finding], text: int, places: int) -> list[Any]:
    """Return `[expected, observed, where, exchange, other places, how many more]`."""
    first, *others = found
    shown = [[clip(each.where, 200), each.exchange or ""] for each in others[:places]]
    return [
        clip(first.expected, text),
        clip(first.observed, text),
        clip(first.where, 400),
        first.exchange or "",
        shown,
        max(0, len(others) - places),
    ]


def _status_classes(row: Row, exchanges: Mapping[str, Exchange]) -> set[str]:
    """Return `2xx`, `5xx`, …, `none` for the exchanges of a row; for a violation, of those that show it."""
    named = [finding.exchange for finding in row.verdict.findings if finding.exchange] or row.verdict.exchanges
    found = [exchanges[name] for name in named if name in exchanges]
    return {f"{each.status // 100}xx" if each.status is not None else "none" for each in found}


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def evidence(
    exchanges: Mapping[str, Exchange], telling: Iterable[str], others: Iterable[str], key_env: str, room: int
) -> dict[str, Any]:
    """Return the exchanges that `report.html` embeds, each only once, in at most `room` bytes.

    `telling` names the exchanges that show a violation; their bodies are shortened less. In the result, the lists
    `headers` and `curls` have each header and curl command once; exchanges refer to their entries by index. If the
    exchanges would exceed `room` bytes even without their bodies, the last exchanges are omitted.
    """
    first = [name for name in dict.fromkeys(telling) if name in exchanges]
    rest = [name for name in dict.fromkeys(others) if name in exchanges and name not in set(first)]
    data: dict[str, Any] = {}
    curls: dict[str, str] = {}
    for long, short in _BODIES:
        data = _packed(
            [(exchanges[name], long) for name in first] + [(exchanges[name], short) for name in rest], key_env, curls
        )
        if len(embedded(data)) <= room:
            return data
    names = [*first, *rest]
    while names and len(embedded(data)) > room:
        names = names[: len(names) * 3 // 4]
        data = _packed([(exchanges[name], _BODIES[-1][0]) for name in names], key_env, curls)
    return data


def _packed(chosen: Iterable[tuple[Exchange, int]], key_env: str, known: dict[str, str]) -> dict[str, Any]:
    """Return the data of exchanges, each with at most that many bytes of a body; `known` keeps curl commands."""
    headers: dict[tuple[str, str], int] = {}
    curls: dict[str, int] = {}
    views = {}
    for exchange, bound in chosen:
        view = exchange_view(exchange, bound, key_env, known)
        for name in ("sent_headers", "headers"):
            view[name] = [headers.setdefault((pair[0], pair[1]), len(headers)) for pair in view[name]]
        view["curl"] = curls.setdefault(_without_body(view["curl"], view["sent"]), len(curls))
        views[exchange.id] = {
            name: value for name, value in view.items() if value not in ("", []) and value is not False
        }
    return {"headers": [list(pair) for pair in headers], "curls": list(curls), "exchanges": views}


def _without_body(curl: str, sent: str) -> str:
    """Return the command with a placeholder for its body, if the page can restore it."""
    escaped = sent.replace("'", "'\"'\"'")
    quoted = f"'{escaped}'"
    return (
        curl.replace(quoted, _CURL_BODY) if sent and quoted == shlex.quote(sent) and curl.count(quoted) == 1 else curl
    )
