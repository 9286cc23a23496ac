"""A run without secrets, the only kind that a report, a screen or a file is made of. Only this module makes one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NewType

from conformance.record.records import Footer, Header, Run
from conformance.verdict import Finding, Verdict
from conformance.wire import Redactor

RedactedRun = NewType("RedactedRun", Run)
"""A `Run` that `redacted_run` has cleaned. Whatever shows or writes a run takes this type, so that mypy finds one that was not."""


def redacted_run(run: Run, redactor: Redactor) -> RedactedRun:
    """The run as it may be written and shown. A run that was redacted before comes out as it went in."""
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
    """A header without secrets, also not in the URLs of its target and of its settings."""
    target = replace(header.target, url=redactor.url(header.target.url), model=redactor.message(header.target.model))
    settings = redactor.data(dict(header.settings))
    return replace(header, target=target, notes=tuple(map(redactor.message, header.notes)), settings=settings)


def redacted_verdict(verdict: Verdict, redactor: Redactor) -> Verdict:
    """The verdict as it may leave: its free text without secrets. Ids, levels and outcomes are words of ours."""
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
    """A footer without secrets."""
    return replace(footer, summary=_values(dict(footer.summary), redactor))


def _values(data: Any, redactor: Redactor) -> Any:
    """JSON-like data of ours, whose texts may quote the target; the keys are our own words."""
    if isinstance(data, dict):
        return {key: _values(value, redactor) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_values(item, redactor) for item in data]
    return redactor.message(data) if isinstance(data, str) else data
