"""Decides which probe goes first: the one with the most rounds of requests between it and the end of the run.

A round is a request, or several at once, that waits for the one before. `rounds.json` has the rounds of each probe that has
more than one; `python -m benchmarks.rounds --write` counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from conformance.engine.probe import ProbeKey, probes

FILE = Path(__file__).with_name("rounds.json")


class Order:
    """Knows the probes that were started, and how many rounds follow each."""

    def __init__(self) -> None:
        self._waiting: dict[ProbeKey, set[ProbeKey]] = {}
        self._needed: dict[ProbeKey, tuple[ProbeKey, ...]] = {}
        self._ahead: dict[ProbeKey, int] = {}

    def add(self, keys: Iterable[ProbeKey]) -> None:
        """Add probes that are started, with the probes that they need."""
        self._ahead.clear()
        known = probes()
        new = [key for key in keys if key not in self._needed]
        while new:
            key = new.pop()
            names = known[key.name].needs if key.name in known else ()
            needed = [
                ProbeKey(each, known[each].transport(key.transport), key.again) for each in names if each in known
            ]
            self._needed[key] = tuple(needed)
            for each in needed:
                self._waiting.setdefault(each, set()).add(key)
            new += [each for each in needed if each not in self._needed]

    def chain(self, key: ProbeKey) -> int:
        """Return the rounds of the longest chain that begins with the probe or with one that it needs."""
        return max([self.ahead(key), *map(self.chain, self._needed.get(key, ()))])

    def ahead(self, key: ProbeKey) -> int:
        """Return the rounds of a probe and of the longest chain of probes that wait for it."""
        if key not in self._ahead:
            self._ahead[key] = rounds_of(key)  # so that a chain that leads to itself ends
            self._ahead[key] += max(map(self.ahead, self._waiting.get(key, ())), default=0)
        return self._ahead[key]


def rounds_of(key: ProbeKey) -> int:
    """Return the rounds of one probe; 1 for a probe that was not counted."""
    return _rounds().get(str(key._replace(again=0)), 1)


@cache
def _rounds() -> Mapping[str, int]:
    data: Mapping[str, int] = json.loads(FILE.read_text("utf-8"))
    return data
