"""A sample of the kill matrix for every run of the tests: one mutant of each area, judged by what it declares."""

from __future__ import annotations

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from .cells import run_all
from .declared import problems


def sample() -> list[str]:
    """The first mutant of each module of mutants."""
    first: dict[str, str] = {}
    for name, mutant in MUTANTS.items():
        first.setdefault(mutant.cls.__module__, name)
    return list(first.values())


def test_one_mutant_of_each_area_is_seen_by_what_it_declares() -> None:
    """All of them are `nox -s seen`; against every requirement, `nox -s kill`."""
    names = sample()
    assert len(names) > 20
    registry = load_registry()
    cells = run_all([(name,) for name in names], quick=True)
    found = [problem for cell in cells for problem in problems(cell, registry)]
    assert not found, "\n".join(found)


def test_every_requirement_is_declared_by_a_mutant() -> None:
    """No check without a fault that it is said to see; the whole matrix proves that it does."""
    declared = {name for mutant in MUTANTS.values() for name in mutant.breaks | mutant.also}
    assert not [r.id for r in load_registry().values() if not r.excluded and r.id not in declared]
