"""Decides which probe runs first: the probe that begins the longest chain of rounds of requests.

A round is one request or several simultaneous requests; a probe sends them when its previous round is answered.
`rounds.json` has the number of rounds of requests for each probe that needs more than one round.
`python -m benchmarks.rounds --write` counts the rounds of each probe, and writes `rounds.json`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from conformance.engine.probe import ProbeKey, load_functions, probes

FILE = Path(__file__).with_name("rounds.json")


class Order:
    """Tracks which probes wait for which other probes, and computes how many rounds of requests a run still needs.

    Any thread may call the methods of an `Order`.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._waiting: dict[ProbeKey, set[ProbeKey]] = {}
        self._needed: dict[ProbeKey, tuple[ProbeKey, ...]] = {}
        self._ahead: dict[ProbeKey, int] = {}

    def add(self, keys: Sequence[ProbeKey]) -> None:
        """Give the started probes, and the probes whose results they need, a place in the order of sending.

        The method `add` also imports the modules that define the started probes.
        """
        load_functions(keys)
        known = probes()
        with self._lock:
            new = [key for key in keys if key not in self._needed]
            while new:
                key = new.pop()
                names = known[key.name].needs if key.name in known else ()
                places = [(name, known[name].transport(key.transport)) for name in names if name in known]
                self._needed[key] = tuple(ProbeKey(name, transport, key.again) for name, transport in places)
                for each in self._needed[key]:
                    self._waiting.setdefault(each, set()).add(key)
                new += [each for each in self._needed[key] if each not in self._needed]
                self._ahead.clear()

    def chain(self, key: ProbeKey) -> int:
        """Return the number of rounds of requests in the longest chain of probes.

        The chain begins with the probe `key`, or with a probe whose results the probe `key` needs.
        """
        with self._lock:
            return max([self.ahead(key), *map(self.chain, self._needed.get(key, ()))])

    def ahead(self, key: ProbeKey) -> int:
        """Return the number of rounds of requests in the longest chain of probes that begins with the given probe.

        In a chain of probes, each probe waits for the results of the previous probe.
        """
        with self._lock:
            if key not in self._ahead:
                self._ahead[key] = rounds_of(key)  # so that a chain that leads to itself ends
                self._ahead[key] += max(map(self.ahead, self._waiting.get(key, ())), default=0)
            return self._ahead[key]


class Rounds:
    """Counts the rounds of requests of one running probe; requests that are sent at once belong to one round."""

    def __init__(self) -> None:
        self.ended = 0
        """The rounds from which at least one request is answered."""

    @property
    def next(self) -> int:
        """The number of the round of a request that is sent now."""
        return self.ended + 1

    def end(self, number: int) -> None:
        """Record that a request of the round with this number is answered."""
        self.ended = max(self.ended, number)


def rounds_of(key: ProbeKey) -> int:
    """Return the number of rounds of requests of a probe; 1 if `rounds.json` does not list the probe."""
    return _rounds().get(str(key._replace(again=0)), 1)


@cache
def _rounds() -> Mapping[str, int]:
    data: Mapping[str, int] = json.loads(FILE.read_text("utf-8"))
    return data
