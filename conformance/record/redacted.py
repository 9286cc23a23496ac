"""A run without secrets, the only kind that reports, terminal output and files are made from. Only this module creates it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NewType

from conformance.record.records import Footer, Header, Run
from conformance.verdict import Finding, Verdict
from conformance.wire import Redactor

RedactedRun = NewType("RedactedRun", Run)
"""A `Run` that `redacted_run` has cleaned. Code that shows or writes a run takes this type, so mypy finds unredacted ones."""


def redacted_run(run: Run, redactor: Redactor) -> RedactedRun:
    """Return the run as it may be written and shown. A run that is already redacted is unchanged."""
    return RedactedRun(
        replace(
            run,
            header=redacted_header(run.header, redactor),
            exchanges={name: redactor.exchange(exchange) for name, exchange in run.exchanges.items()},
            verdicts=tuple(redacted_verdict(verdict, redactor) for verdict in run.verdicts),
            footer=redacted_footer(run.footer, redactor) if run.footer else None,
        )
    )


def redacted_header(header: Header, redactor: Redactor) -> Header:
    """Return the header without secrets, also in the URLs of its target and settings."""
    target = replace(header.target, url=redactor.url(header.target.url), model=redactor.message(header.target.model))
    settings = redactor.data(dict(header.settings))
    return replace(header, target=target, notes=tuple(map(redactor.message, header.notes)), settings=settings)


def redacted_verdict(verdict: Verdict, redactor: Redactor) -> Verdict:
    """Return the verdict with redacted free text. Ids, levels and outcomes come from the suite."""
    findings = tuple(
        Finding(
            expected=redactor.message(each.expected),
            observed=redactor.message(each.observed),
            where=redactor.message(each.where),
            exchange=each.exchange,
            cause=redactor.message(each.cause),
        )
        for each in verdict.findings
    )
    return replace(verdict, detail=redactor.message(verdict.detail), findings=findings)


def redacted_footer(footer: Footer, redactor: Redactor) -> Footer:
    """Return the footer without secrets."""
    return replace(footer, summary=_values(dict(footer.summary), redactor))


def _values(data: Any, redactor: Redactor) -> Any:
    """Return JSON-like data with redacted texts, which may quote the target; keys come from the suite."""
    if isinstance(data, dict):
        return {key: _values(value, redactor) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_values(item, redactor) for item in data]
    return redactor.message(data) if isinstance(data, str) else data
