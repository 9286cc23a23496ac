"""Compare the verdicts of two audits of one target, without those that a busy machine decides."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.verdict import Outcome, Reason, Verdict

TIMED = frozenset({"chat.stream.incremental", "http.disconnect"})
"""Requirements whose check reads times, and gives no verdict where the times show nothing."""
UNJUDGED = frozenset({Reason.PREMISE_NOT_MET, Reason.PREREQUISITE_FAILED})

Case = tuple[str, str]
Result = tuple[str, str]


def results(verdicts: Iterable[Verdict]) -> dict[Case, Result]:
    """Return outcome and reason of each case of a requirement."""
    return {(each.requirement, each.case): (str(each.outcome), str(each.reason)) for each in verdicts}


def differences(some: Iterable[Verdict], others: Iterable[Verdict]) -> dict[Case, tuple[Result | None, Result | None]]:
    """Return the cases whose results differ, except where a timing check could not judge one of the two runs."""
    one, two = results(some), results(others)
    return {
        case: (one.get(case), two.get(case))
        for case in {**one, **two}
        if one.get(case) != two.get(case)
        and not (case in one and case in two and case[0] in TIMED and (_unjudged(one[case]) or _unjudged(two[case])))
    }


def _unjudged(result: Result) -> bool:
    return result in {(str(Outcome.INCONCLUSIVE), str(reason)) for reason in UNJUDGED}
