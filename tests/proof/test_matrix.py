"""The proof of the checks: each can fail, and fails for its own faults only."""

from __future__ import annotations

import pytest

from conformance.contract import load_registry

from .cells import Cell
from .declared import misdeclared
from .matrix import all_problems, whole
from .table import score_of, table


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    """The whole matrix, run once."""
    return whole()


def test_mutants_declare_requirements_that_exist_or_are_planned() -> None:
    """A declared id is registered, or in the list of those to come; nothing is in both."""
    assert misdeclared(load_registry()) == []


@pytest.mark.kill
def test_every_mutant_breaks_what_it_declares_and_nothing_else(cells: list[Cell]) -> None:
    """The right endpoint passes everything; each mutant fails what it declares; each requirement has a mutant."""
    found = all_problems(cells)
    assert not found, "\n".join(["not as declared:", *found])


@pytest.mark.kill
def test_the_published_table_says_what_was_seen(cells: list[Cell]) -> None:
    """Every mutant has a row, and the score is of all that can be seen."""
    registry = load_registry()
    page = table(cells, registry)
    assert score_of(cells, registry).percent == 100
    assert all(f"| `{name}` |" in page for cell in cells for name in cell.mutants)
