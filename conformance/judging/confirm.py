"""Confirms a failure before it is reported: the check is repeated with new responses until a statistical test decides.

The statistical test is sequential, and uses the number of failures of the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from conformance.verdict import MOST, Decision, Outcome, Rates, Reason, Verdict, decide, fewest, wilson

Ask = Callable[[Sequence[int]], Iterable[Verdict]]
"""Judges a check again, once for each number, and returns the verdicts."""

_FAILED = frozenset({Outcome.FAIL, Outcome.WARN})
_NOT_ASKED = frozenset(
    {
        Reason.BUDGET_EXHAUSTED,
        Reason.INTERRUPTED,
        Reason.TARGET_DIED,
        Reason.RATE_LIMITED,
        Reason.PREREQUISITE_FAILED,
        Reason.LIMITS_IGNORED,
    }
)
"""Reasons of a repetition that shows nothing: it could not be sent, or was not answered."""


def confirmed(first: Verdict, rates: Rates, ask: Ask) -> Verdict:
    """Return the first verdict, unless it is a failure that repetitions of the check do not confirm.

    If the repetitions do not confirm the failure, the verdict is inconclusive with the reason `flaky`. If the check
    cannot be repeated, the verdict is inconclusive, and its reason says why the check cannot be repeated.
    """
    verdicts = [first]
    if first.outcome not in _FAILED:
        return first
    while (decision := _decision(rates, verdicts)) is Decision.OPEN and len(verdicts) < MOST:
        more = fewest(rates, _failed(verdicts), len(verdicts))
        verdicts += ask(range(len(verdicts), len(verdicts) + more))
        for verdict in verdicts:
            if verdict.outcome is Outcome.ERROR:
                return verdict
            if verdict.reason in _NOT_ASKED:
                return _unconfirmed(first, verdicts, verdict)
    return _told(first, verdicts, flaky=decision is not Decision.BROKEN)


def repeated(first: Verdict, times: int, ask: Ask) -> Verdict:
    """Execute a check `times` times in total, even if the first verdict is a pass, and return the verdict."""
    others = [each for each in ask(range(1, times)) if each.reason not in _NOT_ASKED]
    verdicts = [first, *others]
    error = next((each for each in verdicts if each.outcome is Outcome.ERROR), None)
    failed = [each for each in verdicts if each.outcome in _FAILED]
    if error or not failed:
        return error or replace(first, asked=len(verdicts))
    return _told(failed[0], verdicts, flaky=len(failed) < len(verdicts))


def _decision(rates: Rates, verdicts: Sequence[Verdict]) -> Decision:
    return decide(rates, _failed(verdicts), len(verdicts))


def _failed(verdicts: Iterable[Verdict]) -> int:
    return sum(verdict.outcome in _FAILED for verdict in verdicts)


def _told(first: Verdict, verdicts: Sequence[Verdict], *, flaky: bool) -> Verdict:
    """Return the verdict of a failure with all evidence, and how often it failed."""
    failed, asked = _failed(verdicts), len(verdicts)
    low, high = wilson(failed, asked)
    said = f"failed {failed} of {asked} times (95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
    return replace(
        first,
        outcome=Outcome.INCONCLUSIVE if flaky else first.outcome,
        reason=Reason.FLAKY if flaky else first.reason,
        detail="; ".join(filter(None, (first.detail, said))),
        exchanges=_evidence(verdicts),
        asked=asked,
        failed=failed,
    )


def _unconfirmed(first: Verdict, verdicts: Sequence[Verdict], why: Verdict) -> Verdict:
    judged = sum(verdict.reason not in _NOT_ASKED for verdict in verdicts)
    said = f"failed {_failed(verdicts)} of {judged} times, and could not be confirmed: {why.detail or why.reason}"
    detail = "; ".join(filter(None, (first.detail, said)))
    return replace(first, outcome=Outcome.INCONCLUSIVE, reason=why.reason, detail=detail, exchanges=_evidence(verdicts))


def _evidence(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for verdict in verdicts for name in verdict.exchanges))
