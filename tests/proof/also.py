"""The entries of `also.yaml` against what a whole kill matrix saw: those that never occur, and those to add. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.reference.mutants import ALSO, MUTANTS
from conformance.reference.mutants.also import Group, entries_of

from .cells import Cell

Entry = tuple[str, str]
"""A mutant and a requirement."""


def unseen(cells: Iterable[Cell], groups: Sequence[Group] = ALSO) -> list[Entry]:
    """The entries that did not occur in these cells, of mutants that were run alone.

    Of a group whose entries occur by chance: all of them, if none occurred, else none.
    """
    killed = {cell.mutants[0]: cell.killed_by for cell in cells if len(cell.mutants) == 1}
    found = []
    for group in groups:
        entries = [entry for entry in entries_of(group) if entry[0] in killed]
        missing = [(mutant, requirement) for mutant, requirement in entries if requirement not in killed[mutant]]
        if not group.chance or len(missing) == len(entries):
            found += missing
    return found


def undeclared(cells: Iterable[Cell]) -> list[Entry]:
    """What mutants broke that they do not declare."""
    return [
        (cell.mutants[0], requirement)
        for cell in cells
        if len(cell.mutants) == 1
        for requirement in sorted(cell.killed_by - MUTANTS[cell.mutants[0]].breaks - MUTANTS[cell.mutants[0]].also)
    ]


def never_occurring(cells: Iterable[Cell]) -> list[str]:
    """One problem for each entry that a whole matrix did not see."""
    return [
        f"also.yaml: {mutant} never breaks {requirement}; take the entry out" for mutant, requirement in unseen(cells)
    ]


def proposals(cells: Sequence[Cell]) -> str:
    """What to add to `also.yaml`, in its form and without the reasons, and what to take out."""
    new, old = _by_mutant(undeclared(cells)), _by_mutant(unseen(cells))
    lines = ["# To add: write the reason, or correct the mutant or the check."] if new else ["# Nothing to add."]
    lines += ["- reason:", "  mutants:", *new] if new else []
    lines += ["# To take out:", *(f"# {line.strip()}" for line in old)] if old else ["# Nothing to take out."]
    return "\n".join(lines) + "\n"


def _by_mutant(entries: Iterable[Entry]) -> list[str]:
    found: dict[str, list[str]] = {}
    for mutant, requirement in entries:
        found.setdefault(mutant, []).append(requirement)
    return [f"    {mutant}: [{', '.join(requirements)}]" for mutant, requirements in found.items()]
