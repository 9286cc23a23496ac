"""Compares the verdicts in a run file with the verdicts of a replay of the same run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.record import RedactedRun
from conformance.verdict import Outcome, Reason, Verdict, combine

_NOT_IN_EXCHANGES = (
    Reason.BUDGET_EXHAUSTED,
    Reason.CHECK_STOPPED,
    Reason.INTERRUPTED,
    Reason.LIMITS_IGNORED,
    Reason.PREREQUISITE_FAILED,
    Reason.TARGET_DIED,
)
"""Why a request was not sent or a check was not judged. A replay cannot show it: it only lacks the response."""
_UNJUDGED = (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class ReplayComparison:
    """How the verdicts of a run file compare with the verdicts of a replay.

    `differences` has one sentence for each difference between recorded and replayed verdicts. `judged` counts the
    verdicts that are equal in the run file and in the replay. `not_judged` counts the cases that the run did not judge
    for a reason that a replay cannot show, such as a spent budget.
    """

    differences: tuple[str, ...]
    judged: int
    not_judged: int = 0


def compare_verdicts(recorded: RedactedRun, replayed: RedactedRun) -> ReplayComparison:
    """Compare every field of every verdict, and the parts of the footer that follow from the verdicts and exchanges."""
    differences: list[str] = []
    judged = not_judged = 0
    again = {(verdict.requirement, verdict.case): verdict for verdict in replayed.verdicts}
    early = _ended_early(recorded)
    seen: set[tuple[str, str]] = set()
    for verdict in recorded.verdicts:
        key = (verdict.requirement, verdict.case)
        if key in seen:
            differences.append(f"{_named(verdict)}: run.ndjson has two verdicts")
            continue
        seen.add(key)
        other = again.get(key)
        if verdict == other:
            judged += 1
        elif _claims_nothing(verdict, other, early=early):
            not_judged += 1
        else:
            differences.append(f"{_named(verdict)}: {_difference(verdict, other)}")
    for key, verdict in again.items():
        if key in seen:
            continue
        if recorded.footer is None:
            not_judged += 1
        else:
            differences.append(f"{_named(verdict)}: run.ndjson has no verdict, the replay says {_said(verdict)}")
    differences += _footer(recorded, replayed)
    return ReplayComparison(tuple(differences), judged, not_judged)


def _ended_early(run: RedactedRun) -> bool:
    """Return whether the run may have recorded responses that were not judged, because time ran out or it was stopped."""
    ended = run.interrupted or not run.complete or run.ending is not None
    return ended or bool(run.header.settings.get("max_seconds"))


def _claims_nothing(recorded: Verdict, replayed: Verdict | None, *, early: bool) -> bool:
    """Return whether the run did not judge a case for a reason that a replay cannot show.

    If the run did not end early and the replay judges the case, the recorded verdict hides a judgement.
    """
    unjudged = recorded.outcome is Outcome.INCONCLUSIVE and recorded.reason in _NOT_IN_EXCHANGES
    return unjudged and (early or replayed is None or replayed.outcome in _UNJUDGED)


def _difference(recorded: Verdict, replayed: Verdict | None) -> str:
    if replayed is None:
        return f"run.ndjson says {_said(recorded)}, the replay has no verdict"
    if _said(recorded) != _said(replayed):
        return f"run.ndjson says {_said(recorded)}, the replay says {_said(replayed)}"
    fields = [name for name in Verdict.__slots__ if getattr(recorded, name) != getattr(replayed, name)]
    return f"run.ndjson and the replay both say {_said(recorded)}, but differ in {', '.join(fields)}"


def _footer(run: RedactedRun, replayed: RedactedRun) -> Iterator[str]:
    """Yield a sentence for each part of the footer that does not follow from the verdicts and exchanges."""
    summary = run.footer.summary if run.footer else {}
    told = summary.get("by_outcome")
    counted = Counter(str(verdict.outcome) for verdict in combine(run.verdicts).values())
    stated = {name: number for name, number in told.items() if number} if isinstance(told, Mapping) else told
    if told is not None and stated != dict(counted):
        yield "the footer of run.ndjson counts other outcomes than its verdicts have"
    again = replayed.footer.summary if replayed.footer else {}
    if run.complete and summary.get("contracts") != again.get("contracts"):
        yield "the footer of run.ndjson compares the exchanges with the OpenAPI documents differently than the replay"


def _named(verdict: Verdict) -> str:
    return f"{verdict.requirement} ({verdict.case})" if verdict.case else verdict.requirement


def _said(verdict: Verdict) -> str:
    level = f"{verdict.outcome} at level {verdict.level}"
    return f"{level} ({verdict.reason})" if verdict.reason else level
