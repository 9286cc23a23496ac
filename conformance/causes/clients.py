"""Finds the client libraries that fail under the fault of a cause, from measurements with real clients."""

from __future__ import annotations

from collections.abc import Collection

from conformance.contract import load_client_faults


def failing_clients(shown_by: Collection[tuple[str, str]]) -> tuple[tuple[str, ...], int]:
    """Return the clients that fail under a fault, and how many clients were tested with it.

    `shown_by` lists pairs: a violated requirement, and the id of a symptom. If `shown_by` matches several measured
    faults, the function returns the failing clients of only one of these faults: the fault that makes the most clients
    fail. Clients were tested with one fault at a time, so the effect of several faults together is unknown.
    """
    known = [each for each in load_client_faults() if all(_shown(pair, shown_by) for pair in each.shows)]
    most = max(known, key=lambda each: len(each.fail), default=None)
    return ((), 0) if most is None else (most.fail, len(most.tested))


def _shown(wanted: tuple[str, str], shown_by: Collection[tuple[str, str]]) -> bool:
    requirement, symptom = wanted
    return any(name == requirement and (key == symptom or key.startswith(f"{symptom}-")) for name, key in shown_by)
