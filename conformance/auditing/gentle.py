"""Selects the probes that a gentle run executes: probes that store nothing and send no faulty requests.

A probe is gentle if the reference endpoint accepted all its requests. `benchmarks.request_plan` finds the gentle
probes, and stores their names in `request_plan.json`. A probe that `request_plan.json` does not list, such as a probe
of an external pack, counts as not gentle.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.api import operation_at
from conformance.auditing.counted import closure, gentle_probes
from conformance.engine import ProbeKey, keeps_state
from conformance.wire import Exchange

LARGE = 64 * 1024
"""Bytes from which a request is not gentle."""


def is_gentle(key: ProbeKey, profile: str) -> bool:
    """Return whether a probe and all probes that it needs are gentle."""
    known = gentle_probes(profile)
    return all(str(each._replace(again=0)) in known for each in (key, *closure([key])))


def all_gentle(exchanges: Iterable[Exchange]) -> bool:
    """Return whether a gentle run may send the requests of these exchanges with the reference endpoint.

    A request is gentle if it was accepted, is small, and neither creates nor uses a stored object.
    """
    return all(_is_harmless(each) for each in exchanges)


def _is_harmless(exchange: Exchange) -> bool:
    request = exchange.request
    accepted = exchange.status == 200 and exchange.failure is None and not exchange.stopped
    known = operation_at(request.method, request.path) is not None and not request.on_socket
    return accepted and known and len(request.body) < LARGE and not keeps_state(request)
