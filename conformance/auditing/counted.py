"""The number of requests and tokens that each probe needs, counted at the reference endpoint.

`python -m benchmarks.request_plan --write` counts the requests and writes `request_plan.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.config import Depth, Target
from conformance.engine import ProbeKey, probes

FILE = Path(__file__).with_name("request_plan.json")
BEFORE = "preflight"
"""The name of the baseline requests in the file."""
AFTER = "cleanup"
"""The name of the requests in the file that delete the objects of a complete run."""
_UNKNOWN = (1, 60, 16)
"""The assumed cost of a probe that is missing from the file: requests, input tokens, output tokens."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A number of requests, with their estimated input tokens and their maximum output tokens."""

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


def is_counted(profile: str) -> bool:
    """Return whether the requests for a profile were counted; the requests for profiles of external packs were not."""
    return profile in _data()


def gentle_probes(profile: str) -> frozenset[str]:
    """Return the probes that are gentle in a run with this profile: the reference endpoint accepted all their requests.

    If `request_plan.json` has no data for the given profile, the function returns the gentle probes of OpenAI's
    profile.
    """
    data = _data()
    return frozenset((data.get(profile) or data["openai"])["gentle"])


class Counted:
    """Counts the requests for one profile and depth; a request that several probes share is counted once."""

    def __init__(
        self,
        costs: Sequence[tuple[int, int]],
        stagings: Mapping[str, Sequence[int]],
        deletes: Mapping[str, Sequence[int]],
    ) -> None:
        self._costs = costs
        self._deletes = deletes
        self._stagings = stagings
        self._taken: set[int] = set()
        self._named: set[str] = set()
        self._unknown: set[str] = set()

    @classmethod
    def of(cls, target: Target) -> Counted:
        """Return the counted requests for the target's profile and depth.

        If `request_plan.json` has no counts for the target's profile, the counts for OpenAI's profile are returned.
        """
        data = _data()
        profile = data.get(target.profile.name) or data["openai"]
        depth = str(Depth.DEEP if target.deep else target.depth.tests)
        stagings: dict[str, Sequence[int]] = {}
        for name in (Depth.QUICK, Depth.STANDARD, Depth.DEEP):
            stagings |= profile["stagings"].get(str(name), {})
            if str(name) == depth:
                break
        costs = [(int(each[0]), int(each[1])) for each in profile["requests"]]
        return cls(costs, stagings, profile["deletes"])

    def places(self, keys: Iterable[ProbeKey]) -> frozenset[int | str]:
        """Return an identifier for each request of the given probes and the probes they need, deletions included.

        Each request in `request_plan.json` is identified by a number. A probe whose requests were not counted is
        assumed to send one request, identified by the probe's name.
        """
        found: set[int | str] = set()
        for name in map(str, closure(keys)):
            found.update(self._stagings.get(name, [name]), self._deletes.get(name, ()))
        return frozenset(found)

    @property
    def first(self) -> frozenset[int | str]:
        """Return the baseline requests; some of them are also requests of probes."""
        return frozenset(self._stagings[BEFORE])

    def cost(self, places: Iterable[int | str]) -> Asked:
        """Return the number of the given requests, and the number of their tokens."""
        known = (Asked(1, *self._costs[place]) if isinstance(place, int) else Asked(*_UNKNOWN) for place in places)
        return sum(known, Asked())

    def take(self, keys: Iterable[ProbeKey]) -> Asked:
        """Count the requests of the given probes and of the probes that they need, except requests counted earlier."""
        found = Asked()
        for key in closure(keys):
            self._named.add(str(key))
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

    def take_first(self) -> Asked:
        """Count the baseline requests, and mark them as counted, so that `take` does not count them a second time."""
        found = Asked()
        for place in set(self._stagings[BEFORE]):
            self._taken.add(place)
            found += Asked(1, *self._costs[place])
        return found

    def deletions(self) -> Asked:
        """Count the DELETE requests for all objects that the probes passed to `take` create.

        Objects that one of the given probes deletes are not counted a second time.
        """
        places = {place for name in self._named for place in self._deletes.get(name, ())} - self._taken
        return Asked(len(places), *(sum(self._costs[place][n] for place in places) for n in (0, 1)))


def closure(keys: Iterable[ProbeKey]) -> list[ProbeKey]:
    """Return the given probes and all probes that they need."""
    known = probes()
    found: dict[ProbeKey, None] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in found or key.name not in known:
            continue
        found[key] = None
        waiting += [
            ProbeKey(name, known[name].transport(key.transport), key.again)
            for name in known[key.name].needs
            if name in known
        ]
    return list(found)


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return data
