"""Runs each invariant as one pytest test, which judges all exchanges of the run."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.invariants import all_invariants
from conformance.checks.marks import Declaration, note


def test_invariant(invariant: str, judged: Callable[[str], None]) -> None:
    judged(invariant)


def declare_all() -> None:
    """Register the pytest function `test_invariant` as the check of every known invariant.

    `declare_all` must be called again if a pack is added after the import of this module.
    """
    note(test_invariant, Declaration({name: name for name in all_invariants()}, "invariant"))


declare_all()
