"""Decides which audit may start next: within the limit of each host, and with its share of the common budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.fleet.audits import FleetAudit
from conformance.fleet.limits import AuditBudget, FleetLimits

_Number = TypeVar("_Number", int, float)


def startable(waiting: Sequence[FleetAudit], running: Iterable[FleetAudit], limits: FleetLimits) -> FleetAudit | None:
    """Return the first waiting audit that may start now, or None.

    A running audit occupies `slots` slots on its host until the audit ends. An audit never overtakes an earlier audit
    of the same host; otherwise an audit that needs many slots could wait for ever.
    """
    busy = list(running)
    if len(busy) >= limits.side_by_side:
        return None
    passed: set[str] = set()
    for audit in waiting:
        held = sum(each.slots for each in busy if each.host == audit.host)
        if audit.host not in passed and held + audit.slots <= limits.of_host(audit.host):
            return audit
        passed.add(audit.host)
    return None


def share(left: AuditBudget, own: AuditBudget, waiting: int) -> AuditBudget:
    """Return the budget of an audit that starts now.

    `left` is what remains of the common budget, without the budgets of the running audits. `own` is the budget that the
    user set for this audit, without the common budget of all audits. `waiting` is the number of audits that have not
    started, including this one. Each audit gets an equal part of the remaining common budget, but never more than its
    own budget.
    """
    return AuditBudget(
        _least(own.requests, None if left.requests is None else left.requests // waiting),
        _least(own.output_tokens, None if left.output_tokens is None else left.output_tokens // waiting),
        _least(own.cost, None if left.cost is None else left.cost / waiting),
    )


def is_spent(budget: AuditBudget) -> bool:
    """Return whether a budget allows no request or no output token."""
    return budget.requests == 0 or budget.output_tokens == 0 or (budget.cost is not None and budget.cost <= 0)


def minus(budget: AuditBudget, spent: AuditBudget) -> AuditBudget:
    """Return what remains of a budget; unlimited parts stay unlimited, and no part gets negative."""
    return replace(
        budget,
        requests=None if budget.requests is None else max(0, budget.requests - (spent.requests or 0)),
        output_tokens=None
        if budget.output_tokens is None
        else max(0, budget.output_tokens - (spent.output_tokens or 0)),
        cost=None if budget.cost is None else max(0.0, budget.cost - (spent.cost or 0.0)),
    )


def _least(one: _Number | None, other: _Number | None) -> _Number | None:
    known = [each for each in (one, other) if each is not None]
    return min(known) if known else None
