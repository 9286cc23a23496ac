"""Converts the decision of a gate to JSON data, for `report.json` and for `conformance diff --json`."""

from __future__ import annotations

from typing import Any

from conformance.acceptance import Gated, Ruling, Waiver
from conformance.report.gate_words import gate_sentence


def gate_data(gated: Gated) -> dict[str, Any]:
    """Return the gate's decision and counts, each violation with its status, and the waivers no longer needed."""
    acceptance = gated.acceptance
    return {
        "sentence": gate_sentence(gated),
        "passes": gated.passes or gated.informs,
        "fail_on": str(gated.policy.fail_on),
        "edition": gated.edition or None,
        "refused": list(gated.refused),
        "counts": acceptance.counts,
        "failing": list(gated.failing),
        "violations": [_ruling(ruling, fails=gated.policy.fails(ruling)) for ruling in acceptance.rulings],
        "fixed": [_waiver(waiver) for waiver in acceptance.fixed],
        "stale": [_waiver(waiver) for waiver in acceptance.stale],
        "unjudged": [_waiver(waiver) for waiver in acceptance.unjudged],
        "newer": list(gated.newer),
        "newer_broken": list(gated.newer_broken),
    }


def _ruling(ruling: Ruling, *, fails: bool) -> dict[str, Any]:
    violation = ruling.violation
    return {
        "requirement": violation.requirement,
        "level": str(violation.level),
        "cause": violation.cause,
        "symptom": violation.symptom,
        "title": violation.title,
        "status": str(ruling.status),
        "fails": fails,
        "waiver": _waiver(ruling.waiver) if ruling.waiver else None,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "id": waiver.id or None,
        "area": waiver.area or None,
        "cause": waiver.cause or None,
        "reason": waiver.reason,
        "owner": waiver.owner or None,
        "link": waiver.link or None,
        "until": waiver.until.isoformat() if waiver.until else None,
        "origin": str(waiver.origin),
        "place": waiver.place,
    }
