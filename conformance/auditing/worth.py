"""Orders probes by their worth: how many mutants a probe reveals, relative to the requests and tokens that it costs.

`worth.json` has the order of the probes for each profile. `python -m tests.proof.worth --write` computes `worth.json`
from the kill matrix.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.auditing.counted import Counted, closure
from conformance.config import Target
from conformance.engine import ProbeKey, Transport

FILE = Path(__file__).with_suffix(".json")


def by_worth(keys: Collection[ProbeKey], profile: str) -> list[tuple[ProbeKey, ...]]:
    """Return the given probes in groups, the most worthwhile group first.

    Probes that are missing from `worth.json` come last, each in a separate group.
    """
    left = set(keys)
    groups: list[tuple[ProbeKey, ...]] = []
    for names in _order(profile):
        group = tuple(key for key in map(key_of, names) if key in left)
        if group:
            groups.append(group)
            left.difference_update(group)
    return [*groups, *((key,) for key in keys if key in left)]


def best(keys: Collection[ProbeKey], target: Target, requests: int) -> tuple[ProbeKey, ...]:
    """Return the probes of a run that may send at most `requests` requests.

    Groups of probes are taken in the order of `by_worth`; a group that needs too many requests is left out. The result
    includes the probes that other probes need.

    `requests` includes the baseline requests, and the requests that delete the probes' objects.
    """
    counted = Counted.of(target)
    sent = counted.first
    found: dict[ProbeKey, None] = {}
    for group in by_worth(keys, target.profile.name):
        more = sent | counted.places(group)
        if len(more) <= requests:
            sent = more
            found.update(dict.fromkeys(closure(group)))
    return tuple(found)


def key_of(name: str) -> ProbeKey:
    """Return the probe key that a text such as `plain[json]` stands for."""
    probe, _, transport = name.removesuffix("]").partition("[")
    return ProbeKey(probe, Transport(transport))


def _order(profile: str) -> list[list[str]]:
    """Return the groups of a profile; of an unknown profile, those of OpenAI's."""
    found = _file().get(profile) or _file()["openai"]
    return [names.split() for names, *_ in found["order"]]


@cache
def _file() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return data
