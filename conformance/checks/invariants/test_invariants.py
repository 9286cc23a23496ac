"""Every invariant as one pytest item, judged over all exchanges of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.invariants import all_invariants


@pytest.mark.parametrize(
    "invariant", [pytest.param(name, marks=pytest.mark.requirement(name)) for name in all_invariants()]
)
def test_invariant(invariant: str, judged: Callable[[str], None]) -> None:
    judged(invariant)
