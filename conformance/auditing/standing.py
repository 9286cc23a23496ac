"""The progress of an audit, for a progress display."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.engine import ProbeKey
from conformance.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """The progress of an audit: its numbers of cases, requests and failures so far."""

    done: int
    total: int
    requests: int
    in_flight: int
    fails: int
    failed: tuple[str, ...] = ()
    """A line for each failure so far: the requirement and what was observed."""
    unfinished: tuple[ProbeKey, ...] = ()
    """The probes that were started and have not ended."""


def failures(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Return one line of text for each failed requirement, in the order in which the requirements were judged."""
    lines: dict[str, str] = {}
    for verdict in verdicts:
        if verdict.outcome is Outcome.FAIL:
            lines.setdefault(verdict.requirement, f"{verdict.requirement}: {_seen(verdict)}")
    return tuple(lines.values())


def _seen(verdict: Verdict) -> str:
    """Return what was expected and what was observed, in one short text."""
    if not verdict.findings:
        return verdict.detail[:200]
    finding = verdict.findings[0]
    return (
        f"expected {finding.expected[:100]}, got {finding.observed[:150]}"
        if finding.expected
        else finding.observed[:200]
    )
