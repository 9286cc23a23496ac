"""Plans from the index of checks which cases an audit judges and which probes they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.checks.index import Check, checks
from conformance.config import Target
from conformance.contract import Registry, is_named
from conformance.engine import ProbeKey, executions
from conformance.judging.baseline import baseline


@dataclass(frozen=True, slots=True)
class Plan:
    """The cases to judge (requirement and case), and the probes to start.

    `in_order` has the cases with their checks in the order of judging: those that judge all exchanges are last.
    """

    cases: tuple[tuple[str, str], ...]
    keys: tuple[ProbeKey, ...]
    in_order: tuple[tuple[Check, str], ...]


def plan(target: Target, registry: Registry, only: Sequence[str]) -> Plan:
    """Return the plan of an audit; `only` lists ids of requirements or areas, empty for all requirements."""
    chosen = [
        check
        for check in checks()
        if check.applies(target, registry) and (not only or is_named(check.requirement, frozenset(only)))
    ]
    keys = [key for check in chosen for case in check.cases for key in check.keys(case)]
    keys = executions(keys, target.repeat)
    keys += baseline((check.requirement for check in chosen if check.judges_the_run), target.profile)
    cases = tuple((check.requirement, case) for check in chosen for case in check.cases)
    in_order = [(check, case) for check in sorted(chosen, key=lambda each: each.judges_the_run) for case in check.cases]
    return Plan(cases, tuple(dict.fromkeys(keys)), tuple(in_order))
