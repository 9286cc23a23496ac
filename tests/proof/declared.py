"""What mutants declare against what was seen: every difference is a fault of a declaration, a mutant or a check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.contract import Registry
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.verdict import Outcome

from .cells import Cell

# Ids that mutants declare and no check judges yet, one a line. An id leaves the list when its requirement is registered.
_PLANNED = Path(__file__).with_name("planned.txt")


def planned() -> frozenset[str]:
    """The requirement ids that are still to come."""
    return frozenset(_PLANNED.read_text(encoding="utf-8").split())


def names(mutant: Mutant) -> frozenset[str]:
    """All requirement ids that a mutant declares."""
    return mutant.breaks | mutant.also


def registered(ids: Iterable[str], registry: Registry) -> set[str]:
    """Those ids that have a check now: in the registry, and not excluded from being seen."""
    return {name for name in ids if name in registry and not registry[name].excluded}


def waiting(registry: Registry) -> dict[str, list[str]]:
    """Mutants that wait for a requirement: what they wait for, by mutant."""
    found = {name: sorted(mutant.breaks - registered(mutant.breaks, registry)) for name, mutant in MUTANTS.items()}
    return {name: ids for name, ids in found.items() if ids}


def misdeclared(registry: Registry) -> list[str]:
    """Declared ids that are neither registered nor planned, and planned ones that are registered by now."""
    to_come = planned()
    unknown = [
        f"{mutant.name}: declares {name}, which is neither a requirement nor in {_PLANNED.name}"
        for mutant in MUTANTS.values()
        for name in sorted(names(mutant))
        if name not in registry and name not in to_come
    ]
    declared = {name for mutant in MUTANTS.values() for name in names(mutant)}
    stale = [f"{_PLANNED.name}: {name} is registered; take it out" for name in sorted(to_come) if name in registry]
    unused = [f"{_PLANNED.name}: no mutant declares {name}; take it out" for name in sorted(to_come - declared)]
    return unknown + stale + unused


def problems(cell: Cell, registry: Registry) -> list[str]:
    """How a run departs from what its mutants declare; [] when it does as declared. Without a mutant all must pass."""
    who = " + ".join(cell.mutants) or "the right endpoint"
    found = [f"{who}: {cell.trouble}"] if cell.trouble else []
    errors = sorted(cell.with_outcome(Outcome.ERROR))
    found += [f"{who}: error in {requirement}: {cell.details[requirement]}" for requirement in errors]
    if not cell.mutants:
        wrong = cell.outcomes.keys() - cell.with_outcome(Outcome.PASS)
        return found + [f"{who}: {cell.outcomes[r]} in {r}: {cell.details[r]}" for r in sorted(wrong)]
    breaks = {name for mutant in cell.mutants for name in MUTANTS[mutant].breaks}
    declared = {name for mutant in cell.mutants for name in names(MUTANTS[mutant])}
    for requirement in sorted(registered(breaks, registry) - cell.killed_by):
        outcome = cell.outcomes.get(requirement, "not judged")
        found.append(f"{who}: not seen by {requirement} ({outcome} {cell.details.get(requirement, '')})")
    extra = sorted(cell.killed_by - declared)
    return found + [f"{who}: also breaks {requirement}: {cell.details[requirement]}" for requirement in extra]


def unkilled(cells: Iterable[Cell], registry: Registry) -> list[str]:
    """Requirements that no mutant fails as it declares: nothing proves that their checks can fail."""
    killed = {name for cell in cells for mutant in cell.mutants for name in cell.killed_by & names(MUTANTS[mutant])}
    return sorted(registered((r.id for r in registry.values()), registry) - killed)
