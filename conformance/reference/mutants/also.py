"""Reads `also.yaml`, which lists requirements that a mutant may violate in addition to those that it declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Group:
    """A group of mutants, with the additional requirements that each mutant may violate for one common reason.

    If `chance` is true, the order or timing of requests decides which of the additional violations occur in a run. If
    `chance` is false, all additional violations of a mutant occur in every run.
    """

    reason: str
    chance: bool
    mutants: dict[str, frozenset[str]]


def read_groups(text: str, origin: str = "also.yaml") -> tuple[Group, ...]:
    """Return the groups of mutants and requirements that the text of an `also.yaml` file lists.

    `origin` is the file name that error messages show.

    Raises `ValueError` if a group has no reason or no entries, or if an entry occurs twice.

    """
    groups = tuple(
        _group(each, f"{origin}, group {number}") for number, each in enumerate(yaml.safe_load(text) or (), 1)
    )
    seen: set[tuple[str, str]] = set()
    for mutant, requirement in (entry for group in groups for entry in entries_of(group)):
        if (mutant, requirement) in seen:
            raise ValueError(f"{origin} gives {requirement} of {mutant} twice: leave one.")
        seen.add((mutant, requirement))
    return groups


def entries_of(group: Group) -> list[tuple[str, str]]:
    """Return pairs of a mutant's name and a requirement's id, one pair for each requirement that the group lists."""
    return [(mutant, each) for mutant, requirements in group.mutants.items() for each in sorted(requirements)]


def _group(data: Any, where: str) -> Group:
    if not isinstance(data, dict) or not str(data.get("reason") or "").strip():
        raise ValueError(f"{where} has no reason: say why these mutants may break more than they are made to break.")
    mutants = data.get("mutants")
    if not isinstance(mutants, dict) or not mutants or not all(mutants.values()):
        raise ValueError(
            f"{where} has no entries, or a mutant without requirements: 'mutants' maps names to lists of ids."
        )
    named = {str(name): frozenset(map(str, requirements)) for name, requirements in mutants.items()}
    return Group(str(data["reason"]).strip(), data.get("chance") is True, named)
