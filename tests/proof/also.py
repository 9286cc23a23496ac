"""The entries of `also.yaml` against what mutants showed: those that never occur, and those to add."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from conformance.reference.mutants import ALSO, MUTANTS
from conformance.reference.mutants.also import Group, entries_of

Entry = tuple[str, str]
"""A mutant and a requirement."""
Shows = Mapping[str, Collection[str]]
"""The requirements that each mutant fails."""


def unseen(shows: Shows, groups: Sequence[Group] = ALSO) -> list[Entry]:
    """The entries that did not occur, of these mutants.

    Of a group whose entries occur by chance: all of them, if every mutant was run and none occurred; else none.
    """
    found = []
    for group in groups:
        entries = [entry for entry in entries_of(group) if entry[0] in shows]
        missing = [(mutant, requirement) for mutant, requirement in entries if requirement not in shows[mutant]]
        if not group.chance or len(missing) == len(list(entries_of(group))):
            found += missing
    return found


def undeclared(shows: Shows) -> list[Entry]:
    """What mutants broke that they do not declare."""
    return [
        (mutant, requirement)
        for mutant, failed in shows.items()
        for requirement in sorted(set(failed) - MUTANTS[mutant].breaks - MUTANTS[mutant].also)
    ]


def never_occurring(shows: Shows) -> list[str]:
    """One problem for each entry that did not occur."""
    return [
        f"also.yaml: {mutant} never breaks {requirement}; take the entry out" for mutant, requirement in unseen(shows)
    ]


def proposals(shows: Shows) -> str:
    """What to add to `also.yaml`, in its form and without the reasons, and what to take out."""
    new, old = _by_mutant(undeclared(shows)), _by_mutant(unseen(shows))
    lines = ["# To add: write the reason, or correct the mutant or the check."] if new else ["# Nothing to add."]
    lines += ["- reason:", "  mutants:", *new] if new else []
    lines += ["# To take out:", *(f"# {line.strip()}" for line in old)] if old else ["# Nothing to take out."]
    return "\n".join(lines) + "\n"


def _by_mutant(entries: Iterable[Entry]) -> list[str]:
    found: dict[str, list[str]] = {}
    for mutant, requirement in entries:
        found.setdefault(mutant, []).append(requirement)
    return [f"    {mutant}: [{', '.join(requirements)}]" for mutant, requirements in found.items()]
