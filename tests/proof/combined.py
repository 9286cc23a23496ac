"""Combinations of mutants from different modules: the whole matrix judges them, since one fault may hide another."""

from __future__ import annotations

import hashlib

from conformance.reference.mutants import MUTANTS

from .cells import Names

SEED = "2026-01-31"
PAIRS, TRIPLES = 8, 4


def combinations() -> list[Names]:
    """So many pairs, then triples, chosen by a hash of number and name, so that a new mutant changes few of them.

    Mutants of one module may replace each other's methods, so they are not combined.
    """
    return [_chosen(number, 2 if number < PAIRS else 3) for number in range(PAIRS + TRIPLES)]


def _chosen(number: int, count: int) -> Names:
    ranked = sorted(MUTANTS, key=lambda name: hashlib.sha256(f"{SEED} {number} {name}".encode()).digest())
    by_module: dict[str, str] = {}
    for name in ranked:
        by_module.setdefault(MUTANTS[name].cls.__module__, name)
    return tuple([*by_module.values()][:count])
