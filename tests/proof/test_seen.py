"""The proof of the checks on file: it is current, it says what mutants declare, and what changed is judged again."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from . import fingerprint
from .also import never_occurring
from .base import code_at
from .cells import Cell
from .declared import misdeclared, problems, unseen
from .matrix import MOST, PAGE, main
from .seen import Code, Seen, bounded, changed, read, write
from .table import table

ROOT = Path(__file__).parents[2]
ONE, OTHER = "no-done", "done-late"
BROKEN = "chat.stream.done"


@pytest.fixture(scope="module")
def now() -> Code:
    """The fingerprints of this tree."""
    return Code.now()


def test_every_requirement_is_declared_by_a_mutant_and_every_declared_one_exists() -> None:
    """No check without a fault that it is said to see."""
    registry = load_registry()
    declared = {name for mutant in MUTANTS.values() for name in mutant.breaks | mutant.also}
    assert misdeclared(registry) == []
    assert not [r.id for r in registry.values() if not r.excluded and r.id not in declared]


def test_the_file_is_current(now: Code) -> None:
    """Each mutant and each check was seen as it is now."""
    stale = [names[0] for names, _ in changed(read().code, now)]
    assert not stale, f"{len(stale)} mutants are to be judged again ({', '.join(stale[:9])}): run python -m nox -s seen"


def test_the_file_shows_what_mutants_declare_and_the_page_sums_it_up() -> None:
    """Each mutant is seen by all that it declares and by nothing else, each requirement is failed by a mutant."""
    registry = load_registry()
    seen = read()
    assert unseen(seen.shows, registry) == []
    assert never_occurring({name: seen.shows[name] for name in seen.whole}) == []
    assert PAGE.read_text(encoding="utf-8") == table(seen, registry), "run python -m nox -s seen"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Requirements and mutants, one line each; no file is an empty one."""
    seen = Seen(Code({BROKEN: "a1"}, {ONE: "b2"}), {ONE: {BROKEN: ("plain[sse]",)}}, frozenset({ONE}))
    write(seen, tmp_path / "seen.ndjson")
    assert read(tmp_path / "seen.ndjson") == seen
    assert len((tmp_path / "seen.ndjson").read_text(encoding="utf-8").splitlines()) == 2
    assert read(tmp_path / "none") == Seen()


def test_a_changed_mutant_is_judged_by_everything_and_others_by_what_they_declare(now: Code) -> None:
    """A mutant that does not declare the changed check is not asked; nothing changed, nothing is judged."""
    assert changed(now, now) == []
    assert changed(Code(now.requirements, {**now.mutants, ONE: "other"}), now) == [((ONE,), None)]
    tasks = dict(changed(Code({**now.requirements, BROKEN: "other"}, now.mutants), now))
    assert tasks[ONE,] == MUTANTS[ONE].breaks | MUTANTS[ONE].also
    assert {names[0] for names in tasks} == {n for n, m in MUTANTS.items() if BROKEN in m.breaks | m.also}


def test_a_bounded_number_of_mutants_is_judged_by_everything() -> None:
    """The changed ones first; those for which there is no room by what they declare; the rest of the room is a sample."""
    names = sorted(MUTANTS)
    few = dict(bounded([((names[0],), None), ((names[1],), frozenset({"x"}))], 4, names[5:10]))
    assert few == {(names[0],): None, (names[1],): {"x"}, **{(name,): None for name in names[5:8]}}
    many = dict(bounded([((name,), None) for name in names[:9]], 4, names[20:]))
    assert [names[0] for names, only in many.items() if only is None] == names[:4]
    assert many[names[8],] == MUTANTS[names[8]].breaks | MUTANTS[names[8]].also


def test_the_samples_of_successive_numbers_reach_every_mutant() -> None:
    """As many commits as it takes, and each mutant was judged by everything."""
    names = sorted(MUTANTS)
    rounds = -(-len(names) // MOST)
    reached = {(names + names)[(n * MOST % len(names)) + k] for n in range(rounds) for k in range(MOST)}
    assert reached == set(names)


def test_only_what_was_judged_is_renewed() -> None:
    """A requirement is renewed when all mutants that declare it were judged by it; what is gone from the tree is left out."""
    declaring = {n for n, m in MUTANTS.items() if BROKEN in m.breaks | m.also}
    now = Code({BROKEN: "new"}, dict.fromkeys(declaring, "new"))
    gone = {ONE: {BROKEN: ("old[sse]",), "gone.id": ("x",)}, "gone": {BROKEN: ("x",)}}
    before = Seen(Code({BROKEN: "old"}, dict.fromkeys(declaring, "old")), gone, frozenset({ONE}))
    cells = [Cell((n,), {BROKEN: "fail"}, {}, {BROKEN: ("new[sse]",)}, only=frozenset({BROKEN})) for n in declaring]
    assert before.with_cells([], now).shows == {
        name: {BROKEN: ("old[sse]",)} if name == ONE else {} for name in declaring
    }
    partly = before.with_cells([cell for cell in cells if cell.mutants == (ONE,)], now)
    assert (partly.code.requirements, partly.code.mutants[ONE], partly.whole) == ({BROKEN: "old"}, "new", frozenset())
    assert partly.shows[ONE] == {BROKEN: ("new[sse]",)}
    assert before.with_cells([replace(cell, only=None) for cell in cells], now) == Seen(
        now, {name: {BROKEN: ("new[sse]",)} for name in declaring}, frozenset(declaring)
    )


def test_a_run_that_differs_from_what_is_declared_is_a_problem() -> None:
    """Not seen, not judged, seen by another, in error, or in trouble; and the right endpoint that does not pass."""
    registry = load_registry()
    right = Cell((), dict.fromkeys(registry, "pass"), dict.fromkeys(registry, ""))
    good = replace(right, mutants=(ONE,), shows=dict.fromkeys(MUTANTS[ONE].breaks, ("plain[sse]",)))
    assert problems(right, registry) + problems(good, registry) == []
    outcomes = dict(right.outcomes)
    for cell, said in (
        (replace(good, shows={}), f"not seen by {BROKEN} (pass"),
        (replace(good, outcomes={n: o for n, o in outcomes.items() if n != BROKEN}), f"{BROKEN} was not judged"),
        (replace(good, shows={**good.shows, "auth.models": ("models",)}), "also breaks auth.models"),
        (replace(good, outcomes={**outcomes, "auth.models": "error"}), "error in auth.models"),
        (replace(good, trouble="no run file"), "no run file"),
        (replace(right, outcomes={**outcomes, BROKEN: "inconclusive"}), f"inconclusive in {BROKEN}"),
        (replace(good, mutants=(ONE, OTHER), shows={}), f"not seen by {BROKEN} (pass"),
    ):
        assert any(said in line for line in problems(cell, registry)), said
    hidden = replace(good, mutants=(ONE, OTHER), outcomes={**outcomes, BROKEN: "inconclusive"}, shows={})
    assert not any(f"{BROKEN} (" in line for line in problems(hidden, registry))
    assert f"{ONE}: not seen by {BROKEN}" in unseen({}, registry)


def test_words_change_no_fingerprint(tmp_path: Path) -> None:
    """Docstrings do not count; code does, also code that the decorated functions of a module share."""
    code = '"""Module."""\n\nLIMIT = 3\n\n\n@probe\ndef a():\n    """Words."""\n    return LIMIT\n\n\n@probe\ndef b():\n    return 1\n'

    def pieces(text: str) -> tuple[dict[str, str], str]:
        return fingerprint.pieces(text)

    assert pieces(code) == pieces(code.replace("Words", "Other words").replace("Module", "Other module"))
    assert pieces(code)[0]["b"] == pieces(code.replace("return LIMIT", "return 4"))[0]["b"]
    assert pieces(code)[0]["a"] != pieces(code.replace("return LIMIT", "return 4"))[0]["a"]
    assert pieces(code)[1] != pieces(code.replace("LIMIT = 3", "LIMIT = 4"))[1]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a source archive has no commits")
def test_the_code_of_a_commit_is_read_from_its_tree(now: Code) -> None:
    """As it stands there, whatever this tree says; an unknown commit has none."""
    found = code_at("HEAD")
    assert found is not None
    assert found.requirements.keys() & now.requirements.keys()
    assert found.mutants.keys() & now.mutants.keys()
    clean = ["git", "diff", "--quiet", "HEAD", "--", "conformance", "specs"]
    if subprocess.run(clean, cwd=ROOT, check=False).returncode == 0:
        assert found == now
    assert code_at("no-such-commit") is None


def test_an_unknown_mutant_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Its name is said."""
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "no-such-mutant"])
    assert "no-such-mutant" in capsys.readouterr().err
