"""Mutation testing itself: what is mutated and what is not, which mutants are said to be equivalent, and what is kept."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .equivalent import Equivalent
from .mutant_fork import ROOT
from .mutation_groups import GROUPS, chosen, files_of, held_by
from .mutation_log import Log, places
from .mutators import Mutation, mutated, mutations

SOURCE = '''"""A module."""
from x import y

LIMIT: Annotated[int, "words"] = 3


@decorated(4)
def found(items: list[str], most: int = 5) -> bool:
    """Words."""
    if not items:
        raise ValueError("none" + "left")
    if (
        0 <= len(items) < most
        and y(items)
    ):
        return [item for item in items if y(item)]
    for item in items:
        continue
    broken("expected", got="b")
    return f"{item + 1}" if most else "some words"
'''

WHAT = [
    "`3` → `4`",
    "`5` → `6`",
    "`not items` → `items`",
    "`0 <= len(items) < most and y(items)` → `0 <= len(items) < most or y(items)`",
    "`0 <= len(items) < most` → `0 < len(items) < most`",
    "`0 <= len(items) < most` → `0 <= len(items) <= most`",
    "`0` → `1`",
    "`return [item for item in items if y(item)]` → `return None`",
    "`y(item)` → `not y(item)`",
    "`continue` → `break`",
    "`broken('expected', got='b')` → `pass`",
    "`'b'` → `'bX'`",
]


def test_what_is_mutated() -> None:
    """Operators, constants, conditions, results and calls; no annotation, decorator, import, nor words for people."""
    found = [each.what for each in mutations(SOURCE)]
    assert [what for what in found if not what.startswith(("`return f", "`f'"))] == WHAT
    assert len(found) == len(WHAT) + 2


def test_each_mutant_is_another_program() -> None:
    """One place is changed, and nothing else; two mutants are never the same."""
    original = ast.unparse(ast.parse(SOURCE))
    programs = [mutated(SOURCE, each) for each in mutations(SOURCE)]
    assert original not in programs
    assert len(set(programs)) == len(programs)


def test_a_mutation_knows_the_lines_of_its_statement() -> None:
    """A test that runs none of them cannot notice it; the body of an `if` is no part of its head."""
    lines = SOURCE.splitlines()
    condition = next(each for each in mutations(SOURCE) if each.what == "`0` → `1`")
    assert (condition.text, [lines[line - 1].strip() for line in condition.statement]) == (
        "0 <= len(items) < most",
        ["if (", "0 <= len(items) < most", "and y(items)", "):"],
    )


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_files_and_tests(group: str) -> None:
    """Each file has something to be mutated, or is a list of names alone."""
    assert held_by(group)
    mutants = {file for file, _ in chosen(group)}
    assert {file.name for file in set(files_of(group)) - mutants} <= {"__init__.py"}


def test_a_sample_is_the_same_every_time() -> None:
    """By its seed; another seed draws others."""
    assert chosen("wire", 20) == chosen("wire", 20)
    assert chosen("wire", 20) != chosen("wire", 20, seed=1)


def test_every_equivalent_mutant_exists() -> None:
    """An entry of the table that names no mutant any more must go."""
    known = {(str(file.relative_to(ROOT)), each.text, each.what) for group in GROUPS for file, each in chosen(group)}
    assert [key for key in Equivalent.load().reasons if key not in known] == []


def test_the_log_keeps_what_was_killed(tmp_path: Path) -> None:
    """A survivor is tried again, and so is every mutant of a function that changed."""
    file = ROOT / "tests" / "proof" / "equivalent.py"
    killed, survived = (Mutation(1, number, "`1` → `2`", "1", range(1, 2)) for number in (0, 1))
    log = Log(tmp_path / "log")
    log.add(file, killed, "killed")
    log.add(file, survived, "survived")
    again = Log(tmp_path / "log")
    assert (again.killed(file, killed), again.killed(file, survived)) == ("killed", "")
    assert Log(None).killed(file, killed) == ""
    other = ROOT / "tests" / "proof" / "mutation_log.py"
    assert again.killed(other, killed) == ""


def test_a_mutant_counts_by_the_function_it_is_in() -> None:
    """Another function may change, or come before it; its own words and decorators may not."""
    one, two = "def one():\n    return 1 + 2\n", "@mark\ndef two():\n    return 3 < 4\n"
    apart = places(one), places(two)
    assert places(one + two) == [*apart[0], *apart[1]]
    assert places(two + one) == [*apart[1], *apart[0]]
    assert [number for _, number in apart[0]] == list(range(len(apart[0])))
    changed = places(one + two.replace("mark", "other")), places(one + two.replace("4", "5"))
    for each in changed:
        assert each[: len(apart[0])] == apart[0]
        assert not set(each[len(apart[0]) :]) & set(apart[1])
