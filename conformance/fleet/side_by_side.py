"""Runs audits side by side: within the limit of each host and the common budget, until all have ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from conformance.fleet.audits import FleetAudit
from conformance.fleet.limits import AuditBudget, FleetLimits
from conformance.fleet.schedule import is_spent, minus, share, startable

R = TypeVar("R")
_TICK_S = 0.2


@dataclass(frozen=True, slots=True)
class Crew(Generic[R]):
    """Functions that conduct audits, and functions that are called when an audit begins, ends or must stop.

    `audit` conducts one audit within a budget; it is called in a separate thread, and must not raise an exception.
    `spent` returns the requests, tokens and cost that an audit used. `began` and `ended` are called in the thread that
    called `run_side_by_side`. `interrupt` is called when the user interrupts the audits, and makes every running
    `audit` return soon. `is_interrupted` says whether a result means that no other audit shall start.
    """

    audit: Callable[[FleetAudit, AuditBudget], R]
    spent: Callable[[R], AuditBudget]
    began: Callable[[FleetAudit], None]
    ended: Callable[[FleetAudit, R], None]
    interrupt: Callable[[], None]
    is_interrupted: Callable[[R], bool]


def run_side_by_side(
    audits: Sequence[FleetAudit], limits: FleetLimits, crew: Crew[R], spent: AuditBudget | None = None
) -> Mapping[str, R]:
    """Conduct the audits; return the result of each audit that was conducted, by its name.

    `spent` is what earlier audits used of the common budget. An audit has no result if the user interrupted the audits
    before it started, or if the common budget was spent.
    """
    total = minus(limits.budget, spent or AuditBudget())
    waiting, running = list(audits), dict[str, tuple[FleetAudit, AuditBudget]]()
    results: dict[str, R] = {}
    ended: SimpleQueue[tuple[FleetAudit, R]] = SimpleQueue()

    def start(audit: FleetAudit, budget: AuditBudget) -> None:
        running[audit.name] = audit, budget
        crew.began(audit)
        threading.Thread(target=lambda: ended.put((audit, crew.audit(audit, budget))), daemon=True).start()

    while waiting or running:
        try:
            while (audit := startable(waiting, [each for each, _ in running.values()], limits)) is not None:
                left = total
                for _, reserved in running.values():
                    left = minus(left, reserved)
                budget = share(left, audit.budget, len(waiting))
                if is_spent(budget):
                    if not running:  # otherwise a running audit may return a part of its budget
                        return results
                    break
                waiting.remove(audit)
                start(audit, budget)
            try:
                audit, result = ended.get(timeout=_TICK_S)
            except Empty:
                continue
            del running[audit.name]
            results[audit.name] = result
            total = minus(total, crew.spent(result))
            crew.ended(audit, result)
            if crew.is_interrupted(result):
                waiting.clear()
        except KeyboardInterrupt:
            waiting.clear()
            crew.interrupt()
    return results
