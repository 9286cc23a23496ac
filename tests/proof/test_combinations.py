"""Faults do not hide one another: mutants that are combined break what each of them breaks, but for declared masks."""

from __future__ import annotations

import hashlib
import os

import pytest

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS
from conformance.verdict import Outcome

from .cells import Cell, Names, run_all
from .declared import registered, waiting
from .masks import MASKS

SEED = "2026-01-31"
# PROOF_COMBINATIONS=10 in the environment tries ten times as many.
TIMES = int(os.environ.get("PROOF_COMBINATIONS", "1"))
PAIRS, TRIPLES = 4 * TIMES, 2 * TIMES
UNJUDGED = (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE, Outcome.UNSUPPORTED)


def combinations() -> list[Names]:
    """So many pairs and triples, of mutants from different modules: those of one module may replace each other.

    Each is chosen by a hash of its number and the names, so that a new mutant changes few of them.
    """
    ready = sorted(MUTANTS.keys() - waiting(load_registry()).keys())
    return [_chosen(ready, number, 2 if number < PAIRS else 3) for number in range(PAIRS + TRIPLES)]


def _chosen(ready: list[str], number: int, count: int) -> Names:
    ranked = sorted(ready, key=lambda name: hashlib.sha256(f"{SEED} {number} {name}".encode()).digest())
    by_module: dict[str, str] = {}
    for name in ranked:
        by_module.setdefault(MUTANTS[name].cls.__module__, name)
    return tuple([*by_module.values()][:count])


@pytest.fixture(scope="module")
def cells() -> dict[Names, Cell]:
    """Every combination's run, and the run alone of each mutant in them that may hide others."""
    combined = combinations()
    alone = {(name,) for names in combined for name in names if name in MASKS}
    return {cell.mutants: cell for cell in run_all([*combined, *sorted(alone)])}


@pytest.mark.parametrize("names", combinations(), ids=" + ".join)
def test_combined_mutants_break_what_each_breaks(names: Names, cells: dict[Names, Cell]) -> None:
    """What is not seen is not judged, and it is hidden by a declared mask that hides it alone, too."""
    cell = cells[names]
    declared = {requirement for name in names for requirement in MUTANTS[name].breaks}
    hidden = {requirement for name in names if name in MASKS for requirement in cells[name,].with_outcome(*UNJUDGED)}
    missing = registered(declared, load_registry()) - cell.killed_by
    unexplained = missing - (hidden & cell.with_outcome(*UNJUDGED))
    assert not cell.trouble
    assert not cell.with_outcome(Outcome.ERROR)
    assert not unexplained, {name: (cell.outcomes.get(name), cell.details.get(name)) for name in sorted(unexplained)}


def test_masks_are_mutants() -> None:
    """A mask that is no mutant any more says nothing."""
    assert MASKS.keys() <= MUTANTS.keys()
