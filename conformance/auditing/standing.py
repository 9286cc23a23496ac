"""How far an audit is, for a progress display."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Checks done and in all, requests sent and under way, failures so far."""

    done: int
    total: int
    requests: int
    in_flight: int
    fails: int
    output_tokens: int = 0
    owed: tuple[tuple[str, str], ...] = ()
    """The requirements (and their cases) that are still to be judged."""
    left_behind: tuple[str, ...] = ()
    """What is on the target now and will be deleted, a sentence for each kind."""
