"""Plans an audit: selects the cases to judge from all checks, and the probes that these cases need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.auditing.gentle import is_gentle
from conformance.auditing.worth import best, by_worth
from conformance.checks.index import Check
from conformance.checks.listed import listed_checks
from conformance.config import Depth, Target
from conformance.config.depth import SMOKE_REQUESTS
from conformance.contract import Registry, is_named
from conformance.engine import ProbeKey, executions
from conformance.judging.baseline import baseline


@dataclass(frozen=True, slots=True)
class Plan:
    """The cases to judge, each with the id of its requirement, and the probes to start.

    `in_order` lists the cases with their checks in the order of judging; checks that judge all exchanges are last.
    `later` lists the probes that start only after all other probes have ended. The probes in `later` start in the order
    of the list until the budget is spent.
    """

    cases: tuple[tuple[str, str], ...]
    keys: tuple[ProbeKey, ...]
    in_order: tuple[tuple[Check, str], ...]
    later: tuple[ProbeKey, ...] = ()


def plan(target: Target, registry: Registry, only: Sequence[str]) -> Plan:
    """Return the plan of an audit: the cases to judge and the probes to start.

    `only` lists ids of requirements or areas to test; if it is empty, all requirements are tested.
    """
    chosen = [
        check
        for check in listed_checks()
        if check.applies(target, registry) and (not only or is_named(check.requirement, frozenset(only)))
    ]
    needed = [key for check in chosen for case in check.cases for key in check.keys(case)]
    needed = executions(needed, target.repeat)
    needed += baseline((check.requirement for check in chosen if check.judges_the_run), target.profile)
    if target.gentle:
        needed = [key for key in needed if is_gentle(key, target.profile.name)]
    keys, later = _parts(target, tuple(dict.fromkeys(needed)))
    cases = [(check, case) for check in chosen for case in check.cases]
    if target.depth is Depth.SMOKE or target.gentle:
        cases = [(check, case) for check, case in cases if _is_shown(check, case, frozenset((*keys, *later)), target)]
    in_order = sorted(cases, key=lambda each: each[0].judges_the_run)
    return Plan(tuple((check.requirement, case) for check, case in cases), keys, tuple(in_order), later)


def is_part(target: Target) -> bool:
    """Return whether a run of this target may leave out some probes, or start them later than others."""
    return target.depth is Depth.SMOKE or target.gentle or target.budget.requests is not None


def _parts(target: Target, keys: Sequence[ProbeKey]) -> tuple[tuple[ProbeKey, ...], tuple[ProbeKey, ...]]:
    """Return the probes to start first, and those to start later. With a budget, the most worthwhile probes are first."""
    most = target.budget.requests
    if target.depth is Depth.SMOKE:
        asked = frozenset(best(keys, target, min(SMOKE_REQUESTS, most or SMOKE_REQUESTS)))
        return tuple(key for key in keys if key in asked), ()
    if most is None:
        return tuple(keys), ()
    first = best(keys, target, most)
    later = (key for group in by_worth(keys, target.profile.name) for key in group if key not in first)
    return first, tuple(later)


def _is_shown(check: Check, case: str, asked: frozenset[ProbeKey], target: Target) -> bool:
    """Return whether these probes suffice for a case. A check of all exchanges needs one of those that it usually reads."""
    if not asked.issuperset(check.keys(case)):
        return False
    return not check.judges_the_run or not asked.isdisjoint(baseline([check.requirement], target.profile))
