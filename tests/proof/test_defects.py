"""The table of documented defects says what is so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from .defects.rows import load, problems
from .defects.table import summary, table

PAGE = Path(__file__).parents[2] / "docs" / "defects.md"


def test_every_row_names_what_exists_and_declares_it() -> None:
    """Each requirement has a check, each mutant breaks one of the row's requirements, each requirement has a mutant."""
    assert not list(problems(load(), load_registry(), MUTANTS))


def test_the_page_is_what_the_generator_makes() -> None:
    """Nobody edits docs/defects.md by hand, and nobody forgets to write it."""
    assert PAGE.read_text(encoding="utf-8") == summary(load()), (
        "run python -m tests.proof.defects --write docs/defects.md"
    )


def test_the_table_has_a_row_for_each_defect_that_is_seen() -> None:
    """With its report, so that a reader can go there."""
    shown = table(load())
    assert all(f"]({defect.source}) |" in shown for defect in load() if not defect.unseen)


def test_a_wrong_row_is_found() -> None:
    """A mutant that does not exist, one that breaks something else, a row without requirements, one that is there twice."""
    first = load()[0]
    wrong = [
        replace(first, id="x1", mutants=("no-such-mutant",)),
        replace(first, id="x2", mutants=("no-done",)),
        replace(first, id="x3", requirements=(), mutants=()),
        replace(first, id="x4", requirements=("no.such.requirement",)),
        replace(first, id="x5"),
        replace(first, id="x5"),
    ]
    found = "\n".join(problems(wrong, load_registry(), MUTANTS))
    for words in ("x1: no-such-mutant is no", "x2: the mutant no-done", "x3: either", "x4: no.such", "x5 stands there"):
        assert words in found
