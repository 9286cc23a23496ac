"""Requirements and checks belong together: none without the other. `tests/checks/test_index.py` holds the index to pytest."""

from __future__ import annotations

from conformance.checks.index import by_requirement
from conformance.checks.invariants import all_invariants
from conformance.contract import load_registry


def test_every_requirement_has_a_check() -> None:
    """Except those that say why they cannot be seen from outside."""
    checked = by_requirement()
    missing = [r.id for r in load_registry().values() if not r.excluded and r.id not in checked]
    assert not missing, f"requirements without a check: {missing}"


def test_every_check_has_a_requirement() -> None:
    """A check that proves nothing in the catalogue is none."""
    registry = load_registry()
    stray = [f"{check.place} ({name})" for name, check in by_requirement().items() if name not in registry]
    assert not stray, f"checks without a requirement: {stray}"


def test_no_excluded_requirement_has_a_check() -> None:
    """What cannot be seen from outside is not judged."""
    registry = load_registry()
    assert not [name for name in by_requirement() if name in registry and registry[name].excluded]


def test_invariants_are_requirements() -> None:
    """Each under its own id."""
    assert set(all_invariants()) <= set(load_registry())


def test_what_rests_on_wit_is_no_must() -> None:
    """`model: high` is SHOULD at most."""
    assert not [r.id for r in load_registry().values() if r.model == "high" and r.level == "MUST"]
