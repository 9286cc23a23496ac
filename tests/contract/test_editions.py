"""Editions: a frozen one never changes, and every requirement of it exists."""

from __future__ import annotations

import hashlib
import json

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.contract import SpecError, load_registry
from conformance.contract.editions import (
    FOLDER,
    Edition,
    changes,
    current,
    edition_named,
    load_editions,
    newest_edition,
    text_of,
)
from conformance.verdict import Level

FROZEN = {
    "2026.11": "74ccff7c5085fd6291f2d4ede9ae1172710593f9d4f042b778ae0e806b33833b",
}
"""The SHA-256 of each edition's file. Add a line for a new edition; a line of a released edition never changes."""


def test_a_frozen_edition_never_changes() -> None:
    """Gates of users rest on it. A check that gets stricter gets a new id, and a new edition has it."""
    found = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in FOLDER.glob("*.yaml")}
    assert found == FROZEN


@pytest.mark.parametrize("edition", load_editions().values(), ids=list(load_editions()))
def test_every_requirement_of_an_edition_exists_and_can_be_shown(edition: Edition) -> None:
    """A requirement that is removed would be silently no longer gated."""
    registry = load_registry()
    assert [name for name in edition.levels if name not in registry or registry[name].excluded] == []


def test_a_requirement_that_the_newest_edition_lacks_does_not_count() -> None:
    """And one of a contract that no edition knows does: a pack is the user's own."""
    whole = newest_edition()
    name = next(iter(whole.levels))
    older = Edition("2000.01", whole.contracts, {each: level for each, level in whole.levels.items() if each != name})
    assert whole.has(name)
    assert not older.has(name)
    assert Edition("2000.01", (), {}).has(name)


def test_what_is_written_is_what_is_read() -> None:
    """The command that freezes an edition writes what gates read."""
    for name, edition in load_editions().items():
        assert (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") == text_of(edition)


def test_changes_between_two_editions() -> None:
    """Added, removed, another level."""
    old = Edition("1", (), {"a.b": Level.MUST, "a.c": Level.MUST, "a.d": Level.MUST})
    new = Edition("2", (), {"a.b": Level.MUST, "a.c": Level.SHOULD, "a.e": Level.MAY})
    assert [(each.requirement, each.before, each.after) for each in changes(old, new)] == [
        ("a.c", Level.MUST, Level.SHOULD),
        ("a.d", Level.MUST, None),
        ("a.e", None, Level.MAY),
    ]


def test_an_unknown_edition_names_the_newest() -> None:
    """The next step."""
    with pytest.raises(SpecError, match=f"the newest is {newest_edition().name}"):
        edition_named("1999.01")


def test_the_command_lists_and_compares() -> None:
    """For people and for programs."""
    name = newest_edition().name
    listed = CliRunner().invoke(app, ["editions"])
    assert f"{name}  {len(newest_edition().levels)} requirements" in listed.output
    assert "(newest)" in listed.output
    data = json.loads(CliRunner().invoke(app, ["editions", "--json"]).output)
    assert data[-1]["edition"] == name
    same = CliRunner().invoke(app, ["editions", name, name])
    assert "; 0 differ" in same.output
    now = CliRunner().invoke(app, ["editions", name])
    differ = len(changes(newest_edition(), current(load_registry())))
    assert f"; {differ} differ" in now.output
