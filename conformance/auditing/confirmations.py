"""Estimates the requests that confirm failures, which a run sends in addition to the requests of its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.auditing.counted import Asked, Counted
from conformance.auditing.plan import plan
from conformance.checks.index import Check, CheckKind
from conformance.config import Target
from conformance.contract import ModelDependence, Registry
from conformance.contract.error_rates import lawful_share, rates_of
from conformance.verdict import repetitions


@dataclass(frozen=True, slots=True)
class Confirmations:
    """The requests of a run that confirm failures.

    `expected` is the mean number of confirming requests for a target that meets all requirements. For each check,
    `expected` uses the highest failure rate measured on any lawful variation of the reference endpoint. `most` is an
    upper bound for any target: every check whose verdict depends on the model fails, and its sequential test decides as
    late as possible.
    """

    expected: float
    most: Asked


def confirmations(target: Target, registry: Registry, only: Sequence[str] = ()) -> Confirmations:
    """Return the estimated number of requests that confirm failures in a run against this target."""
    planned, known = plan(target, registry, only), Counted.of(target)
    of_probes = [known.places([key]) for key in planned.keys]
    expected, bound = 0.0, Asked()
    again: dict[int, set[int | str]] = {}
    for check, case in planned.in_order:
        if not _is_confirmed(check, registry):
            continue
        mean, most = repetitions(rates_of(check.requirement), lawful_share(check.requirement))
        if check.kind is CheckKind.INVARIANT:  # the probe with the violation is repeated, which may be any probe
            expected += mean * sum(map(len, of_probes)) / max(len(of_probes), 1)
            largest = max(of_probes, key=len, default=frozenset[int | str]())
            bound += sum([known.cost(largest)] * most, Asked())
            continue
        places = known.places(check.keys(case))
        expected += mean * len(places)
        for number in range(most):
            again.setdefault(number, set()).update(places)  # checks share the repetitions of their probes
    return Confirmations(expected, sum((known.cost(places) for places in again.values()), bound))


def _is_confirmed(check: Check, registry: Registry) -> bool:
    """Return whether a failure of this check is confirmed before it is reported."""
    known = registry.get(check.requirement)
    return known is not None and known.model is not ModelDependence.NONE and check.kind is not CheckKind.TALLIED
