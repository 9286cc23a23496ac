"""`also.yaml`: each entry has a reason and a mutant, and an entry that never occurs is a problem of the matrix."""

from __future__ import annotations

import pytest

from conformance.reference.mutants import ALSO, MUTANTS
from conformance.reference.mutants.also import Group, entries_of, read_groups

from .also import never_occurring, proposals, undeclared, unseen

NAME = "error-flat"
ALLOWED = "http.large-body.envelope"


def shows(*failed: str) -> dict[str, tuple[str, ...]]:
    return {NAME: failed}


@pytest.mark.parametrize(
    "group", ["- mutants: {a: [b]}", "- {reason: '', mutants: {a: [b]}}", "- {reason: ' ', mutants: {a: [b]}}"]
)
def test_an_entry_without_a_reason_is_refused(group: str) -> None:
    """Neither left out nor blank."""
    with pytest.raises(ValueError, match=r"also\.yaml, group 1 has no reason"):
        read_groups(group)


@pytest.mark.parametrize("group", ["- {reason: x}", "- {reason: x, mutants: {}}", "- {reason: x, mutants: {a: []}}"])
def test_a_group_without_entries_is_refused(group: str) -> None:
    """A reason for nothing, and a mutant without requirements."""
    with pytest.raises(ValueError, match=r"no entries, or a mutant without"):
        read_groups(group)


def test_an_entry_is_given_once() -> None:
    """Two reasons for one entry contradict each other sooner or later."""
    with pytest.raises(ValueError, match="twice"):
        read_groups("- {reason: x, mutants: {a: [b]}}\n- {reason: y, mutants: {a: [c, b]}}")


def test_entries_are_of_mutants_that_exist_and_break_something_else() -> None:
    """A mutant that was renamed takes its entries along; what it must break is no entry."""
    entries = [entry for group in ALSO for entry in entries_of(group)]
    assert entries
    assert [name for name, _ in entries if name not in MUTANTS] == []
    assert [entry for entry in entries if entry[1] in MUTANTS[entry[0]].breaks] == []


def test_an_entry_that_never_occurs_is_a_problem() -> None:
    """Whatever the mutant breaks besides: the entry is looked for."""
    assert never_occurring(shows("error.envelope")) == [f"also.yaml: {NAME} never breaks {ALLOWED}; take the entry out"]
    assert never_occurring(shows("error.envelope", ALLOWED)) == []


def test_of_entries_by_chance_one_must_occur() -> None:
    """A run decides which; a group of which none occurs is stale."""
    groups = [Group("x", True, {NAME: frozenset({"a", "b"})})]
    assert unseen(shows("a"), groups) == []
    assert unseen(shows("c"), groups) == [(NAME, "a"), (NAME, "b")]
    with_another = [Group("x", True, {NAME: frozenset({"a"}), "no-done": frozenset({"a"})})]
    assert unseen(shows("c"), with_another) == []  # the other mutant of the group was not run


def test_proposals_are_what_was_seen_and_is_not_declared() -> None:
    """In the form of the file, the reason left to whoever adds it."""
    seen = shows("error.envelope", "chat.n.count")
    assert undeclared(seen) == [(NAME, "chat.n.count")]
    proposed = proposals(seen)
    assert f"- reason:\n  mutants:\n    {NAME}: [chat.n.count]\n" in proposed
    assert f"# {NAME}: [{ALLOWED}]" in proposed
    with pytest.raises(ValueError, match="no reason"):
        read_groups(proposed)
