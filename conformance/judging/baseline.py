"""Selects the baseline probes, which run for invariants whatever other checks are selected.

Because the baseline probes always run, the verdict of an invariant does not depend on the selection of other checks.
The baseline probes get every kind of response that invariants judge: streamed and unstreamed, truncated, with several
choices, with tool calls, with usage in the stream, and errors. The table of operations in `conformance.api` lists the
baseline probes.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.api import CORE, OPERATIONS, Operation, by_route
from conformance.checks.listed import listed_checks
from conformance.config import Profile
from conformance.engine import ProbeKey, Transport, probes


def baseline(invariants: Iterable[str], profile: Profile) -> list[ProbeKey]:
    """Return the baseline probes, which give the selected invariants exchanges to judge.

    If a probe supports several transports, the returned list has one key for each of these transports.
    """
    listed_checks()  # makes all probes known
    known = probes()
    names = sorted({names for invariant in invariants if (names := _names(invariant, profile))})
    return [
        ProbeKey(name, transport)
        for name in dict.fromkeys(name for each in names for name in each)
        for transport in Transport
        if transport in known[name].transports
    ]


def _names(invariant: str, profile: Profile) -> tuple[str, ...]:
    """Return the probes of an invariant's surface; rules about errors and HTTP use chat and its errors."""
    surface = invariant.partition(".")[0]
    if surface == "contract":
        return (*_baseline(OPERATIONS), *profile.baseline, *_faults(OPERATIONS))
    core = by_route()[CORE]
    return _baseline(by_route().get(surface, ())) or (*_baseline(core), *_faults(core))


def _baseline(operations: Iterable[Operation]) -> tuple[str, ...]:
    return tuple(name for operation in operations for name in operation.baseline)


def _faults(operations: Iterable[Operation]) -> tuple[str, ...]:
    return tuple(name for operation in operations for name in operation.faults)
