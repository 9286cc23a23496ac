"""Shows a verdict to pytest and its plugins: outcome, text, and an exception that replaces the check's exception."""

from __future__ import annotations

from traceback import format_exception

import pytest

from conformance.checks.language import describe
from conformance.report.safe_text import error_line, for_terminal
from conformance.verdict import Outcome, Verdict
from conformance.wire import Redactor

# Outcomes that neither keep nor break a MUST show as skipped tests, with the outcome in the reason.
_SKIPPED = frozenset({Outcome.NOT_APPLICABLE, Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE, Outcome.WARN})


def show(
    verdict: Verdict, report: pytest.TestReport, item: pytest.Item, broke: BaseException | None, redactor: Redactor
) -> pytest.ExceptionInfo[BaseException] | None:
    """Write the verdict into pytest's report of the test.

    Return the exception that pytest passes to other plugins; None for a pass.

    `broke` is the exception that the check raised, if any. If the suite itself failed, the traceback of `broke` is
    shown without secrets.
    """
    report.user_properties.append(("conformance", verdict.to_dict()))
    shown_detail = error_line(f"{verdict.outcome} {verdict.detail}")
    report.sections.append(("conformance", f"{verdict.requirement}: {shown_detail}"))
    if verdict.outcome is Outcome.PASS:
        report.outcome, report.longrepr = "passed", None
        return None
    said = verdict.detail or next((f"expected {f.expected}, got {f.observed}" for f in verdict.findings), "")
    if verdict.outcome in _SKIPPED:
        path, line, _ = item.location
        report.outcome = "skipped"
        report.longrepr = (path, (line or 0) + 1, error_line(f"{verdict.outcome}: {said}"))
    else:
        report.outcome = "failed"
        head = f"{verdict.level} {verdict.requirement} {verdict.detail}".rstrip()
        shown = [head, *(describe(finding) for finding in verdict.findings)]
        trace = "".join(format_exception(broke)) if broke and verdict.outcome is Outcome.ERROR else ""
        report.longrepr = for_terminal(redactor.message(trace) if trace else "\n".join(shown))
    return _raised(verdict, said)


def _raised(verdict: Verdict, said: str) -> pytest.ExceptionInfo[BaseException]:
    """Return the verdict as an exception of the class for its outcome."""
    kind = RuntimeError if verdict.outcome is Outcome.ERROR else AssertionError
    try:
        raise kind(f"{verdict.outcome}: {said}")
    except (RuntimeError, AssertionError) as error:
        return pytest.ExceptionInfo.from_exception(error)
