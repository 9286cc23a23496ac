"""How far an audit is, for a progress display."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Checks done and in all, requests sent and under way, failures so far."""

    done: int
    total: int
    requests: int
    in_flight: int
    fails: int
