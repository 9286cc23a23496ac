"""A selection: names, what is skipped, and a level."""

from __future__ import annotations

import pytest

from conformance.contract import UnknownName, is_named, load_registry, selected
from conformance.contract.selection import option_of, terms
from conformance.verdict import Level

REGISTRY = load_registry()


def test_skip_leaves_out_an_area() -> None:
    """Alone, and of what is selected."""
    everything = selected(REGISTRY, terms(None, ["chat.stop"]))
    assert len(everything) == len(REGISTRY) - sum(name.startswith("chat.stop.") for name in REGISTRY)
    assert is_named("chat.stop.array", terms(["chat"], ["chat.stop.limit"]))
    assert not is_named("chat.stop.limit", terms(["chat"], ["chat.stop.limit"]))
    assert not is_named("http.method", terms(["chat"], ["chat.stop"]))


@pytest.mark.parametrize(
    ("level", "levels"),
    [("must", {Level.MUST}), ("should", {Level.MUST, Level.SHOULD}), ("may", set(Level))],
)
def test_a_level_keeps_what_is_above_it(level: str, levels: set[Level]) -> None:
    """And combines with names."""
    assert {REGISTRY[name].level for name in selected(REGISTRY, terms(None, None, level))} == levels
    assert all(name.startswith("chat.") for name in selected(REGISTRY, terms(["chat"], None, level)))


def test_terms_are_shown_as_the_options_they_come_from() -> None:
    """So that a printed command can be repeated."""
    assert [option_of(term) for term in terms(["chat"], ["chat.stop"], "must")] == [
        ("--only", "chat"),
        ("--skip", "chat.stop"),
        ("--level", "must"),
    ]


def test_an_unknown_name_to_skip_is_told() -> None:
    """A typo must not test more than was meant."""
    with pytest.raises(UnknownName, match=r"chat\.stpo") as error:
        selected(REGISTRY, terms(None, ["chat.stpo"]))
    assert error.value.option == "--skip"
