"""What mutants declare against what was seen: every difference is a fault of a declaration, a mutant or a check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.contract import Registry
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.verdict import Outcome

from .cells import Cell

UNJUDGED = (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE, Outcome.UNSUPPORTED)


def names(mutant: Mutant) -> frozenset[str]:
    """All requirement ids that a mutant declares."""
    return mutant.breaks | mutant.also


def registered(ids: Iterable[str], registry: Registry) -> set[str]:
    """Those ids that have a check: in the registry, and not excluded from being seen."""
    return {name for name in ids if name in registry and not registry[name].excluded}


def misdeclared(registry: Registry) -> list[str]:
    """Declared ids that no requirement has."""
    return [
        f"{mutant.name}: declares {name}, which is no requirement"
        for mutant in MUTANTS.values()
        for name in sorted(names(mutant))
        if name not in registry
    ]


def problems(cell: Cell, registry: Registry) -> list[str]:
    """How a run differs from what its mutants declare; [] when it does not. Without a mutant all must pass."""
    who = " + ".join(cell.mutants) or "the right endpoint"
    found = [f"{who}: {cell.trouble}"] if cell.trouble else []
    errors = sorted(cell.with_outcome(Outcome.ERROR))
    found += [f"{who}: error in {requirement}: {cell.details[requirement]}" for requirement in errors]
    asked = registered(registry if cell.only is None else cell.only, registry)
    found += [f"{who}: {requirement} was not judged" for requirement in sorted(asked - cell.outcomes.keys())]
    if not cell.mutants:
        wrong = cell.outcomes.keys() - cell.with_outcome(Outcome.PASS)
        return found + [f"{who}: {cell.outcomes[r]} in {r}: {cell.details[r]}" for r in sorted(wrong)]
    breaks = {name for mutant in cell.mutants for name in MUTANTS[mutant].breaks}
    declared = {name for mutant in cell.mutants for name in names(MUTANTS[mutant])}
    # One fault may keep another from being judged, but must not make it pass.
    hidden = cell.with_outcome(*UNJUDGED) if len(cell.mutants) > 1 else set()
    for requirement in sorted((breaks & asked & cell.outcomes.keys()) - cell.killed_by - hidden):
        found.append(f"{who}: not seen by {requirement} ({cell.outcomes[requirement]} {cell.details[requirement]})")
    extra = sorted(cell.killed_by - declared)
    return found + [f"{who}: also breaks {requirement}: {cell.details[requirement]}" for requirement in extra]


def unseen(shows: Mapping[str, Iterable[str]], registry: Registry) -> list[str]:
    """What is missing in what all mutants show: a mutant that a declared requirement must see, a requirement no mutant fails."""
    found = [
        f"{mutant.name}: not seen by {requirement}"
        for mutant in MUTANTS.values()
        for requirement in sorted(registered(mutant.breaks, registry) - set(shows.get(mutant.name, ())))
    ]
    extra = [
        f"{name}: also breaks {requirement}"
        for name, ids in sorted(shows.items())
        if name in MUTANTS
        for requirement in sorted(set(ids) - names(MUTANTS[name]))
    ]
    killed = {
        name for mutant, ids in shows.items() if mutant in MUTANTS for name in ids if name in names(MUTANTS[mutant])
    }
    idle = registered((r.id for r in registry.values()), registry) - killed
    return found + extra + [f"no mutant fails {name}" for name in sorted(idle)]
