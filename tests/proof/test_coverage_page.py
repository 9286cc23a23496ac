"""The page of coverage says what is so."""

from __future__ import annotations

from pathlib import Path

from conformance.config import load_profile
from conformance.contract import load_registry
from conformance.contract.drift import load_description
from conformance.reference.mutants import MUTANTS

from .coverage import features, promises
from .coverage.table import table

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def test_every_feature_has_requirements_or_a_reason() -> None:
    """Each name is that of a requirement with a check, and a feature without any says why."""
    registry = load_registry()
    for feature in features.load():
        assert bool(feature.requirements) != bool(feature.reason), feature.name
        promises.named(feature.requirements, registry)


def test_every_promise_has_requirements_or_a_reason() -> None:
    """No cell of the table is empty, and each requirement in it has a check and a mutant."""
    registry = load_registry()
    for promise in promises.load():
        assert not promise.empty, promise.text
        assert promises.without_mutant(promise, registry, MUTANTS) == [], promise.text


def test_every_parameter_of_telnyx_has_a_row() -> None:
    """A parameter that the pinned document adds needs a row."""
    operations = load_description("telnyx").operations
    for page, operation in (
        ("Create a chat completion", "POST /ai/openai/chat/completions"),
        ("Create a response", "POST /ai/openai/responses"),
    ):
        text = " ".join(each.text for each in promises.load() if each.page == page)
        names = {
            place.removeprefix("body ").split(".")[0].split("[")[0]
            for place in operations[operation]
            if place.startswith("body ")
        }
        assert {name for name in names if f"`{name}" not in text} == set(), page


def test_every_promised_feature_of_telnyx_has_a_row() -> None:
    """Each feature that the profile promises has a requirement in some row."""
    registry = load_registry()
    ids = {each for promise in promises.load() for each in promises.named(promise.effect + promise.bounds, registry)}
    features_in_rows = {registry[each].feature for each in ids}
    promised = set(load_profile("telnyx").promised) - {"chat"}  # what every chat requirement needs
    assert promised - features_in_rows == set()


def test_the_page_is_what_the_generator_makes() -> None:
    """Nobody edits docs/coverage.md by hand, and nobody forgets to write it."""
    page = table(load_registry(), MUTANTS, features.load(), promises.load())
    assert PAGE.read_text(encoding="utf-8") == page, "run python -m tests.proof.coverage --write docs/coverage.md"
