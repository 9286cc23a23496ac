"""Defines the outcome of a violation of each level, how verdicts are combined, and the exit code of the process."""

from __future__ import annotations

from collections.abc import Container, Iterable
from enum import IntEnum

from conformance.verdict.outcome import Level, Outcome, Reason
from conformance.verdict.state import is_judged
from conformance.verdict.verdict import Finding, Verdict


class ExitCode(IntEnum):
    """The exit code of a `conformance` command.

    `TARGET_GONE` (target unreachable, or died during the run) takes precedence over `BROKEN`: the run is incomplete,
    and a CI system may repeat it.
    """

    CONFORMS = 0
    BROKEN = 1
    USAGE = 2
    HARNESS_ERROR = 3
    NOTHING_JUDGED = 4
    TARGET_GONE = 5
    KEY_REJECTED = 6
    INTERRUPTED = 130


def outcome_of_break(level: Level) -> Outcome:
    """Return the outcome of a violation by level: MUST gives `fail`, SHOULD gives `warn`, MAY gives `unsupported`."""
    return {
        Level.MUST: Outcome.FAIL,
        Level.SHOULD: Outcome.WARN,
        Level.MAY: Outcome.UNSUPPORTED,
    }[level]


def combine(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """Return one verdict per requirement, in the original order: the most severe verdict among its cases.

    Any other outcome takes precedence over `not-applicable`. The combined verdict keeps the findings and exchanges of
    all cases with the most severe outcome.
    """
    by_requirement: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_requirement.setdefault(verdict.requirement, []).append(verdict)
    return {requirement: _combine_cases(cases) for requirement, cases in by_requirement.items()}


def _combine_cases(cases: list[Verdict]) -> Verdict:
    applicable = [case for case in cases if case.outcome is not Outcome.NOT_APPLICABLE] or cases
    worst = max(applicable, key=lambda case: case.outcome.severity)
    winners = [case for case in applicable if case.outcome is worst.outcome]
    findings: dict[Finding, None] = {}
    exchanges: dict[str, None] = {}
    for case in winners:
        findings.update(dict.fromkeys(case.findings))
        exchanges.update(dict.fromkeys(case.exchanges))
    return Verdict(
        requirement=worst.requirement,
        level=worst.level,
        outcome=worst.outcome,
        case=",".join(dict.fromkeys(case.case for case in winners if case.case)),
        reason=worst.reason,
        detail=worst.detail,
        findings=tuple(findings),
        exchanges=tuple(exchanges),
        seen=sum(case.seen for case in cases),
        difference=worst.difference,
        broken=sum(case.broken for case in winners),
        asked=sum(case.asked for case in winners),
        failed=sum(case.failed for case in winners),
    )


# Reasons that lie in the target or the run, not in the model: these requirements were not answered, or not asked.
_UNANSWERED = frozenset(
    {
        Reason.RATE_LIMITED,
        Reason.PREREQUISITE_FAILED,
        Reason.BUDGET_EXHAUSTED,
        Reason.INTERRUPTED,
        Reason.TARGET_DIED,
        Reason.CHECK_STOPPED,
        Reason.NOT_ASKED,
        Reason.LIMITS_IGNORED,
    }
)


def exit_code(verdicts: Iterable[Verdict], failing: Container[str] | None = None) -> ExitCode:
    """Return the exit code of a run with the given verdicts.

    `failing` lists the requirements that fail a gate; None means that there is no gate, and every verdict `fail`
    counts.

    A run that judged nothing or got too few answers never exits with success, because a target that died after its
    first answers must not count as conforming.
    """
    verdicts = list(verdicts)
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.ERROR in outcomes:
        return ExitCode.HARNESS_ERROR
    if any(_fails(verdict, failing) for verdict in verdicts):
        return ExitCode.BROKEN
    judged = sum(is_judged(verdict.outcome) for verdict in verdicts)
    unanswered = sum(verdict.reason in _UNANSWERED for verdict in verdicts)
    return ExitCode.CONFORMS if judged > 0 and judged >= unanswered else ExitCode.NOTHING_JUDGED


def _fails(verdict: Verdict, failing: Container[str] | None) -> bool:
    return verdict.outcome is Outcome.FAIL if failing is None else verdict.requirement in failing
