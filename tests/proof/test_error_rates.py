"""The error rates cover every requirement whose failures are confirmed, and tell lawful endpoints from broken ones."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.index import CheckKind
from conformance.contract.error_rates import FILE, Measured, load_error_rates, rates_of
from conformance.contract.errors import SpecError
from conformance.reference.mutants import MUTANTS
from conformance.specs import SPECS
from conformance.verdict import MOST, Decision, Rates, decide

from .error_rates import broken, lawful, page, parts, rates
from .kept_audits import Kept
from .sampled import CONTRACTS, audit, mutated, sampled_checks, varied
from .variations import NOT_FOLLOWED, VARIATIONS, chance

CONFIRMED = {
    check.requirement for name in CONTRACTS for check in sampled_checks(name) if check.kind is not CheckKind.TALLIED
}


def test_every_requirement_whose_failures_are_confirmed_has_rates() -> None:
    """`python -m nox -s false_red` measures them."""
    assert load_error_rates().keys() == CONFIRMED


@pytest.mark.parametrize("name", sorted(CONFIRMED))
def test_a_broken_target_can_be_told_from_a_lawful_one(name: str) -> None:
    measured = load_error_rates()[name]
    assert name in MUTANTS[measured.mutant].breaks
    assert decide(rates_of(name), MOST, MOST) is Decision.BROKEN
    assert decide(rates_of(name), 1, MOST) is Decision.LAWFUL


def test_a_requirement_that_was_not_measured_has_cautious_rates() -> None:
    assert rates_of("acme.chat.something") == Rates()
    assert decide(Rates(), 2, 2) is Decision.OPEN


def test_rates_that_tell_nothing_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "openai").mkdir()
    entry = {"lawful": [9, 10], "variation": "A", "broken": [9, 10], "mutant": "b"}
    (tmp_path / "openai" / FILE).write_text(json.dumps({"chat.a": entry}))
    with pytest.raises(SpecError, match=r"chat\.a: a lawful target fails as often as a broken one"):
        load_error_rates(tmp_path)


def test_the_data_is_written_from_what_was_measured() -> None:
    """One audit of each kind: a variation fails nothing, a mutant its requirement each time."""
    name = "chat.stop.every-choice"
    found = lawful(0, [0])
    assert (found.audits, found.red) == (1, ())
    assert found.requests > 100
    assert f"**0 of {found.audits} audits" in page([found])
    faults = {"stop-first-choice-only": broken("stop-first-choice-only", "openai")}
    assert faults["stop-first-choice-only"] == {name: (20, 20)}
    assert Measured((0, 1), "OtherChunks", (20, 20), "stop-first-choice-only").rates.broken > 0.8
    everywhere = {name: dict.fromkeys(CONFIRMED, (20, 20)) for name in ("stop-first-choice-only",)}
    assert rates([found], everywhere, "openai")[name] == {
        "lawful": [0, 1], "variation": "OtherChunks", "broken": [20, 20], "mutant": "stop-first-choice-only",
    }  # fmt: skip


def test_audits_that_were_kept_are_not_repeated(tmp_path: Path) -> None:
    """A second command goes on where the first was stopped, and both add up; audits of other code do not count."""
    file = tmp_path / "kept.ndjson"
    reds = ((2, "chat.stop.excluded"), (2, "chat.n.differ"))
    made = replace(lawful(0, [0]), rounds=(0, 2), failed=Counter(["chat.n.differ"] * 2), red=reds)
    Kept(file).add(made)
    kept = Kept(file)
    assert (kept.found, kept.audits, kept.red) == ([made], 2, 1)
    names = [variation[0].__name__ for variation in VARIATIONS]
    missing = {names[place]: rounds for place, rounds in parts(3 * len(names), 0, kept.rounds)}
    assert missing == {name: [1] if name == names[0] else [0, 1, 2] for name in names}
    file.write_text(file.read_text().replace('"code": "', '"code": "other'))
    assert Kept(file).audits == 0


def test_a_variation_follows_every_must_but_those_with_a_reason() -> None:
    assert NOT_FOLLOWED.keys() <= {variation[0].__name__ for variation in VARIATIONS}
    assert {name for names in NOT_FOLLOWED.values() for name in names} <= CONFIRMED


def test_a_failure_by_chance_is_flaky() -> None:
    """A model that thinks for a long time reaches the limit before its answer, now and then."""
    place = next(variation for variation in VARIATIONS if variation[0].__name__ == "Thinker")
    chance.begin(1)
    (verdict,) = audit(varied("openai", place), "openai", ["chat.tools.stream-whole"]).verdicts
    assert verdict.reason == "flaky"
    assert 0 < verdict.failed < verdict.asked
    (verdict,) = audit(mutated("openai", "tools-cut-stream"), "openai", ["chat.tools.stream-whole"]).verdicts
    assert verdict.outcome == "warn"


def test_the_files_are_of_contracts() -> None:
    assert {file.parent.name for file in SPECS.glob(f"*/{FILE}")} == set(CONTRACTS)
