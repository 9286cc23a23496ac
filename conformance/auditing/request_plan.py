"""Estimates the number of requests of a run: the sum of the requests that its probes send."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.auditing.counted import AFTER, BEFORE, Asked, Counted, closure
from conformance.auditing.plan import plan
from conformance.config import Target
from conformance.contract import Registry
from conformance.engine import ProbeKey, TokenPlan
from conformance.judging.baseline import baseline


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """The expected number of requests of a run by area, and the number of requirements that are tested.

    A request that several areas need is counted only once, for the first of these areas.
    """

    requirements: int
    areas: Mapping[str, Asked]

    @property
    def all(self) -> Asked:
        """The sum of the requests of all areas."""
        return sum(self.areas.values(), Asked())


_LIMIT = re.compile(r"^(?!.*\berror\.).*\.max-(completion-|output-)?tokens\b")
"""Requirements about token limits, except those about rejected limits."""


def token_plan(target: Target, registry: Registry, only: Sequence[str] = ()) -> TokenPlan:
    """Return the number of output tokens planned for a run, and the probes that test token limits."""
    judges = {
        key.name
        for check in plan(target, registry, only).in_order
        if _LIMIT.search(check[0].requirement)
        for key in closure(check[0].keys(check[1]))
    }
    return TokenPlan(request_plan(target, registry, only).all.output_tokens, frozenset(judges))


def request_plan(target: Target, registry: Registry, only: Sequence[str] = ()) -> RequestPlan:
    """Return the expected numbers of requests of a run against this target.

    A request that several probes share is counted once.
    """
    planned = plan(target, registry, only)
    asked = frozenset(planned.keys)
    known = Counted.of(target)
    areas = {BEFORE: known.take_first()}
    cases = [(check, case) for check, case in planned.in_order if check.requirement in registry]
    for check, case in cases:
        keys = [*check.keys(case)]
        keys += baseline([check.requirement], target.profile) if check.judges_the_run else []
        area = registry[check.requirement].area
        areas[area] = areas.get(area, Asked()) + known.take(key for key in keys if key in asked)
    areas[AFTER] = Asked() if target.gentle else known.deletions()
    return RequestPlan(
        len({check.requirement for check, _ in cases}), {name: each for name, each in areas.items() if each.requests}
    )


def requests_to_come(target: Target, unfinished: Sequence[ProbeKey]) -> int:
    """Return how many requests, deletions included, a run can still send if all other probes have ended."""
    known = Counted.of(target)
    return (known.take(unfinished) + (Asked() if target.gentle else known.deletions())).requests
