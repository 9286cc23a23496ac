"""Converts generated cases that failed to saved cases, and a saved case back to a body or fault to send."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from conformance.checks.generated.fault import Fault
from conformance.checks.generated.repair import Body
from conformance.config import SavedCase
from conformance.config.saved_case import case_id
from conformance.verdict import Outcome, Verdict
from conformance.wire import Exchange

AREA = "generated."
SEQUENCES = "generated.sequence."
"""Probes whose cases cannot be saved: a step depends on the steps before it."""
_BROKEN = frozenset({Outcome.FAIL, Outcome.WARN})


def broken_cases(
    verdicts: Iterable[Verdict], exchanges: dict[str, Exchange], faults: Iterable[tuple[str, Fault]], seed: int
) -> Iterator[SavedCase]:
    """Yield a saved case for each finding about a generated request.

    `faults` pairs exchange ids with the faults that were sent.
    """
    by_exchange = dict(faults)
    for verdict in verdicts:
        if not verdict.requirement.startswith(AREA) or verdict.requirement.startswith(SEQUENCES):
            continue
        if verdict.outcome not in _BROKEN:
            continue
        for finding in verdict.findings:
            exchange = exchanges.get(finding.exchange)
            if exchange is None or not exchange.request.body:
                continue
            fault = by_exchange.get(finding.exchange)
            body = exchange.request.body.decode("utf-8", "replace")
            yield SavedCase(
                id=case_id(fault.keyword if fault else "valid", body),
                requirement=verdict.requirement,
                body=body,
                pointer=fault.pointer if fault else "",
                keyword=fault.keyword if fault else "",
                said=fault.said if fault else "",
                seed=seed,
                observed=finding.observed,
                exchange=exchange.id,
            )


def only_body(case: SavedCase) -> list[Body]:
    """Return a list with the body of a saved valid case; [] if the saved case is a fault."""
    return [] if case.keyword else [json.loads(case.body)]


def only_fault(case: SavedCase) -> list[Fault]:
    """Return a list with the fault of a saved case; [] if the case is a valid body and not a fault."""
    return [Fault(case.pointer, case.keyword, case.said, {}, text=case.body)] if case.keyword else []
