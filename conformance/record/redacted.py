"""A run without secrets, from which reports, terminal output and files are made.

Only the module `conformance.record.redacted` creates redacted runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NewType

from conformance.record.records import Footer, Header, Run
from conformance.verdict import Finding, Verdict
from conformance.wire import Redactor

RedactedRun = NewType("RedactedRun", Run)
"""A `Run` that `redacted_run` has cleaned. Code that shows or writes a run takes this type, so mypy finds unredacted ones."""


def redacted_run(run: Run, redactor: Redactor) -> RedactedRun:
    """Return the run without secrets, so that it may be written and shown.

    A run that is already redacted is returned unchanged.
    """
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
    """Return the header of a run without secrets; the URLs in target and settings are redacted, too."""
    target = replace(header.target, url=redactor.url(header.target.url), model=redactor.message(header.target.model))
    settings = redactor.data(dict(header.settings))
    return replace(header, target=target, notes=tuple(map(redactor.message, header.notes)), settings=settings)


def redacted_verdict(verdict: Verdict, redactor: Redactor) -> Verdict:
    """Return the verdict with secrets removed from its free text.

    Ids, levels and outcomes come from the suite and contain no secrets.
    """
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
    """Return the footer of a run without secrets."""
    return replace(footer, summary=_values(dict(footer.summary), redactor))


def _values(data: Any, redactor: Redactor) -> Any:
    """Return JSON-like data with redacted texts, which may quote the target; keys come from the suite."""
    if isinstance(data, dict):
        return {key: _values(value, redactor) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_values(item, redactor) for item in data]
    return redactor.message(data) if isinstance(data, str) else data
