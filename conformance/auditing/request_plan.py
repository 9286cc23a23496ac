"""Estimates the requests of a run from the number of requests that each probe sends to the reference endpoint.

`python -m benchmarks.request_plan --write` counts the requests and writes `request_plan.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.checks.index import checks
from conformance.config import Depth, Target
from conformance.contract import Registry, is_named
from conformance.engine import ProbeKey, probes
from conformance.judging.baseline import baseline

FILE = Path(__file__).with_suffix(".json")
BEFORE = "preflight"
"""The name of the baseline requests in the file."""
AFTER = "cleanup"
"""The name of the requests in the file that delete the objects of a complete run."""
_UNKNOWN = (1, 60, 16)
"""The assumed cost of a probe that is missing from the file: requests, input tokens, output tokens."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A number of requests with their tokens: the estimated input tokens and the maximum output tokens."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Asked) -> Asked:
        """Return the sum of both."""
        return Asked(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """The expected requests of a run, counted for the first area that needs them, and the number of requirements."""

    requirements: int
    areas: Mapping[str, Asked]

    @property
    def all(self) -> Asked:
        """All requests together."""
        return sum(self.areas.values(), Asked())


def is_counted(profile: str) -> bool:
    """Return whether the requests of a profile were counted; the requests of external packs were not."""
    return profile in _counted()


def request_plan(target: Target, registry: Registry, only: Sequence[str] = ()) -> RequestPlan:
    """Return the expected requests of a run against this target. A request that several probes share is counted once."""
    wanted = [check for check in checks() if check.requirement in registry and check.applies(target, registry)]
    wanted = [check for check in wanted if not only or is_named(check.requirement, only)]
    known = _Counted.of(target)
    areas: dict[str, Asked] = {}
    for check in sorted(wanted, key=lambda check: check.judges_the_run):
        keys = [key for case in check.cases for key in check.keys(case)]
        keys += baseline([check.requirement], target.profile) if check.judges_the_run else []
        area = registry[check.requirement].area
        areas[area] = areas.get(area, Asked()) + known.take(keys)
    share = known.share
    for name in (BEFORE, AFTER):
        part = known.once(name, 1.0 if name == BEFORE else share)
        areas[name] = areas.get(name, Asked()) + part
    return RequestPlan(
        len({check.requirement for check in wanted}), {name: each for name, each in areas.items() if each.requests}
    )


class _Counted:
    """The counted requests for one profile and depth, each taken once."""

    def __init__(self, costs: Sequence[tuple[int, int]], stagings: Mapping[str, Sequence[int]]) -> None:
        self._costs = costs
        self._stagings = stagings
        self._taken: set[int] = set()
        self._unknown: set[str] = set()

    @classmethod
    def of(cls, target: Target) -> _Counted:
        """Return the counts for the target's profile and depth; for an uncounted profile, OpenAI's."""
        data = _counted()
        profile = data.get(target.profile.name) or data["openai"]
        depth = str(Depth.DEEP if target.deep else target.depth)
        stagings: dict[str, Sequence[int]] = {}
        for name in (Depth.QUICK, Depth.STANDARD, Depth.DEEP):
            stagings |= profile["stagings"].get(str(name), {})
            if str(name) == depth:
                break
        return cls([(int(each[0]), int(each[1])) for each in profile["requests"]], stagings)

    @property
    def share(self) -> float:
        """Return the fraction of all possible requests that was taken."""
        whole = {place for name, places in self._stagings.items() if name not in (BEFORE, AFTER) for place in places}
        return len(self._taken) / max(1, len(whole))

    def take(self, keys: Iterable[ProbeKey]) -> Asked:
        """Return the requests of these probes and the probes that they need, without those already taken."""
        found = Asked()
        for key in _closure(keys):
            places = self._stagings.get(str(key))
            if places is None:
                if str(key) not in self._unknown:
                    self._unknown.add(str(key))
                    found += Asked(*_UNKNOWN)
                continue
            for place in set(places) - self._taken:
                self._taken.add(place)
                found += Asked(1, *self._costs[place])
        return found

    def once(self, name: str, share: float) -> Asked:
        """Return a share of the requests under a separate name."""
        places = self._stagings.get(name, ())
        return Asked(
            round(len(places) * share), *(round(sum(self._costs[p][n] for p in places) * share) for n in (0, 1))
        )


def _closure(keys: Iterable[ProbeKey]) -> list[ProbeKey]:
    known = probes()
    found: dict[ProbeKey, None] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in found or key.name not in known:
            continue
        found[key] = None
        waiting += [
            ProbeKey(name, known[name].transport(key.transport)) for name in known[key.name].needs if name in known
        ]
    return list(found)


@cache
def _counted() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return data
