"""The page of coverage says what is so."""

from __future__ import annotations

from pathlib import Path

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from .coverage.features import load
from .coverage.table import matching, table

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def test_every_feature_has_requirements_or_a_reason() -> None:
    """Each name is that of a requirement with a check, and a feature without any says why."""
    registry = load_registry()
    for feature in load():
        assert bool(feature.requirements) != bool(feature.reason), feature.name
        for pattern in feature.requirements:
            assert matching(pattern, registry), f"{feature.name}: nothing is called {pattern}"


def test_the_page_is_what_the_generator_makes() -> None:
    """Nobody edits docs/coverage.md by hand, and nobody forgets to write it."""
    page = table(load_registry(), MUTANTS, load())
    assert PAGE.read_text(encoding="utf-8") == page, "run python -m tests.proof.coverage --write docs/coverage.md"
