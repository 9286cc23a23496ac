"""Converts the report model of one run to rows for the tables of the store.

Every text that a target sent is stored as one line with visible characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Requirement
from conformance.record import Header
from conformance.report.formats.badge import badge_of
from conformance.report.model import ReportModel
from conformance.report.safe_text import one_line
from conformance.report.wording import sentence
from conformance.store.layout import moment_of, region_of, series_of, target_of
from conformance.verdict import Outcome

Row = dict[str, Any]
_LONGEST = 600


def rows_of(run: str, header: Header, model: ReportModel) -> Mapping[str, list[Row]]:
    """Return the rows that one run adds to each table with dates. `run` is the id of the run in the store."""
    who: Row = {"run": run, "series": series_of(header), "target": one_line(target_of(header))}
    return {
        "verdicts": list(_verdicts(who, model)),
        "causes": list(_causes(who, model)),
        "service": [{**who, "figure": name, "value": value} for name, value in _figures(model)],
        "runs": [_run(who, header, model)],
    }


def requirement_rows(registry: Mapping[str, Requirement]) -> list[Row]:
    """Return the rows of the table `requirements`."""
    return [
        {
            "requirement": each.id,
            "contract": each.contract,
            "area": each.area,
            "capability": each.feature or each.area,
            "statement": each.statement,
        }
        for each in registry.values()
    ]


def _run(who: Row, header: Header, model: ReportModel) -> Row:
    counts = model.summary.by_outcome
    badge, colour = badge_of(model)
    return {
        **who,
        "region": one_line(region_of(header)),
        "labels": one_line(", ".join(str(each) for each in header.settings.get("labels") or ())),
        "model": one_line(model.model),
        "profile": model.profile,
        "url": one_line(model.url),
        "product": one_line(model.identity.product),
        "started": moment_of(header).isoformat(),
        "suite": one_line(model.suite_version),
        "depth": one_line(str(model.settings.get("depth") or "")),
        "complete": model.complete and not model.interrupted,
        "exit_code": int(model.exit_code),
        "passed": counts[Outcome.PASS],
        "warned": counts[Outcome.WARN],
        "broken": counts[Outcome.FAIL],
        "not_offered": counts[Outcome.UNSUPPORTED],
        "not_judged": counts[Outcome.INCONCLUSIVE] + counts[Outcome.ERROR],
        "causes": len(model.causes),
        "sentence": one_line(sentence(model), _LONGEST),
        "badge": badge,
        "badge_colour": colour,
    }


def _verdicts(who: Row, model: ReportModel) -> Iterator[Row]:
    cause_of = {name: cause.key for cause in reversed(model.causes) for name in cause.requirements}
    for row in model.rows:
        yield {
            **who,
            "requirement": row.requirement,
            "level": str(row.level),
            "outcome": str(row.outcome),
            "reason": str(row.reason) if row.reason else None,
            "cause": one_line(cause_of[row.requirement]) if row.requirement in cause_of else None,
        }


def _causes(who: Row, model: ReportModel) -> Iterator[Row]:
    for cause in model.causes:
        yield {
            **who,
            "cause": one_line(cause.key),
            "title": one_line(cause.title, _LONGEST),
            "level": str(cause.level),
            "outcome": str(cause.outcome),
            "requirements": len(cause.requirements),
            "exchanges": cause.exchanges,
            "silently_ignored": cause.silently_ignored,
            "clients": len(cause.clients),
        }


def _figures(model: ReportModel) -> Iterator[tuple[str, float]]:
    """Yield the service figures of a run. A figure that was not measured is left out."""
    service = model.service
    known: dict[str, float | None] = {
        "requests": model.summary.requests,
        "seconds": model.summary.seconds,
        "input_tokens": service.input_tokens,
        "output_tokens": service.output_tokens,
        "cost": service.cost,
        "rate_limited": service.rate_limited,
        "retries": service.retries,
        "generations": service.generations,
        "errors": sum(service.errors.values()),
    }
    for name, metric in service.metrics.items():
        known |= {f"{name} {part}": getattr(metric, part) for part in ("count", "p50", "p95", "p99")}
    yield from ((name, float(value)) for name, value in known.items() if value is not None)
